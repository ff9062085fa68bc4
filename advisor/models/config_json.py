"""What architecture does a hub's `config.json` describe?

Keys are those of the `transformers` configurations of each model type. The file is foreign: each
value is held to its type and to a range before it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from advisor.errors import InputError
from advisor.models.architecture import (
    MOST_COUNT,
    MOST_REAL,
    Architecture,
    Experts,
    Indexer,
    Latent,
    State,
    Wide,
    lead_and_step,
)
from advisor.models.config_keys import ConfigKeys, Rope
from advisor.models.config_layers import pattern_of, unknown_kinds
from advisor.models.other_kinds import refuse_other_config
from advisor.models.stored_as import stored_as

_FAMILIES = {
    "llama": "llama",
    "mistral": "llama",
    "mistral3": "llama",
    "mixtral": "llama",
    "ministral3": "mistral3",
    "smollm3": "smollm3",
    "seed_oss": "seed_oss",
    "olmo2": "olmo2",
    "olmo3": "olmo2",
    "exaone4": "exaone4",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3moe",
    "qwen3_vl": "qwen3vl",
    "qwen3_vl_moe": "qwen3vlmoe",
    "qwen3_5": "qwen35",
    "qwen3_5_moe": "qwen35moe",
    "qwen3_next": "qwen3next",
    "llama4": "llama4",
    "lfm2": "lfm2",
    "lfm2_moe": "lfm2moe",
    "gemma2": "gemma2",
    "gemma3": "gemma3",
    "gemma4": "gemma4",
    "phi3": "phi3",
    "gpt_oss": "gpt-oss",
    "glm4_moe": "glm4moe",
    "deepseek_v2": "deepseek2",
    "deepseek_v3": "deepseek2",
    "kimi_k2": "deepseek2",
    "deepseek_v32": "deepseek32",
    "glm_moe_dsa": "glm-dsa",
    "kimi_linear": "kimi-linear",
    "granite": "granite",
    "granitemoehybrid": "granitehybrid",
    "nemotron_h": "nemotron_h",
    "minimax_m2": "minimax-m2",
}
_TIED_BY_DEFAULT = {"gemma2", "gemma3", "gemma4", "lfm2", "lfm2_moe"}
_LACKING = re.compile(r"Object missing required field `(\w+)`")
_MOST_BYTES = 4 << 20


def read_config(path: Path) -> Architecture:
    """The architecture that the `config.json` at `path` describes; InputError if it is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read",
            why=error.strerror or str(error),
            remedy="Name a folder with a model's config.json.",
        ) from error
    if len(content) > _MOST_BYTES:
        raise InputError(str(path), why="is over 4 MB, which no config.json needs")
    return parse_config(content, path.resolve().parent.name, str(path))


