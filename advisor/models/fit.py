"""How much memory does a model need, and does it fit?

Weights, the key and value cache of every stream, and the engine's working memory: activations of
one batch (512 tokens) in llama.cpp, the process and its tokenizer. Against what llama.cpp's server
(xllamacpp 2026.10) really held (unique set size) the sum was right within 5 %. Where it repacks
weights (Q4_0 on AVX2) the file's pages stay mapped beside the copy; they are not counted, because
the system drops them when memory is short.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.models.architecture import Architecture
from advisor.models.cache import cache_bytes
from advisor.models.quantization import weight_bytes

DEFAULT_CONTEXT_TOKENS = 4_096

_BATCH_TOKENS = 512
_FLOAT_BYTES = 4
_PROCESS_BYTES = 50_000_000
_BYTES_PER_TOKEN_STRING = 450


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes that serving a model takes, by what they are for."""

    weights_bytes: int
    kv_bytes: int
    buffer_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.buffer_bytes


def memory_need(
    architecture: Architecture,
    quantization: str,
    *,
    context_tokens: int = DEFAULT_CONTEXT_TOKENS,
    streams: int = 1,
) -> MemoryNeed:
    """What serving `streams` requests of up to `context_tokens` each takes."""
    one = architecture
    activations = 3 * one.hidden + 2 * max(one.ffn, one.experts.ffn if one.experts else 0)
    return MemoryNeed(
        weights_bytes=weight_bytes(one, quantization),
        kv_bytes=cache_bytes(one, context_tokens, streams),
        buffer_bytes=_BATCH_TOKENS * _FLOAT_BYTES * activations
        + _BYTES_PER_TOKEN_STRING * one.vocab
        + _PROCESS_BYTES,
    )
