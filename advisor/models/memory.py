"""How much memory does a model need, does it fit, and how far does it go if it does?

Weights, what the context's cache takes (cache.py), llama.cpp's compute buffer (buffers.py) and the
process itself with its tokenizer. Against what llama.cpp's server (xllamacpp 2026.10) really held
(unique set size) the sum was right within 5 %. Where it repacks weights (Q4_0 on AVX2) the file's
pages stay mapped beside the copy; they are not counted, because the system drops them when memory
is short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from advisor.models.architecture import Architecture
from advisor.models.buffers import compute_bytes, output_bytes
from advisor.models.cache import cache_bytes, layer_cache_bytes
from advisor.models.model import Model, quantized

DEFAULT_CONTEXT_TOKENS = 4_096
MOST_CONTEXT_TOKENS = 100_000_000
MOST_CONCURRENCY = 4_096

_PROCESS_BYTES = 50_000_000
_BYTES_PER_TOKEN_STRING = 450
_LESS = 0.98
_MORE = 1.02

Verdict = Literal["yes", "partly", "no"]


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes that serving a model takes, by what they are for.

    Builds of llama.cpp before 2026 set `logits_bytes` aside while they compute, if that is more.
    """

    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    process_bytes: int
    logits_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.cache_bytes + self.compute_bytes + self.process_bytes

    @property
    def p10_bytes(self) -> int:
        return round(_LESS * (self.total_bytes - self.process_bytes))

    @property
    def p90_bytes(self) -> int:
        return round(_MORE * self.total_bytes) + max(0, self.logits_bytes - self.compute_bytes)


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the model: `streams` requests at once, each of up to `context_tokens`."""

    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    streams: int = 1
    cache_type: str = "f16"


@dataclass(frozen=True, slots=True)
class Room:
    """Free bytes of the device that computes, and of main memory for what spills over from it.

    `host_bytes` is 0 where there is no other memory: a CPU's, or one that the GPU shares.
    """

    device_bytes: int
    host_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether and how a model fits: `spilled_layers` are the first ones, kept in main memory.

    `tight` is true where it fits in the middle of the estimate, but not at its high end. The
    largest context is for the concurrency asked for, and the other way round; 0 if none fits. It
    is the model's own longest at most, where that is known.
    """

    verdict: Verdict
    tight: bool
    need: MemoryNeed
    spilled_layers: int
    largest_context_tokens: int
    largest_concurrency: int


def memory_need(
    architecture: Architecture,
    quantization: str,
    *,
    context_tokens: int = DEFAULT_CONTEXT_TOKENS,
    streams: int = 1,
) -> MemoryNeed:
    """What serving `streams` requests of up to `context_tokens` each takes."""
    return need_of(quantized(architecture, quantization), Load(context_tokens, streams))


def need_of(model: Model, load: Load) -> MemoryNeed:
    """What serving that load takes."""
    one = model.architecture
    return MemoryNeed(
        weights_bytes=model.held_bytes,
        cache_bytes=cache_bytes(one, load.context_tokens, load.streams, load.cache_type),
        compute_bytes=compute_bytes(one, load.context_tokens, load.streams),
        process_bytes=_PROCESS_BYTES + _BYTES_PER_TOKEN_STRING * one.vocab,
        logits_bytes=output_bytes(one),
    )


def fit(model: Model, room: Room, load: Load) -> Fit:
    """Whether the model serves that load in that room."""
    one = model.architecture
    need = need_of(model, load)

    def holds(other: Load) -> bool:
        return need_of(model, other).total_bytes <= room.device_bytes

    whole = holds(load)
    spilled = 0 if whole else _spilled(model, room, need, load)
    verdict: Verdict = "yes" if whole else "partly" if 0 < spilled < one.layers else "no"
    return Fit(
        verdict=verdict,
        tight=whole and need.p90_bytes > room.device_bytes,
        need=need,
        spilled_layers=spilled if verdict == "partly" else 0,
        largest_context_tokens=_largest(
            lambda tokens: holds(replace(load, context_tokens=tokens)),
            one.context_tokens or MOST_CONTEXT_TOKENS,
        ),
        largest_concurrency=_largest(
            lambda many: holds(replace(load, streams=many)), MOST_CONCURRENCY
        ),
    )


def _spilled(model: Model, room: Room, need: MemoryNeed, load: Load) -> int:
    """How many of the first layers have to stay in main memory; all of them if it lacks the room.

    As in llama.cpp the last layers go to the device first, each with its part of the cache, and
    the output after them; the embedding always stays in main memory.
    """
    one = model.architecture
    sizes = [
        load.streams * layer_cache_bytes(one, layer, load.context_tokens, load.cache_type)
        for layer in range(one.layers)
    ]
    for tensor in model.tensors:
        layer = tensor.shape.layer
        if layer is not None and layer < one.layers:
            sizes[layer] += tensor.size_bytes
    left = room.device_bytes - need.compute_bytes - need.process_bytes
    on_device = 0
    while on_device < one.layers and sizes[one.layers - 1 - on_device] <= left:
        left -= sizes[one.layers - 1 - on_device]
        on_device += 1
    spilled_bytes = need.weights_bytes + need.cache_bytes - sum(sizes[one.layers - on_device :])
    if spilled_bytes + need.process_bytes > room.host_bytes:
        return one.layers
    return max(1, one.layers - on_device)


def _largest(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that holds, where every smaller one holds too; else 0."""
    if not holds(1):
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
