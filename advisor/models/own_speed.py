"""How fast does a model run on this machine, by the rates fitted to what was measured on it?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from advisor.models.architecture import Architecture
from advisor.models.band import Band
from advisor.models.calibration import Calibration, Work
from advisor.models.elsewhere import PROMPT_TOKENS
from advisor.models.model import Model
from advisor.models.quantization import Tensor
from advisor.models.roofline import BATCH_TOKENS, attention_flop
from advisor.models.shapes import active_weights
from advisor.models.traffic import weights_read

LAID_OUT_ANEW = frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4", "Q2_K"})
"""Types of which llama.cpp interleaves eight rows for x86 processors (Q2_K with AVX-512 only):
`ggml_repack_get_optimal_repack_type` in ggml-cpu/repack.cpp of ggml-org/llama.cpp at 00d3d1d, read
on 2026-11-29. All others it multiplies more slowly."""

SPLIT_FROM, PADDED_TO = 512, 256
"""Of so many places in a cache, which grows by so many, llama.cpp gives each processor a part when
a single request is answered: the one whose part is full decides (`use_split_kv_path` in
ggml-cpu/ops.cpp of ggml-org/llama.cpp, read on 2026-11-29)."""

AT_ONCE = 4
"""The tokens that llama.cpp multiplies a block of weights with at once on processors. What is left
of them, and whatever experts do, it multiplies one by one (ggml-cpu/repack.cpp of
ggml-org/llama.cpp, read on 2026-11-29)."""


@dataclass(frozen=True, slots=True)
class OwnSpeed:
    """The fits to one server's measurements on one of this machine's devices. `prefill` is None
    where too few prompts were measured, `most_streams` the requests at once up to which were,
    `measured` the models with their quantization."""

    server: str
    decode: Calibration
    prefill: Calibration | None
    most_streams: int = 1
    measured: frozenset[str] = frozenset()

    def decode_rates(self, model: Model, depth: int, streams: int) -> Band:
        """The output of all streams together in tokens a second, each with `depth` before it."""
        band = self.decode.seconds(decode_work(model, depth, streams))
        return band.under(streams)

    def prefill_rates(self, model: Model) -> Band | None:
        """The rate at which one prompt of `PROMPT_TOKENS` is read, in tokens a second."""
        if self.prefill is None:
            return None
        band = self.prefill.seconds(prefill_work(model, PROMPT_TOKENS))
        return band.under(PROMPT_TOKENS)


def decode_work(model: Model, depth: int, streams: int = 1) -> Work:
    """What one decode step of so many streams does, each with `depth` tokens before it."""
    one = model.architecture
    places = _places(depth) if streams == 1 else depth
    return Work(
        weight_bytes=float(weights_read(one, model.tensors, streams)),
        flops=2.0 * streams * model.active_parameters,
        single_flops=2.0 * _single(one, model.tensors, streams),
        slow_flops=2.0 * streams * _active(one, _slow(model.tensors)),
        slow_single_flops=2.0 * _single(one, _slow(model.tensors), streams),
        logits=float(streams * one.vocab),
        attention_rows=float(streams * one.heads * _looked_at(one, places)),
        cached_rows=float(streams * _cached(one, places)),
        activations=float(streams * one.layers * one.hidden),
    )


def prefill_work(model: Model, tokens: int) -> Work:
    """What reading a prompt of so many tokens does: the output is computed for the last alone."""
    one = model.architecture
    output = "token_embd.weight" if one.tied_embeddings else "output.weight"
    layers = [each for each in model.tensors if each.name != output]
    last = model.active_parameters - _active(one, layers)
    return Work(
        weight_bytes=float(
            math.ceil(tokens / BATCH_TOKENS)
            * weights_read(one, model.tensors, min(tokens, BATCH_TOKENS))
        ),
        flops=2.0 * (_active(one, layers) * tokens + last) + attention_flop(one, tokens),
        single_flops=2.0 * _single(one, layers, tokens),
        slow_flops=2.0 * tokens * _active(one, _slow(layers)),
        slow_single_flops=2.0 * _single(one, _slow(layers), tokens),
        attention_rows=tokens * one.heads * _looked_at(one, tokens / 2),
        cached_rows=tokens * _cached(one, tokens / 2),
        activations=float(tokens * one.layers * one.hidden),
    )


def _single(one: Architecture, tensors: Iterable[Tensor], tokens: int) -> float:
    """The multiplications in which a block of weights meets a single token."""
    of_experts: list[Tensor] = []
    others: list[Tensor] = []
    for each in tensors:
        (of_experts if each.shape.is_of_experts else others).append(each)
    return float(tokens * _active(one, of_experts) + tokens % AT_ONCE * _active(one, others))


def _active(one: Architecture, tensors: Iterable[Tensor]) -> int:
    return active_weights(one, (each.shape for each in tensors))


def _slow(tensors: Iterable[Tensor]) -> list[Tensor]:
    return [each for each in tensors if each.type not in LAID_OUT_ANEW]


def _places(depth: int) -> int:
    """The cached tokens that a single request's step takes the time of."""
    places = math.ceil(depth / PADDED_TO) * PADDED_TO
    return places if places >= SPLIT_FROM else depth


def _looked_at(one: Architecture, depth: float) -> float:
    """The cached tokens that one head of every layer of attention looks at in one step."""
    return math.fsum(_seen(one, kind, depth) for kind in one.kinds)


def _cached(one: Architecture, depth: float) -> float:
    """Those that the heads with keys and values of all layers hold and a step looks at."""
    return math.fsum(
        one.attention(layer)[0] * _seen(one, kind, depth) for layer, kind in enumerate(one.kinds)
    )


def _seen(one: Architecture, kind: str, depth: float) -> float:
    if kind not in "AWaw":
        return 0.0
    return min(depth, one.window_tokens) if kind in "Ww" else depth
