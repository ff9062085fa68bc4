"""What model does Ollama's answer to /api/show describe?

`model_info` repeats the GGUF header; long arrays are null unless the request was verbose, and
`tensors` (since Ollama 0.6) lists names, types and shapes.
"""

from __future__ import annotations

from math import prod

import msgspec

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.block_types import BLOCKS
from advisor.models.catalogue import catalogue
from advisor.models.keys import architecture_of
from advisor.models.model import Model, quantized
from advisor.models.other_kinds import refuse_elsewhere
from advisor.models.quantization import QUANTIZATIONS, Tensor
from advisor.models.shapes import Shape, parameters

_MOST_TENSORS = 100_000
_MOST = 1 << 50


class _Listed(msgspec.Struct, frozen=True):
    name: str
    type: str
    shape: list[int]


class _Details(msgspec.Struct, frozen=True):
    quantization_level: str = ""


_Scalar = bool | int | float | str | None


class _Answer(msgspec.Struct, frozen=True):
    model_info: dict[str, _Scalar | list[_Scalar]]
    details: _Details | None = None
    tensors: list[_Listed] | None = None
    remote_host: str | None = None


class _Kind(msgspec.Struct, frozen=True):
    model_info: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def is_show(text: str) -> bool:
    """Whether a text is an answer of /api/show."""
    try:
        return msgspec.json.decode(text, type=_Kind).model_info is not msgspec.UNSET
    except (ValueError, RecursionError):
        return False


def parse_show(answer: str, name: str, source: str) -> Model:
    """The model that the answer describes; InputError where it describes none.

    Nothing is kept of what no header holds, so that little memory is taken by whatever is nested
    in the text.
    """
    try:
        shown = msgspec.json.decode(answer, type=_Answer)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{source} is no answer of Ollama's /api/show", why=str(error)[:200]
        ) from error
    refuse_elsewhere(shown.remote_host, source)
    listed = shown.tensors or []
    if len(listed) > _MOST_TENSORS:
        raise InputError(f"{source} lists {len(listed):,} tensors", why="no model has that many")
    info = shown.model_info
    tokens = info.get("tokenizer.ggml.tokens")
    items = {"tokenizer.ggml.tokens": len(tokens)} if isinstance(tokens, list) else {}
    called = info.get("general.name") or info.get("general.basename") or name
    names = [one.name for one in listed]
    architecture = architecture_of(info, items, names, str(called), source)
    quantization = (shown.details or _Details()).quantization_level.upper()
    if listed:
        return Model(architecture, quantization or "unknown", _tensors(listed, source), True)
    if quantization not in QUANTIZATIONS:
        raise InputError(
            f"The quantization {quantization[:40]!r} of {source} is not known",
            remedy="Ask Ollama with verbose: true, or name the GGUF file.",
        )
    counted = info.get("general.parameter_count")
    return quantized(
        _with_vocabulary(architecture, counted if isinstance(counted, int) else 0, source),
        quantization,
    )


def _with_vocabulary(one: Architecture, counted: int, source: str) -> Architecture:
    """Finds the vocabulary, and whether it is shared with the output, from the count of weights.

    Where both ways come out even the catalogue's vocabularies of the family decide.
    """
    found = []
    for tied in (True, False):
        bare = msgspec.structs.replace(one, vocab=0, tied_embeddings=tied)
        vocab, rest = divmod(counted - parameters(bare), one.hidden * (1 if tied else 2))
        if 0 < vocab < 1 << 20 and rest == 0 and one.vocab in {0, vocab}:
            found.append(msgspec.structs.replace(one, vocab=vocab, tied_embeddings=tied))
    if len(found) > 1:
        known = {each.vocab for each in catalogue() if each.family == one.family}
        found = [each for each in found if each.vocab in known]
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"{source} does not tell the model's vocabulary",
        remedy="Ask Ollama with verbose: true, or name the GGUF file.",
    )


def _tensors(listed: list[_Listed], source: str) -> tuple[Tensor, ...]:
    found = []
    for one in listed:
        kind = one.type.upper()
        if kind not in BLOCKS:
            raise InputError(f"{source} lists a tensor of unknown type {one.type[:20]!r}")
        if not 1 <= len(one.shape) <= 4 or min(one.shape) < 1 or prod(one.shape) > _MOST:
            raise InputError(
                f"{source} lists a tensor of no shape that there is",
                why=f"{one.name[:40]!r} has the dimensions {one.shape[:5]}"[:200],
            )
        found.append(Tensor(Shape(one.name, tuple(reversed(one.shape))), kind))
    return tuple(found)
