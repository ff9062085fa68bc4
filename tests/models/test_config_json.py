"""Configurations of the hubs: what they describe, and what they must not do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.models.catalogue import find
from advisor.models.config_json import parse_config, read_config
from advisor.models.quantization import weight_bytes
from advisor.models.shapes import parameters

_LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-05,
    "rope_theta": 500000.0,
    "rope_scaling": {"factor": 8.0, "rope_type": "llama3"},
    "tie_word_embeddings": False,
}
_GPT_OSS: dict[str, Any] = {
    "model_type": "gpt_oss",
    "head_dim": 64,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "layer_types": ["sliding_attention", "full_attention"] * 12,
    "max_position_embeddings": 131072,
    "num_attention_heads": 64,
    "num_experts_per_tok": 4,
    "num_hidden_layers": 24,
    "num_key_value_heads": 8,
    "num_local_experts": 32,
    "rms_norm_eps": 1e-05,
    "rope_theta": 150000,
    "sliding_window": 128,
    "tie_word_embeddings": False,
    "vocab_size": 201088,
}
_QWEN35_MOE: dict[str, Any] = {
    "model_type": "qwen3_5_moe",
    "tie_word_embeddings": False,
    "text_config": {
        "model_type": "qwen3_5_moe_text",
        "full_attention_interval": 4,
        "head_dim": 256,
        "hidden_size": 2048,
        "layer_types": (["linear_attention"] * 3 + ["full_attention"]) * 10,
        "linear_conv_kernel_dim": 4,
        "linear_key_head_dim": 128,
        "linear_num_key_heads": 16,
        "linear_num_value_heads": 32,
        "linear_value_head_dim": 128,
        "max_position_embeddings": 262144,
        "moe_intermediate_size": 512,
        "num_attention_heads": 16,
        "num_experts": 256,
        "num_experts_per_tok": 8,
        "num_hidden_layers": 40,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {"rope_theta": 10000000, "partial_rotary_factor": 0.25},
        "shared_expert_intermediate_size": 512,
        "vocab_size": 248320,
    },
}
_DEEPSEEK: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "first_k_dense_replace": 3,
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "kv_lora_rank": 512,
    "max_position_embeddings": 163840,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_attention_heads": 128,
    "num_experts_per_tok": 8,
    "num_hidden_layers": 61,
    "num_key_value_heads": 128,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "rms_norm_eps": 1e-06,
    "v_head_dim": 128,
    "vocab_size": 129280,
}

_LLAMA4: dict[str, Any] = {
    "model_type": "llama4",
    "text_config": {
        "model_type": "llama4_text",
        "attention_chunk_size": 8192,
        "head_dim": 128,
        "hidden_size": 5120,
        "interleave_moe_layer_step": 2,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "max_position_embeddings": 1048576,
        "num_attention_heads": 40,
        "num_experts_per_tok": 1,
        "num_hidden_layers": 48,
        "num_key_value_heads": 8,
        "num_local_experts": 128,
        "rms_norm_eps": 1e-05,
        "rope_scaling": None,
        "rope_theta": 500000.0,
        "vocab_size": 202048,
    },
}
_SPARSE: dict[str, Any] = {
    "model_type": "glm_moe_dsa",
    "first_k_dense_replace": 3,
    "head_dim": 64,
    "hidden_size": 6144,
    "index_head_dim": 128,
    "index_n_heads": 32,
    "index_topk": 2048,
    "intermediate_size": 12288,
    "kv_lora_rank": 512,
    "max_position_embeddings": 202752,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_attention_heads": 64,
    "num_experts_per_tok": 8,
    "num_hidden_layers": 78,
    "num_key_value_heads": 64,
    "q_lora_rank": 2048,
    "qk_nope_head_dim": 192,
    "qk_rope_head_dim": 64,
    "rms_norm_eps": 1e-05,
    "rope_parameters": {"rope_theta": 1000000, "rope_type": "default"},
    "tie_word_embeddings": False,
    "v_head_dim": 256,
    "vocab_size": 154880,
}
_GEMMA4: dict[str, Any] = {
    "model_type": "gemma4",
    "text_config": {
        "model_type": "gemma4_text",
        "attention_k_eq_v": False,
        "global_head_dim": 512,
        "head_dim": 256,
        "hidden_size": 1536,
        "hidden_size_per_layer_input": 256,
        "intermediate_size": 6144,
        "layer_types": (["sliding_attention"] * 4 + ["full_attention"]) * 7,
        "max_position_embeddings": 131072,
        "num_attention_heads": 8,
        "num_global_key_value_heads": None,
        "num_hidden_layers": 35,
        "num_key_value_heads": 1,
        "num_kv_shared_layers": 20,
        "rms_norm_eps": 1e-06,
        "rope_parameters": {"full_attention": {"rope_theta": 1000000.0}},
        "sliding_window": 512,
        "use_double_wide_mlp": True,
        "vocab_size": 262144,
    },
}
_LFM2: dict[str, Any] = {
    "model_type": "lfm2",
    "block_auto_adjust_ff_dim": True,
    "block_ff_dim": 12288,
    "block_multiple_of": 256,
    "conv_L_cache": 3,
    "full_attn_idxs": [2, 5, 8, 10, 12, 14],
    "hidden_size": 2048,
    "max_position_embeddings": 128000,
    "norm_eps": 1e-05,
    "num_attention_heads": 32,
    "num_hidden_layers": 16,
    "num_key_value_heads": 8,
    "rope_theta": 1000000.0,
    "vocab_size": 65536,
}
_LFM2_MOE: dict[str, Any] = {
    "model_type": "lfm2_moe",
    "conv_L_cache": 3,
    "hidden_size": 2048,
    "intermediate_size": 7168,
    "layer_types": [
        "full_attention" if layer in {2, 6, 10, 14, 18, 21} else "conv" for layer in range(24)
    ],
    "max_position_embeddings": 128000,
    "moe_intermediate_size": 1792,
    "norm_eps": 1e-05,
    "num_attention_heads": 32,
    "num_dense_layers": 2,
    "num_experts": 32,
    "num_experts_per_tok": 4,
    "num_hidden_layers": 24,
    "num_key_value_heads": 8,
    "rope_theta": 1000000.0,
    "vocab_size": 65536,
}
_KIMI_LINEAR: dict[str, Any] = {
    "model_type": "kimi_linear",
    "first_k_dense_replace": 1,
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "kv_lora_rank": 512,
    "linear_attn_config": {
        "full_attn_layers": [4, 8, 12, 16, 20, 24, 27],
        "head_dim": 128,
        "num_heads": 32,
        "short_conv_kernel_size": 4,
    },
    "moe_intermediate_size": 1024,
    "num_attention_heads": 32,
    "num_experts": 256,
    "num_experts_per_token": 8,
    "num_hidden_layers": 27,
    "num_key_value_heads": 32,
    "num_shared_experts": 1,
    "q_lora_rank": None,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "rms_norm_eps": 1e-05,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "v_head_dim": 128,
    "vocab_size": 163840,
}


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (_LLAMA, "llama-3.1-8b"),
        (_GPT_OSS, "gpt-oss-20b"),
        (_QWEN35_MOE, "qwen3.5-35b-a3b"),
        (_DEEPSEEK, "deepseek-v3"),
        (_LLAMA4, "llama-4-maverick"),
        (_SPARSE, "glm-5"),
        (_GEMMA4, "gemma-4-e2b"),
        (_LFM2, "lfm2-1.2b"),
        (_LFM2_MOE, "lfm2-8b-a1b"),
        (_KIMI_LINEAR, "kimi-linear-48b-a3b"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_config_describes_what_the_catalogue_holds(config: dict[str, Any], name: str) -> None:
    known, read = find(name), parse_config(json.dumps(config).encode(), name, name)
    for field in ("family", "layers", "hidden", "heads", "kv_heads", "ffn", "vocab"):
        assert getattr(read, field) == getattr(known, field), field
    for field in ("experts", "latent", "state", "wide", "window_tokens", "tied_embeddings"):
        assert getattr(read, field) == getattr(known, field), field
    for field in ("indexer", "ffn_by_layer", "layer_input", "kinds"):
        assert getattr(read, field) == getattr(known, field), field
    assert parameters(read) == known.parameters
    assert weight_bytes(read, "Q4_K_M") == weight_bytes(known, "Q4_K_M")


def test_a_folder_gives_the_name(tmp_path: Path) -> None:
    path = tmp_path / "My-Model" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(_LLAMA))
    assert read_config(path).name == "My-Model"
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "config.json")


def test_infinity_as_python_writes_it_is_read() -> None:
    config = {**_LLAMA, "time_step_limit": [0.0, float("inf")]}
    assert parse_config(json.dumps(config).encode(), "m", "m").layers == 32


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "does not describe"),
        (b"<!DOCTYPE html>", "does not describe"),
        (b"[]", "does not describe"),
        (b"{}", "model_type"),
        (b"[" * 100_000, "does not describe"),
        (json.dumps({**_LLAMA, "model_type": "bert"}).encode(), "'bert' of m is not known"),
        (json.dumps({**_LLAMA, "hidden_size": -1}).encode(), "hidden_size = -1"),
        (json.dumps({**_LLAMA, "hidden_size": "wide"}).encode(), "does not describe"),
        (json.dumps({**_LLAMA, "num_hidden_layers": 10**9}).encode(), "layers"),
        (json.dumps({**_LLAMA, "vocab_size": 2**63}).encode(), "vocab_size"),
        (json.dumps({**_LLAMA, "num_attention_heads": 0}).encode(), "num_attention_heads = 0"),
    ],
)
def test_other_content_is_refused_in_one_line(content: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_config(content, "m", "m")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=3,
)

_CONFIGS = [
    _LLAMA,
    _GPT_OSS,
    _DEEPSEEK,
    _QWEN35_MOE["text_config"],
    _LLAMA4["text_config"],
    _SPARSE,
    _GEMMA4["text_config"],
    _LFM2,
    _LFM2_MOE,
    _KIMI_LINEAR,
]


@settings(max_examples=150, deadline=None)
@given(
    base=st.sampled_from(_CONFIGS),
    changes=st.dictionaries(
        st.sampled_from(sorted({key for config in _CONFIGS for key in config})),
        _JSON,
        max_size=3,
    ),
)
def test_no_value_escapes_as_another_error(base: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        read = parse_config(json.dumps({**base, **changes}).encode(), "m", "m")
    except InputError:
        return
    assert read.layers > 0
