"""How much working memory does llama.cpp's graph take beside weights and caches?

The largest set of values that are alive at once in one layer, for a micro-batch of 512 tokens,
in floats, and one half-precision mask a kind of attention; where an indexer chooses tokens, its
mask and scores as well, and the tokens that it chose in each layer. The coefficients were read off
the compute buffers that llama.cpp (xllamacpp 2026.10, flash attention on, 2026-11-28 and 29)
reports for small models of every family while one width at a time was varied, and for the
catalogue's at their whole size; the tests hold them against its log.
"""

from __future__ import annotations

from advisor.models.architecture import Architecture, Latent, State
from advisor.models.cache import BATCH_TOKENS, cells, state_bytes
from advisor.models.shapes import FAMILIES, reads_pictures

_FLOAT_BYTES = 4
_MASK_BYTES = 2
_HIDDEN = 5
"""The residual, its norms and the block's output are alive beside what a block computes."""
_PICTURES = 17
"""Times the width: the embeddings that a picture would bring are set aside for texts, too."""
_PICTURE = 4
"""Times the width: one such embedding, with the parts that enter the first layers."""


def compute_bytes(architecture: Architecture, context_tokens: int, streams: int = 1) -> int:
    """The compute buffer that one micro-batch takes on the device that computes it."""
    one = architecture
    widest = max(_alive(one, layer) for layer in range(one.layers))
    in_each_layer, a_cell = one.layer_input, _MASK_BYTES
    if one.indexer is not None:
        in_each_layer = min(one.indexer.top, cells(one, "A", context_tokens))
        a_cell += _MASK_BYTES + _FLOAT_BYTES
    floats = BATCH_TOKENS * (_HIDDEN * one.hidden + widest + one.layers * in_each_layer)
    masks = sum(cells(one, kind, context_tokens) for kind in set(one.kinds) & set("AW"))
    states = streams * state_bytes(one) if "M" in one.kinds else 0
    return round(_FLOAT_BYTES * floats) + a_cell * BATCH_TOKENS * masks + states


def output_bytes(architecture: Architecture) -> int:
    """The logits of a whole micro-batch, which builds of before 2026 set aside as well."""
    return _FLOAT_BYTES * BATCH_TOKENS * architecture.vocab


def _alive(one: Architecture, layer: int) -> float:
    """Floats a token beside the hidden states, at the layer's widest point."""
    kind = one.kind(layer)
    found = [_feed_forward(one, layer)]
    if kind in "AWaw":
        found.append(_latent(one, one.latent) if one.latent else _attention(one, layer))
    if reads_pictures(one):
        found.append(_PICTURES * one.hidden + _beside_pictures(one, layer))
    if kind == "M" and one.state:
        found.append(_mamba(one.state))
    if kind == "D" and one.state:
        found.append(max(3.0 * one.state.inner, 2.05 * one.state.conv_channels))
    return max(found)


def _feed_forward(one: Architecture, layer: int) -> float:
    """Gate, what goes up, and their product; what comes down takes the place of the first two.

    Unless it is wider than both; and Llama 4 has a copy of what goes in for each expert. Without
    gates only what goes up and what comes down are there.
    """
    experts = one.experts
    if experts is None or not one.has_experts(layer):
        return 3.0 * one.ffn_width(layer)
    inside = experts.used * experts.ffn
    outside = experts.used * (experts.latent_dim or one.hidden)
    if one.family in FAMILIES and not FAMILIES[one.family].ffn_gate:
        return float(inside + outside)
    reused = one.hidden <= 2 * experts.ffn and one.family != "llama4"
    return 3.0 * inside + (0 if reused else outside)


def _beside_pictures(one: Architecture, layer: int) -> float:
    """The feed-forward part, less what of it fits where a picture's embedding was before."""
    if one.experts is not None and one.has_experts(layer):
        return _feed_forward(one, layer) - one.experts.used * one.experts.ffn
    width = one.ffn_width(layer)
    return float(width if width <= _PICTURE * one.hidden else 3 * width)


def _attention(one: Architecture, layer: int) -> float:
    heads, width = one.attention(layer)
    gated = 2 if one.family in {"qwen35", "qwen35moe", "qwen3next"} else 1
    return 2.0 * (gated * one.heads + heads) * width


def _latent(one: Architecture, latent: Latent) -> float:
    alive = one.heads * (2 * latent.kv_rank + 2 * latent.nope_dim + latent.rope_dim)
    if one.indexer is None:
        return float(alive)
    chooses = 2 * one.indexer.heads * one.indexer.head_dim
    return float(max(alive, chooses))


def _mamba(state: State) -> float:
    projected = state.inner + state.conv_channels + state.heads
    return projected + 1.72 * state.conv_channels + 1.43 * state.inner
