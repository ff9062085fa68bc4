"""Which tensors does an architecture consist of, and what are their shapes?

Names and shapes are those of a GGUF file, as `load_arch_tensors` of each family asks for them
(https://github.com/ggml-org/llama.cpp/tree/master/src/models, read on 2026-11-28 and 29); that
llama.cpp loads files written from these lists is tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import prod

from advisor.errors import InputError
from advisor.models.architecture import Architecture, Indexer, Latent, State

LAYER_EMBEDDING = "per_layer_token_embd.weight"
"""Of which each token reads one row, whatever the output is."""
_LAYER = re.compile(r"blk\.([0-9]{1,9})\.")


@dataclass(frozen=True, slots=True)
class Shape:
    """One tensor: `dims` is (columns,), (rows, columns) or (experts, rows, columns)."""

    name: str
    dims: tuple[int, ...]

    @property
    def weights(self) -> int:
        return prod(self.dims)

    @property
    def is_of_experts(self) -> bool:
        """Whether it holds every expert's weights, of which a token needs a few."""
        return "_exps." in self.name

    @property
    def part(self) -> str:
        """The part of the network that it belongs to, by its name."""
        name = self.name.split(".", 2)[-1] if self.layer is not None else self.name
        if len(self.dims) == 1 or "_norm" in name:
            return "norms and biases"
        if name.startswith(("token_embd", "per_layer_token_embd")):
            return "embedding"
        if name == "output.weight":
            return "output"
        if self.is_of_experts:
            return "experts"
        if name.startswith(("ssm_", "shortconv.")):
            return "mixer"
        if name.startswith(("per_layer_", "inp_gate", "proj")):
            return "layer inputs"
        return "feed-forward" if name.startswith("ffn_") else "attention"

    @property
    def layer(self) -> int | None:
        """The layer it belongs to; None for embeddings, output and what all layers share."""
        found = _LAYER.match(self.name)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class _Traits:
    """What one family has that another lacks."""

    qkv_bias: bool = False
    output_bias: bool = False
    qk_norm: bool = False
    qk_norm_over_all_heads: bool = False
    fused_qkv: bool = False
    gated_query: bool = False
    sinks: bool = False
    norms_before: bool = True
    reads_pictures: bool = False
    ffn_norm: str = "ffn_norm"
    final_norm: str = "output_norm"
    sandwich_norms: bool = False
    ffn_gate: bool = True
    fused_gate: bool = False
    expert_bias: bool = False
    expert_choice_bias: bool = False
    shared_expert_gate: bool = False


FAMILIES: dict[str, _Traits] = {
    "llama": _Traits(),
    "mistral3": _Traits(),
    "smollm3": _Traits(),
    "granite": _Traits(),
    "granitehybrid": _Traits(),
    "qwen2": _Traits(qkv_bias=True),
    "seed_oss": _Traits(qkv_bias=True, ffn_norm="post_attention_norm"),
    "qwen3": _Traits(qk_norm=True),
    "qwen3moe": _Traits(qk_norm=True),
    "qwen3vl": _Traits(qk_norm=True, reads_pictures=True),
    "qwen3vlmoe": _Traits(qk_norm=True, reads_pictures=True),
    "qwen35": _Traits(qk_norm=True, gated_query=True, ffn_norm="post_attention_norm"),
    "qwen35moe": _Traits(
        qk_norm=True, gated_query=True, ffn_norm="post_attention_norm", shared_expert_gate=True
    ),
    "qwen3next": _Traits(
        qk_norm=True, gated_query=True, ffn_norm="post_attention_norm", shared_expert_gate=True
    ),
    "llama4": _Traits(),
    "lfm2": _Traits(qk_norm=True, final_norm="token_embd_norm"),
    "lfm2moe": _Traits(qk_norm=True, final_norm="token_embd_norm", expert_choice_bias=True),
    "gemma2": _Traits(sandwich_norms=True),
    "gemma3": _Traits(qk_norm=True, sandwich_norms=True),
    "gemma4": _Traits(qk_norm=True, sandwich_norms=True),
    "olmo2": _Traits(qk_norm_over_all_heads=True, norms_before=False, sandwich_norms=True),
    "exaone4": _Traits(qk_norm=True, norms_before=False, sandwich_norms=True),
    "phi3": _Traits(fused_qkv=True, fused_gate=True),
    "gpt-oss": _Traits(
        qkv_bias=True,
        output_bias=True,
        sinks=True,
        ffn_norm="post_attention_norm",
        expert_bias=True,
    ),
    "glm4moe": _Traits(qkv_bias=True, ffn_norm="post_attention_norm", expert_choice_bias=True),
    "deepseek2": _Traits(expert_choice_bias=True),
    "deepseek32": _Traits(expert_choice_bias=True),
    "glm-dsa": _Traits(expert_choice_bias=True),
    "kimi-linear": _Traits(expert_choice_bias=True),
    "minimax-m2": _Traits(qk_norm_over_all_heads=True, expert_choice_bias=True),
    "nemotron_h": _Traits(ffn_gate=False),
    "nemotron_h_moe": _Traits(ffn_gate=False, expert_choice_bias=True),
}
"""Family -> traits; a family that is not here cannot be laid out from its dimensions alone."""


