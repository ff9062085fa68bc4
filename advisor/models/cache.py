"""How many bytes does llama.cpp set aside for what a model remembers of its context?

Keys and values of attention (whole context, or a window of it), the latent of latent attention,
the state of recurrent mixers: layer by layer, in whole cells. Rules: llama-kv-cache.cpp,
llama-kv-cache-iswa.cpp, llama-memory-recurrent.cpp and llama-hparams.cpp of ggml-org/llama.cpp,
read on 2026-11-28; checked in the tests against what llama.cpp (xllamacpp 2026.10) logs.
"""

from __future__ import annotations

from advisor.errors import InputError
from advisor.models.architecture import RECURRENT, Architecture
from advisor.models.block_types import BLOCKS

CACHE_TYPES = ("f16", "bf16", "q8_0", "q4_0")
BATCH_TOKENS = 512
"""The micro-batch (`-ub`) that llama.cpp's server computes at once by default."""

_CELLS = 256
_FLOAT_BYTES = 4


def known_cache_type(name: str) -> str:
    """The cache type of that name (any case); InputError lists the known ones."""
    if name.strip().lower() not in CACHE_TYPES:
        raise InputError(
            f"The cache type {name!r} is not known", remedy=f"Known: {', '.join(CACHE_TYPES)}."
        )
    return name.strip().lower()


def cache_bytes(
    architecture: Architecture, context_tokens: int, streams: int = 1, cache_type: str = "f16"
) -> int:
    """What is set aside for `streams` contexts of `context_tokens` each."""
    return streams * sum(
        layer_cache_bytes(architecture, layer, context_tokens, cache_type)
        for layer in range(architecture.layers)
    )


def layer_cache_bytes(
    architecture: Architecture, layer: int, context_tokens: int, cache_type: str = "f16"
) -> int:
    """What one layer's part of one stream's cache takes."""
    kind = architecture.kind(layer)
    if kind in RECURRENT:
        return state_bytes(architecture)
    return cells(architecture, kind, context_tokens) * layer_bytes(architecture, layer, cache_type)


def cells(architecture: Architecture, kind: str, context_tokens: int) -> int:
    """The tokens that layers of that kind set room aside for."""
    whole = _padded(context_tokens)
    if kind != "W":
        return whole
    return min(whole, _padded(architecture.window_tokens + BATCH_TOKENS))


def read_bytes(
    architecture: Architecture,
    context_tokens: int,
    cache_type: str = "f16",
    layers: range | None = None,
) -> int:
    """What one decode step of one stream reads of it when `context_tokens` are filled.

    In all layers, or in some.
    """
    one, near = architecture, min(context_tokens, architecture.window_tokens)
    return sum(
        state_bytes(one)
        if one.kind(layer) in RECURRENT
        else (near if one.kind(layer) in "Ww" else context_tokens)
        * _looked_at_bytes(one, layer, cache_type)
        for layer in (range(one.layers) if layers is None else layers)
    )


def layer_bytes(architecture: Architecture, layer: int, cache_type: str = "f16") -> int:
    """What one token takes in one layer; 0 where the layer remembers nothing of each token."""
    if architecture.kind(layer) not in "AW":
        return 0
    return _looked_at_bytes(architecture, layer, cache_type)


def _looked_at_bytes(architecture: Architecture, layer: int, cache_type: str) -> int:
    """What a layer reads of each token that it looks at, be it cached there or earlier."""
    if architecture.kind(layer) not in "AWaw":
        return 0
    if architecture.latent is not None:
        latent, indexer = architecture.latent, architecture.indexer
        chooses = indexer is not None and indexer.is_in(layer)
        key = _stored(indexer.head_dim, cache_type) if indexer and chooses else 0
        return _stored(latent.kv_rank + latent.rope_dim, cache_type) + key
    heads, width = architecture.attention(layer)
    values = _stored(heads * (architecture.value_dim or width), cache_type)
    return _stored(heads * width, cache_type) + values


def state_bytes(architecture: Architecture) -> int:
    """What one stream takes in one recurrent layer, however long its context."""
    state = architecture.state
    if state is None:
        return 0
    convolution = (state.kernel - 1) * state.conv_channels
    return _FLOAT_BYTES * (convolution + state.inner * state.size)


def _stored(values: int, cache_type: str) -> int:
    block_values, block_bytes = BLOCKS[cache_type.upper()]
    return -(-values // block_values) * block_bytes


def _padded(tokens: int) -> int:
    return -(-tokens // _CELLS) * _CELLS