def parse_config(content: bytes, name: str, source: str) -> Architecture:
    """The architecture that the text of a `config.json` describes, under that name."""
    try:
        whole = msgspec.convert(json.loads(content), dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise _not_described(source, error) from error
    refuse_other_config(whole, source)
    text = whole.get("text_config")
    merged = {**whole, **text} if isinstance(text, dict) else whole
    kind = str(merged.get("model_type", "")).removesuffix("_text").removesuffix("_unified")
    if "model_type" in merged and kind not in _FAMILIES:
        raise InputError(
            f"The model type {kind[:60]!r} of {source} is not known",
            why=f"it is none of the {len(_FAMILIES)} types whose tensors follow from dimensions",
            remedy="If it is a language model, name its GGUF file instead.",
        )
    if isinstance(layers := merged.get("layers_block_type"), list):
        merged = {"num_hidden_layers": len(layers), **merged}
    try:
        config = msgspec.convert(merged, ConfigKeys, strict=False)
    except (ValueError, RecursionError) as error:
        raise _not_described(source, error) from error
    _require_sane(config, kind, source)
    stored = stored_as(whole)
    note = f" (its own weights: {stored}; sizes here are of GGUF files)" if stored else ""
    return _architecture(config, kind, name, source + note)


def _not_described(source: str, error: Exception) -> InputError:
    return InputError(
        f"{source} does not describe a language model",
        why=why_unread(error),
        remedy="Name the config.json of a causal language model.",
    )


def why_unread(error: Exception) -> str:
    """Why a text is no JSON that can be taken for a model's."""
    if isinstance(error, RecursionError):
        return "its tables lie too deep in one another, which no model's do"
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON from line {error.lineno}, column {error.colno} on"
    if lacking := _LACKING.fullmatch(str(error)):
        return f"it lacks {lacking[1]}"
    return getattr(error, "strerror", None) or str(error)[:200]


def _require_sane(config: ConfigKeys, kind: str, source: str) -> None:
    for key, value in _numbers(config):
        if not 0 <= value < (MOST_COUNT if isinstance(value, int) else MOST_REAL):
            raise InputError(f"{source} states {key} = {str(value)[:40]}", why="no model has that")
    for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"):
        if getattr(config, key) < 1:
            raise InputError(f"{source} states {key} = 0", why="no model has that")
    if strange := unknown_kinds(config):
        raise InputError(
            f"{source} states layers of the unknown kind {min(strange)[:40]!r}",
            why="its tensors cannot be told from its dimensions",
            remedy="Give its GGUF file instead.",
        )
    if config.num_hidden_layers > 1_000:
        raise InputError(
            f"{source} states {config.num_hidden_layers} layers", why="no model has that many"
        )
    if (
        config.routed_expert_hidden_size
        or (config.moe_latent_size and kind != "nemotron_h")
        or (config.hidden_size_per_layer_input and kind != "gemma4")
    ):
        raise InputError(
            f"{source} describes a model with inputs of their own for each layer or expert",
            why="its tensors cannot be told from its dimensions yet",
            remedy="Give its GGUF file instead.",
        )
    if "W" in pattern_of(config, kind) and not _window(config, kind):
        raise InputError(
            f"{source} lists layers with a sliding window",
            why="it does not state how wide that is (sliding_window)",
            remedy="Give its GGUF file instead.",
        )


def _numbers(table: msgspec.Struct) -> Iterator[tuple[str, float]]:
    """The numbers of a table and of those in it, each with its key."""
    for key in table.__struct_fields__:
        value = getattr(table, key)
        if isinstance(value, msgspec.Struct):
            yield from _numbers(value)
        elif isinstance(value, int | float):
            yield key, value


def _architecture(config: ConfigKeys, kind: str, name: str, source: str) -> Architecture:
    experts = _experts(config, kind)
    family = _FAMILIES[kind]
    if family == "nemotron_h" and experts:
        family = "nemotron_h_moe"
    tied = config.tie_word_embeddings
    rope = config.rope_parameters or Rope()
    rope = rope.full_attention or rope
    scaling = config.rope_scaling or rope
    width, shared = _dense_width(config, kind, experts), config.num_kv_shared_layers or 0
    is_llama_3 = (scaling.rope_type or scaling.type) == "llama3"
    return Architecture(
        name=name,
        title=name,
        family=family,
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads or config.num_attention_heads,
        head_dim=_head_dim(config),
        ffn=width,
        ffn_by_layer=_by_layer(width, config.num_hidden_layers, shared)
        if config.use_double_wide_mlp
        else (),
        layer_input=config.hidden_size_per_layer_input or 0,
        qk_norm=kind == "glm4_moe" and bool(config.use_qk_norm),
        vocab=config.vocab_size,
        context_tokens=config.max_position_embeddings or 0,
        tied_embeddings=kind in _TIED_BY_DEFAULT if tied is None else tied,
        rope_base=config.rope_theta or rope.rope_theta or 10_000.0,
        rope_scaling_factor=(scaling.factor or 1.0) if is_llama_3 else 1.0,
        norm_eps=config.rms_norm_eps or config.norm_eps or config.layer_norm_epsilon or 1e-5,
        pattern=pattern_of(config, kind),
        window_tokens=_window(config, kind),
        experts=experts,
        latent=_latent(config),
        indexer=_indexer(config, source),
        state=_state(config),
        wide=_wide(config),
        parameters=0,
        license="not stated",
        repository="",
        aliases=(),
        source=source,
        as_of="",
    )


def _head_dim(config: ConfigKeys) -> int:
    if latent := _latent(config):
        return latent.nope_dim + latent.rope_dim
    return config.head_dim or config.hidden_size // config.num_attention_heads


def _dense_width(config: ConfigKeys, kind: str, experts: Experts | None) -> int:
    if kind == "granitemoehybrid":
        return 0 if experts else config.shared_intermediate_size or 0
    if kind == "llama4":
        return config.intermediate_size_mlp or 0
    if kind == "lfm2" and config.block_auto_adjust_ff_dim:
        multiple = config.block_multiple_of or 256
        two_thirds = 2 * (config.block_ff_dim or config.intermediate_size or 0) // 3
        return -(-two_thirds // multiple) * multiple
    everywhere = experts is not None and experts.dense_layers == 0 and kind != "gemma4"
    return 0 if everywhere else config.intermediate_size or 0


def _experts(config: ConfigKeys, kind: str) -> Experts | None:
    count = config.num_experts or config.num_local_experts or config.n_routed_experts
    used = config.num_experts_per_tok or config.num_experts_per_token or config.top_k_experts
    width = config.moe_intermediate_size or config.intermediate_size
    if not count or not used or not width:
        return None
    shared = (
        config.shared_expert_intermediate_size
        or config.moe_shared_expert_intermediate_size
        or (config.shared_intermediate_size if kind == "granitemoehybrid" else None)
        or (width if kind == "llama4" else 0)
        or (config.n_shared_experts or config.num_shared_experts or 0) * width
    )
    return Experts(
        count=count,
        used=min(used, count),
        ffn=width,
        shared_ffn=shared,
        dense_layers=config.first_k_dense_replace or config.num_dense_layers or 0,
        step=config.interleave_moe_layer_step or 1,
        latent_dim=config.moe_latent_size or 0,
    )


def _latent(config: ConfigKeys) -> Latent | None:
    if not (config.kv_lora_rank and config.qk_nope_head_dim and config.v_head_dim):
        return None
    return Latent(
        query_rank=config.q_lora_rank or 0,
        kv_rank=config.kv_lora_rank,
        nope_dim=config.qk_nope_head_dim,
        rope_dim=config.qk_rope_head_dim or 0,
        value_dim=config.v_head_dim,
    )


def _indexer(config: ConfigKeys, source: str) -> Indexer | None:
    if not (config.index_n_heads and config.index_head_dim and config.q_lora_rank):
        return None
    own = [one == "full" for one in config.indexer_types or ()]
    lead, step = lead_and_step(own)
    one = Indexer(
        heads=config.index_n_heads,
        head_dim=config.index_head_dim,
        top=config.index_topk or 0,
        lead=lead,
        step=step,
    )
    if own and own != [one.is_in(layer) for layer in range(len(own))]:
        raise InputError(
            f"{source} states indexers in an order that is not known",
            why="its tensors cannot be told from its dimensions yet",
            remedy="Give its GGUF file instead.",
        )
    return one


def _state(config: ConfigKeys) -> State | None:
    if config.conv_L_cache:
        return State(kernel=config.conv_L_cache, inner=config.hidden_size)
    if linear := config.linear_attn_config:
        return State(
            kernel=linear.short_conv_kernel_size,
            size=linear.head_dim,
            groups=linear.num_heads,
            heads=linear.num_heads,
            inner=linear.num_heads * linear.head_dim,
        )
    if config.linear_num_value_heads and config.linear_key_head_dim:
        heads = config.linear_num_value_heads
        return State(
            kernel=config.linear_conv_kernel_dim or 4,
            size=config.linear_key_head_dim,
            groups=config.linear_num_key_heads or heads,
            heads=heads,
            inner=heads * (config.linear_value_head_dim or config.linear_key_head_dim),
        )
    mamba_heads = config.mamba_num_heads or config.mamba_n_heads
    state = config.ssm_state_size or config.mamba_d_state
    if not mamba_heads or not state:
        return None
    return State(
        kernel=config.conv_kernel or config.mamba_d_conv or 4,
        size=state,
        groups=config.n_groups or config.mamba_n_groups or 1,
        heads=mamba_heads,
        inner=mamba_heads * (config.mamba_head_dim or config.mamba_d_head or 64),
    )


def _wide(config: ConfigKeys) -> Wide | None:
    if not config.global_head_dim:
        return None
    return Wide(
        head_dim=config.global_head_dim,
        kv_heads=config.num_global_key_value_heads or config.num_key_value_heads or 1,
        values_are_keys=bool(config.attention_k_eq_v),
    )


def _window(config: ConfigKeys, kind: str) -> int:
    told = config.attention_chunk_size if kind == "llama4" else config.sliding_window
    return told or 0 if "W" in pattern_of(config, kind) else 0


def _by_layer(width: int, layers: int, shared: int) -> tuple[int, ...]:
    """The width of each layer where those that look at an earlier cache have twice as much."""
    return tuple(width * (1 + (layer >= layers - shared)) for layer in range(layers))
