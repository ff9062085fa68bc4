"""Configurations of the hubs: what they describe, and what they must not do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hub_configs import (
    DEEPSEEK,
    GEMMA4,
    GEMMA4_WHOLE,
    GPT_OSS,
    KIMI_LINEAR,
    LFM2,
    LFM2_MOE,
    LLAMA,
    LLAMA4,
    NEMOTRON,
    NEMOTRON_DENSE,
    OLMO,
    QWEN3_VL,
    QWEN35_MOE,
    SEED_OSS,
    SHARING,
    SPARSE,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.models.catalogue import find
from advisor.models.config_json import parse_config, read_config
from advisor.models.quantization import weight_bytes
from advisor.models.shapes import parameters


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (LLAMA, "llama-3.1-8b"),
        (GPT_OSS, "gpt-oss-20b"),
        (QWEN35_MOE, "qwen3.5-35b-a3b"),
        (DEEPSEEK, "deepseek-v3"),
        (LLAMA4, "llama-4-maverick"),
        (SPARSE, "glm-5"),
        (GEMMA4, "gemma-4-e2b"),
        (GEMMA4_WHOLE, "gemma-4-12b"),
        (LFM2, "lfm2-1.2b"),
        (LFM2_MOE, "lfm2-8b-a1b"),
        (KIMI_LINEAR, "kimi-linear-48b-a3b"),
        (NEMOTRON, "nemotron-3.5-lightning-30b-a3b"),
        (NEMOTRON_DENSE, "nemotron-3-nano-4b"),
        (SEED_OSS, "seed-oss-36b"),
        (OLMO, "olmo-3-7b"),
        (QWEN3_VL, "qwen3-vl-4b"),
        (SHARING, "glm-5.2"),
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


def test_an_unknown_order_of_indexers_is_refused() -> None:
    types = ["full", "shared", "full", "full", "shared"] + ["shared"] * 73
    config = {**SPARSE, "indexer_types": types}
    with pytest.raises(InputError, match="states indexers in an order that is not known"):
        parse_config(json.dumps(config).encode(), "m", "m")


def test_a_folder_gives_the_name(tmp_path: Path) -> None:
    path = tmp_path / "My-Model" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(LLAMA))
    assert read_config(path).name == "My-Model"
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "config.json")


def test_infinity_as_python_writes_it_is_read() -> None:
    config = {**LLAMA, "time_step_limit": [0.0, float("inf")]}
    assert parse_config(json.dumps(config).encode(), "m", "m").layers == 32


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "does not describe"),
        (b"<!DOCTYPE html>", "does not describe"),
        (b"[]", "does not describe"),
        (b"{}", "model_type"),
        (b"[" * 100_000, "does not describe"),
        (json.dumps({**LLAMA, "model_type": "bert"}).encode(), "'bert' of m is not known"),
        (json.dumps({**LLAMA, "model_type": ""}).encode(), "'' of m is not known"),
        (json.dumps({**LLAMA, "model_type": "_text"}).encode(), "'' of m is not known"),
        (json.dumps({**LLAMA, "hidden_size": -1}).encode(), "hidden_size = -1"),
        (json.dumps({**LLAMA, "hidden_size": "wide"}).encode(), "does not describe"),
        (json.dumps({**LLAMA, "num_hidden_layers": 10**9}).encode(), "layers"),
        (json.dumps({**LLAMA, "vocab_size": 2**63}).encode(), "vocab_size"),
        (json.dumps({**LLAMA, "num_attention_heads": 0}).encode(), "num_attention_heads = 0"),
        (json.dumps({**LLAMA, "rope_theta": float("nan")}).encode(), "rope_theta = nan"),
        (json.dumps({**LLAMA, "rope_scaling": {"factor": float("inf")}}).encode(), "factor = inf"),
        (json.dumps({**LLAMA, "rope_parameters": {"rope_theta": -1}}).encode(), "theta = -1"),
        (json.dumps({**LLAMA, "rope_theta": 1e300}).encode(), r"rope_theta = 1e\+300"),
        (json.dumps({**LLAMA, "rope_parameters": {"full_attention": 1}}).encode(), "describe"),
        (json.dumps({**LLAMA, "rope_scaling": {"type": 5, "x": "y" * 9_000}}).encode(), "describe"),
        (json.dumps({**LLAMA, "hidden_size": "y" * 9_000}).encode(), "describe"),
        (json.dumps({**LLAMA, "vocab_size": 10**4000}).encode(), "m "),
        (json.dumps({**LLAMA, "rope_scaling": {"factor": "much"}}).encode(), "describe"),
        (
            json.dumps({**LLAMA, "layer_types": ["sliding_attention"] * 32}).encode(),
            "how wide that is",
        ),
        (
            json.dumps(
                {
                    **NEMOTRON,
                    "layers_block_type": None,
                    "num_hidden_layers": 2,
                    "hybrid_override_pattern": "M?",
                }
            ).encode(),
            r"unknown kind '\?'",
        ),
    ],
)
def test_other_content_is_refused_in_one_line(content: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as refused:
        parse_config(content, "m", "m")
    assert len(str(refused.value)) < 400


def test_an_interval_longer_than_the_model_is_one_row_of_layers() -> None:
    config = {**QWEN35_MOE["text_config"], "layer_types": None, "full_attention_interval": 2**31}
    read = parse_config(json.dumps(config).encode(), "m", "m")
    assert read.kinds == "D" * read.layers


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=8) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rope_type", "factor", "full_attention"]), inner)
    ),
    max_leaves=3,
)

_CONFIGS = [
    LLAMA,
    GPT_OSS,
    DEEPSEEK,
    QWEN35_MOE["text_config"],
    LLAMA4["text_config"],
    SPARSE,
    GEMMA4["text_config"],
    LFM2,
    LFM2_MOE,
    KIMI_LINEAR,
    NEMOTRON,
    OLMO,
    SHARING,
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
