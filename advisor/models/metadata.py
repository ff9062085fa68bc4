"""What does a model file say about itself?

Reads the header of a GGUF file and nothing beyond it. The file is foreign: every count and length
is held against what the file can contain before anything is read or allocated.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO

from advisor.errors import InputError
from advisor.models.block_types import BLOCKS
from advisor.models.bounded import Bounded, DamagedError, Value
from advisor.models.other_kinds import refuse_other_header
from advisor.models.quantization import Tensor
from advisor.models.shapes import Shape

_MAGIC = b"GGUF"
_MOST_TENSORS = 100_000
_MOST_KEYS = 10_000
_MOST_NAME_BYTES = 1_024
_MOST_DIMENSIONS = 4


@dataclass(frozen=True, slots=True)
class Metadata:
    """A GGUF file's own account of its model; what it does not say is None.

    `values` are the header's keys, `items` how long each of its arrays is, `tensors` those of this
    very file. `recipe` is set on synthetic models only.
    """

    name: str
    family: str
    parameters: int
    quantization: str
    size_bytes: int
    context_tokens: int | None
    layers: int | None
    hidden: int | None
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    recipe: str | None
    values: Mapping[str, Value] = field(repr=False)
    items: Mapping[str, int] = field(repr=False)
    tensors: tuple[Tensor, ...] = field(repr=False)


def read_metadata(path: Path) -> Metadata:
    """Reads the header of the GGUF file at `path`.

    Raises InputError where there is no such file, where it is no GGUF file, or where it is
    damaged: cut short, or with a header that contradicts itself or the file's size.
    """
    try:
        with path.open("rb") as stream:
            return read_header(stream, path.stat().st_size, path.name)
    except OSError as error:
        raise InputError(
            f"The model file {path} cannot be read",
            why=error.strerror or str(error),
            remedy="Name an existing GGUF file.",
        ) from error


def read_header(stream: IO[bytes], size_bytes: int, name: str) -> Metadata:
    """Reads the header of a GGUF file of that size and name from its beginning."""
    try:
        return _read(Bounded(stream, size_bytes), name)
    except DamagedError as error:
        raise InputError(
            f"The model file {name} is damaged",
            why=str(error),
            remedy="Fetch or write it again.",
        ) from error


def _read(source: Bounded, file_name: str) -> Metadata:
    if source.size_bytes < len(_MAGIC) or source.bytes(len(_MAGIC)) != _MAGIC:
        raise InputError(
            f"The file {file_name} is not a GGUF model",
            why="it does not begin with GGUF",
            remedy="Name a GGUF file.",
        )
    version = source.integer(4)
    if version not in {2, 3}:
        raise DamagedError(f"its format version is {version}, 2 or 3 were expected")
    tensor_count = source.count("tensors", _MOST_TENSORS)
    key_count = source.count("metadata keys", _MOST_KEYS)
    values: dict[str, Value] = {}
    items: dict[str, int] = {}
    for _ in range(key_count):
        key = source.text(_MOST_NAME_BYTES)
        values[key], items[key] = source.value()
    tensors, data_bytes = _tensors(source, tensor_count)
    alignment = values.get("general.alignment")
    alignment = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 16 else 32
    data_start = source.tell() + -source.tell() % alignment
    if data_start + data_bytes > source.size_bytes:
        raise DamagedError(
            f"it ends after {source.size_bytes:,} bytes, "
            f"its tensors reach to {data_start + data_bytes:,}"
        )
    return _described(file_name, source.size_bytes, values, items, tensors)


def _tensors(source: Bounded, count: int) -> tuple[tuple[Tensor, ...], int]:
    """The table of tensors, and how far they reach behind the header."""
    found: list[Tensor] = []
    data_bytes = 0
    for _ in range(count):
        name = source.text(_MOST_NAME_BYTES)
        dimensions = source.integer(4)
        if dimensions > _MOST_DIMENSIONS:
            raise DamagedError(f"tensor {name[:40]!r} has {dimensions} dimensions")
        dims = [source.integer(8) for _ in range(dimensions)]
        if not dims or min(dims) < 1:
            raise DamagedError(f"tensor {name[:40]!r} holds no weights")
        stored = Tensor(Shape(name, tuple(reversed(dims))), _type(source.integer(4)))
        weights = prod(dims)
        block_weights, block_bytes = BLOCKS[stored.type]
        offset = source.integer(8)
        data_bytes = max(data_bytes, offset + weights // block_weights * block_bytes)
        found.append(stored)
    return tuple(found), data_bytes


def _type(kind: int) -> str:
    import gguf

    try:
        name = gguf.GGMLQuantizationType(kind).name
    except ValueError:
        name = ""
    if name not in BLOCKS:
        raise DamagedError(f"it stores weights in the unknown type {kind}")
    return str(name)


def _described(
    file_name: str,
    size_bytes: int,
    values: dict[str, Value],
    items: dict[str, int],
    tensors: tuple[Tensor, ...],
) -> Metadata:
    def text(key: str) -> str | None:
        value = values.get(key)
        return value if isinstance(value, str) and value else None

    def whole(key: str) -> int | None:
        value = values.get(f"{family}.{key}")
        return value if isinstance(value, int) and value > 0 else None

    family = text("general.architecture")
    if family is None:
        refuse_other_header(values, file_name)
        raise DamagedError("its header names no architecture")
    heads, hidden = whole("attention.head_count"), whole("embedding_length")
    head_dim = whole("attention.key_length") or (hidden // heads if hidden and heads else None)
    return Metadata(
        name=text("general.name") or Path(file_name).stem,
        family=family,
        parameters=sum(tensor.weights for tensor in tensors),
        quantization=_quantization(values.get("general.file_type"), tensors),
        size_bytes=size_bytes,
        context_tokens=whole("context_length"),
        layers=whole("block_count"),
        hidden=hidden,
        heads=heads,
        kv_heads=whole("attention.head_count_kv") or heads,
        head_dim=head_dim,
        recipe=text("advisor.synthetic.recipe"),
        values=values,
        items=items,
        tensors=tensors,
    )


def _quantization(file_type: Value, tensors: tuple[Tensor, ...]) -> str:
    """The name users know ("Q4_K_M"): as the file says, else the type of most weights."""
    import gguf

    names = {member.value: member.name for member in gguf.LlamaFileType}
    if isinstance(file_type, int) and file_type in names:
        name = str(names[file_type]).removeprefix("MOSTLY_").removeprefix("ALL_")
        return name.removesuffix("_MOE")
    weights = Counter[str]()
    for tensor in tensors:
        weights[tensor.type] += tensor.weights
    return weights.most_common(1)[0][0] if weights else "unknown"
