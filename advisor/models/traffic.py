"""How many bytes does one decode step read?

All weights but the embedding rows that no token needs and the experts that no token chose, and
what the context's cache holds so far. Batching shares the weights among streams, not the caches.
"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.models.architecture import Architecture, Experts
from advisor.models.cache import read_bytes
from advisor.models.quantization import Tensor, tensor_types
from advisor.models.shapes import LAYER_EMBEDDING


def decode_bytes(
    architecture: Architecture,
    quantization: str,
    context_tokens: int = 0,
    concurrency: int = 1,
    cache_type: str = "f16",
) -> int:
    """The bytes of one step that gives each of `concurrency` streams its next token.

    Each stream has `context_tokens` before it. At concurrency 1 a step is a token.
    """
    weights = weights_read(architecture, tensor_types(architecture, quantization), concurrency)
    return weights + concurrency * read_bytes(architecture, context_tokens, cache_type)


def weights_read(
    architecture: Architecture, tensors: Iterable[Tensor], concurrency: int = 1
) -> int:
    """The bytes of those tensors that one step reads.

    Of embedding tables that are not shared with the output only single rows are read, and layers
    that predict further tokens are not read at all.
    """
    share = experts_touched(architecture.experts, concurrency)
    read = 0.0
    for tensor in tensors:
        if tensor.name == LAYER_EMBEDDING:
            continue
        if tensor.name == "token_embd.weight" and not architecture.tied_embeddings:
            continue
        if (tensor.shape.layer or 0) >= architecture.layers:
            continue
        read += tensor.size_bytes * (share if tensor.shape.is_of_experts else 1.0)
    return round(read)


def experts_touched(experts: Experts | None, tokens: int) -> float:
    """The expected share of the experts that `tokens` tokens choose, each by itself and at random.

    Real texts choose less evenly, so that this is an upper bound above one token.
    """
    if experts is None:
        return 1.0
    return float(1 - (1 - experts.used / experts.count) ** tokens)