def reads_pictures(one: Architecture) -> bool:
    """Whether pictures, too, go into models of its family."""
    return one.family in FAMILIES and FAMILIES[one.family].reads_pictures


@cache
def shapes(architecture: Architecture) -> tuple[Shape, ...]:
    """Every tensor in file order. Raises InputError for a family that is not known."""
    if architecture.family not in FAMILIES:
        raise InputError(
            f"The architecture {architecture.family!r} of {architecture.name} is not known",
            why="its tensors cannot be told from its dimensions",
            remedy=f"Known: {', '.join(sorted(FAMILIES))}. Give its GGUF file instead.",
        )
    return tuple(_all(architecture))


def parameters(architecture: Architecture) -> int:
    """How many trained weights the architecture has."""
    return sum(one.weights for one in shapes(architecture) if one.name != "rope_freqs.weight")


def active_parameters(architecture: Architecture) -> int:
    """How many of them one token uses: no expert that is not chosen, no embedding of another token.

    An embedding that is the output too counts, as the output.
    """
    return active_weights(architecture, shapes(architecture))


def active_weights(architecture: Architecture, all_shapes: Iterable[Shape]) -> int:
    """The same of a model whose tensors are given, without layers that predict further tokens."""
    experts = architecture.experts
    share = experts.used / experts.count if experts else 1.0
    return sum(
        round(one.weights * share) if one.is_of_experts else one.weights
        for one in all_shapes
        if one.name not in {"rope_freqs.weight", LAYER_EMBEDDING}
        and (one.layer or 0) < architecture.layers
        and (architecture.tied_embeddings or one.name != "token_embd.weight")
    )


def prompt_parameters(architecture: Architecture) -> int:
    """The weights that a token of a prompt meets: no embedding, and no output, which is computed
    for the last one alone."""
    return active_parameters(architecture) - architecture.vocab * architecture.hidden


def _all(one: Architecture) -> Iterator[Shape]:
    yield Shape("token_embd.weight", (one.vocab, one.hidden))
    yield Shape(f"{FAMILIES[one.family].final_norm}.weight", (one.hidden,))
    if not one.tied_embeddings:
        yield Shape("output.weight", (one.vocab, one.hidden))
    if one.family in {"llama", "llama4"} and one.rope_scaling_factor != 1:
        yield Shape("rope_freqs.weight", (one.head_dim // 2,))
    if one.wide is not None:
        yield Shape("rope_freqs.weight", (one.wide.head_dim // 2,))
    if one.layer_input:
        width = one.layers * one.layer_input
        yield Shape(LAYER_EMBEDDING, (one.vocab, width))
        yield Shape("per_layer_model_proj.weight", (width, one.hidden))
        yield Shape("per_layer_proj_norm.weight", (one.layer_input,))
    for layer in range(one.layers):
        for shape in _layer(one, layer):
            yield Shape(f"blk.{layer}.{shape.name}", shape.dims)


def _layer(one: Architecture, layer: int) -> Iterator[Shape]:
    traits, kind = FAMILIES[one.family], one.kind(layer)
    if traits.norms_before:
        yield Shape("attn_norm.weight", (one.hidden,))
    if kind in "AWaw":
        yield from _latent(one, one.latent) if one.latent else _attention(one, traits, layer)
        if one.latent and one.indexer and one.indexer.is_in(layer):
            yield from _indexer(one, one.latent, one.indexer)
    elif one.state:
        yield from _mixer(one, one.state, kind)
    if one.has_separate_ffn and kind not in "EF":
        return
    if traits.norms_before and not one.has_separate_ffn:
        yield Shape(f"{traits.ffn_norm}.weight", (one.hidden,))
    if one.family == "gemma4":
        yield Shape("layer_output_scale.weight", (1,))
    dense_too = one.family == "gemma4"
    if one.has_experts(layer):
        yield from _experts(one, traits)
    if dense_too or not one.has_experts(layer):
        yield from _feed_forward(traits, one.hidden, one.ffn_width(layer))
    if one.layer_input:
        yield Shape("inp_gate.weight", (one.layer_input, one.hidden))
        yield Shape("proj.weight", (one.hidden, one.layer_input))
        yield Shape("post_norm.weight", (one.hidden,))
    if traits.sandwich_norms:
        yield Shape("post_attention_norm.weight", (one.hidden,))
        yield Shape("post_ffw_norm.weight", (one.hidden,))


def _attention(one: Architecture, traits: _Traits, layer: int) -> Iterator[Shape]:
    kv_heads, head_dim = one.attention(layer)
    queries, keys = one.heads * head_dim, kv_heads * head_dim
    asked = 2 * queries if traits.gated_query else queries
    if traits.fused_qkv:
        yield Shape("attn_qkv.weight", (asked + 2 * keys, one.hidden))
    else:
        yield Shape("attn_q.weight", (asked, one.hidden))
        yield Shape("attn_k.weight", (keys, one.hidden))
        if not (one.wide and one.kind(layer) in "Aa" and one.wide.values_are_keys):
            yield Shape("attn_v.weight", (keys, one.hidden))
    yield Shape("attn_output.weight", (one.hidden, queries))
    if traits.qkv_bias:
        yield Shape("attn_q.bias", (queries,))
        yield Shape("attn_k.bias", (keys,))
        yield Shape("attn_v.bias", (keys,))
    if traits.output_bias:
        yield Shape("attn_output.bias", (one.hidden,))
    if traits.qk_norm or one.qk_norm:
        yield Shape("attn_q_norm.weight", (head_dim,))
        yield Shape("attn_k_norm.weight", (head_dim,))
    if traits.qk_norm_over_all_heads:
        yield Shape("attn_q_norm.weight", (queries,))
        yield Shape("attn_k_norm.weight", (keys,))
    if traits.sinks:
        yield Shape("attn_sinks.weight", (one.heads,))


def _latent(one: Architecture, latent: Latent) -> Iterator[Shape]:
    key = latent.nope_dim + latent.rope_dim
    if latent.query_rank:
        yield Shape("attn_q_a_norm.weight", (latent.query_rank,))
        yield Shape("attn_q_a.weight", (latent.query_rank, one.hidden))
        yield Shape("attn_q_b.weight", (one.heads * key, latent.query_rank))
    else:
        yield Shape("attn_q.weight", (one.heads * key, one.hidden))
    yield Shape("attn_kv_a_norm.weight", (latent.kv_rank,))
    yield Shape("attn_kv_a_mqa.weight", (latent.kv_rank + latent.rope_dim, one.hidden))
    yield Shape("attn_k_b.weight", (one.heads, latent.kv_rank, latent.nope_dim))
    yield Shape("attn_v_b.weight", (one.heads, latent.value_dim, latent.kv_rank))
    yield Shape("attn_output.weight", (one.hidden, one.heads * latent.value_dim))


def _indexer(one: Architecture, latent: Latent, indexer: Indexer) -> Iterator[Shape]:
    width = indexer.head_dim
    yield Shape("indexer.k_norm.weight", (width,))
    yield Shape("indexer.k_norm.bias", (width,))
    yield Shape("indexer.proj.weight", (indexer.heads, one.hidden))
    yield Shape("indexer.attn_k.weight", (width, one.hidden))
    yield Shape("indexer.attn_q_b.weight", (indexer.heads * width, latent.query_rank))


def _mixer(one: Architecture, state: State, kind: str) -> Iterator[Shape]:
    if kind == "M":
        yield from _mamba(one, state)
    elif kind == "C":
        yield from _short_convolution(one, state)
    elif kind == "D" and one.family == "kimi-linear":
        yield from _kimi_delta(one, state)
    elif kind == "D":
        yield from _delta_net(one, state)


def _mamba(one: Architecture, state: State) -> Iterator[Shape]:
    projected = state.inner + state.conv_channels + state.heads
    yield Shape("ssm_in.weight", (projected, one.hidden))
    yield Shape("ssm_conv1d.weight", (state.conv_channels, state.kernel))
    yield Shape("ssm_conv1d.bias", (state.conv_channels,))
    yield Shape("ssm_dt.bias", (state.heads,))
    yield Shape("ssm_a", (state.heads, 1))
    yield Shape("ssm_d", (state.heads, 1))
    yield Shape("ssm_norm.weight", (state.groups, state.inner // max(1, state.groups)))
    yield Shape("ssm_out.weight", (one.hidden, state.inner))


def _delta_net(one: Architecture, state: State) -> Iterator[Shape]:
    yield Shape("attn_qkv.weight", (state.conv_channels, one.hidden))
    yield Shape("attn_gate.weight", (state.inner, one.hidden))
    yield Shape("ssm_conv1d.weight", (state.conv_channels, state.kernel))
    yield Shape("ssm_dt.bias", (state.heads,))
    yield Shape("ssm_a", (state.heads,))
    if one.family == "qwen3next":
        yield Shape("ssm_ba.weight", (2 * state.heads, one.hidden))
    else:
        yield Shape("ssm_beta.weight", (state.heads, one.hidden))
        yield Shape("ssm_alpha.weight", (state.heads, one.hidden))
    yield Shape("ssm_norm.weight", (state.inner // max(1, state.heads),))
    yield Shape("ssm_out.weight", (one.hidden, state.inner))


def _kimi_delta(one: Architecture, state: State) -> Iterator[Shape]:
    """A delta net whose gates have a low rank, with a convolution each of queries, keys, values."""
    rank = state.inner // max(1, state.heads)
    for name in "qkv":
        yield Shape(f"attn_{name}.weight", (state.inner, one.hidden))
        yield Shape(f"ssm_conv1d_{name}.weight", (state.inner, 1, state.kernel))
    for gate in ("ssm_f", "ssm_g"):
        yield Shape(f"{gate}_a.weight", (rank, one.hidden))
        yield Shape(f"{gate}_b.weight", (state.inner, rank))
    yield Shape("ssm_beta.weight", (state.heads, one.hidden))
    yield Shape("ssm_a", (state.heads, 1))
    yield Shape("ssm_dt.bias", (state.inner,))
    yield Shape("ssm_norm.weight", (rank,))
    yield Shape("attn_output.weight", (one.hidden, state.inner))


def _short_convolution(one: Architecture, state: State) -> Iterator[Shape]:
    yield Shape("shortconv.conv.weight", (state.inner, state.kernel))
    yield Shape("shortconv.in_proj.weight", (3 * state.inner, one.hidden))
    yield Shape("shortconv.out_proj.weight", (one.hidden, state.inner))


def _feed_forward(traits: _Traits, hidden: int, width: int, suffix: str = "") -> Iterator[Shape]:
    rows = 2 * width if traits.fused_gate else width
    if traits.ffn_gate and not traits.fused_gate:
        yield Shape(f"ffn_gate{suffix}.weight", (width, hidden))
    yield Shape(f"ffn_up{suffix}.weight", (rows, hidden))
    yield Shape(f"ffn_down{suffix}.weight", (hidden, width))


def _experts(one: Architecture, traits: _Traits) -> Iterator[Shape]:
    experts = one.experts
    assert experts is not None
    count, width, inputs = experts.count, experts.ffn, experts.latent_dim or one.hidden
    yield Shape("ffn_gate_inp.weight", (count, one.hidden))
    if experts.latent_dim:
        yield Shape("ffn_latent_down.weight", (experts.latent_dim, one.hidden))
        yield Shape("ffn_latent_up.weight", (one.hidden, experts.latent_dim))
    if one.family == "gemma4":
        yield Shape("ffn_gate_inp.scale", (one.hidden,))
        for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
            yield Shape(f"{name}.weight", (one.hidden,))
        yield Shape("ffn_gate_up_exps.weight", (count, 2 * width, one.hidden))
    else:
        if traits.ffn_gate:
            yield Shape("ffn_gate_exps.weight", (count, width, inputs))
        yield Shape("ffn_up_exps.weight", (count, width, inputs))
    yield Shape("ffn_down_exps.weight", (count, inputs, width))
    if traits.expert_choice_bias:
        yield Shape("exp_probs_b.bias", (count,))
    if traits.expert_bias:
        yield Shape("ffn_gate_inp.bias", (count,))
        yield Shape("ffn_gate_exps.bias", (count, width))
        yield Shape("ffn_up_exps.bias", (count, width))
        yield Shape("ffn_down_exps.bias", (count, one.hidden))
    if experts.shared_ffn:
        if traits.shared_expert_gate:
            yield Shape("ffn_gate_inp_shexp.weight", (one.hidden,))
        yield from _feed_forward(traits, one.hidden, experts.shared_ffn, "_shexp")
