"""Files and configurations of other things than language models: one line each, and what to do."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.models.config_json import parse_config
from advisor.models.ollama_show import parse_show
from advisor.models.reading import read_model

_DIMENSIONS: dict[str, Any] = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
}


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def _gguf(path: Path, values: dict[str, str | int | bool], tensors: dict[str, int]) -> Path:
    """A whole GGUF file with those keys and with square tensors of those sizes."""
    content = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    for key, value in values.items():
        content += _text(key)
        if isinstance(value, str):
            content += struct.pack("<I", 8) + _text(value)
        elif isinstance(value, bool):
            content += struct.pack("<I?", 7, value)
        else:
            content += struct.pack("<II", 4, value)
    data_bytes = 0
    for name, size in tensors.items():
        content += _text(name) + struct.pack("<IQQIQ", 2, size, size, 0, data_bytes)
        data_bytes += 4 * size * size
    content += bytes(-len(content) % 32 + data_bytes)
    path.write_bytes(content)
    return path


def _decoder(family: str) -> dict[str, str | int | bool]:
    return {
        "general.architecture": family,
        f"{family}.block_count": 1,
        f"{family}.embedding_length": 64,
        f"{family}.attention.head_count": 4,
    }


_ATTENDS = {"token_embd.weight": 64, "blk.0.attn_q.weight": 64, "blk.0.ffn_down.weight": 64}


@pytest.mark.parametrize(
    ("values", "tensors", "said"),
    [
        (
            {"general.architecture": "clip", "general.type": "mmproj"},
            {"v.blk.0.attn_q.weight": 64},
            r"is a projector \(mmproj\).*Name the language model's file beside it",
        ),
        (
            {**_decoder("llama"), "general.type": "adapter", "adapter.type": "lora"},
            {"blk.0.attn_q.weight.lora_a": 64, "blk.0.attn_q.weight.lora_b": 64},
            r"is an adapter \(LoRA\).*Name the file of the model that it is for",
        ),
        ({"general.type": "imatrix"}, {"blk.0.attn_q.weight.in_sum2": 8}, "importance matrix"),
        (
            {**_decoder("nomic-bert"), "nomic-bert.attention.causal": False},
            _ATTENDS,
            "is a model for embeddings: it gives vectors and writes no text",
        ),
        ({**_decoder("qwen3"), "qwen3.pooling_type": 3}, _ATTENDS, "is a model for embeddings"),
        (_decoder("llama"), {}, "holds no weights: its header lists no tensors"),
        (
            _decoder("zorblax9"),
            {"blk.0.mind.weight": 64},
            "how layer 0 of 'zorblax9' works is not known. Name a model of another kind",
        ),
        ({"general.architecture": "flux"}, {"img_in.weight": 64}, "does not describe a decoder"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(
    tmp_path: Path, values: dict[str, str | int | bool], tensors: dict[str, int], said: str
) -> None:
    path = _gguf(tmp_path / "other.gguf", values, tensors)
    with pytest.raises(InputError, match=said) as refused:
        read_model(str(path))
    assert "\n" not in str(refused.value)


def test_a_decoder_of_the_same_keys_is_read(tmp_path: Path) -> None:
    path = _gguf(tmp_path / "model.gguf", _decoder("llama"), _ATTENDS)
    assert read_model(str(path)).architecture.layers == 1


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    first = _gguf(tmp_path / "m-00001-of-00003.gguf", _decoder("llama"), _ATTENDS)
    said = r"The part m-00002-of-00003\.gguf of .* is missing.*Keep all 3 parts in one folder"
    with pytest.raises(InputError, match=said):
        read_model(str(first))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.21"},
            "describes a part of a diffusion model: UNet2DConditionModel makes no text",
        ),
        (
            {"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-3.1-8B"},
            "describes an adapter: it changes meta-llama/Llama-3.1-8B",
        ),
        (
            {"model_type": "vit", "architectures": ["ViTForImageClassification"]},
            "describes no language model: ViTForImageClassification writes no text",
        ),
        (
            {"model_type": "qwen3", "architectures": ["Qwen3ForSequenceClassification"]},
            "Qwen3ForSequenceClassification writes no text",
        ),
        (
            {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]},
            "The model type 'whisper' of m is not known",
        ),
        ({"model_type": "t5", "d_model": 768}, "The model type 't5' of m is not known"),
        (
            {"model_type": "clip", "text_config": {"model_type": "clip_text_model"}},
            "The model type 'clip_text_model' of m is not known",
        ),
        ({"model_type": "llama"}, "m does not describe a language model: it lacks hidden_size"),
        (
            {"model_type": "kimi_linear", **_DIMENSIONS, "routed_expert_hidden_size": 3584},
            "inputs of their own for each layer or expert",
        ),
        (
            {"model_type": "lfm2", **_DIMENSIONS, "layer_types": ["conv", "retention"] * 16},
            "layers of the unknown kind 'retention'",
        ),
    ],
)
def test_a_configuration_of_another_kind_says_what_it_is(config: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        parse_config(json.dumps(config).encode(), "m", "m")
    assert len(str(refused.value)) < 250


def test_a_model_that_ollama_passes_on_says_where_it_runs() -> None:
    answer = {"model_info": {"general.architecture": "glm"}, "remote_host": "https://ollama.com"}
    with pytest.raises(InputError, match=r"runs elsewhere.*passes it on to https://ollama\.com"):
        parse_show(json.dumps(answer), "m", "m")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "awq, 4 bits"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 8}}, "gptq, 8 bits"),
        ({"quantization_config": {"quant_method": "fp8"}}, "fp8"),
        (
            {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}},
            "bitsandbytes, 4 bits",
        ),
        ({"quantization": {"group_size": 64, "bits": 4}}, "mlx, 4 bits"),
        (
            {
                "quantization": {"group_size": 64, "bits": 3},
                "quantization_config": {"group_size": 64, "bits": 3},
            },
            "mlx, 3 bits",
        ),
    ],
)
def test_how_the_repository_stores_its_weights_is_said(told: dict[str, Any], said: str) -> None:
    config = {"model_type": "llama", **_DIMENSIONS, **told}
    read = parse_config(json.dumps(config).encode(), "m", "m")
    assert read.source == f"m (its own weights: {said}; sizes here are of GGUF files)"
    plain = {"model_type": "llama", **_DIMENSIONS}
    assert parse_config(json.dumps(plain).encode(), "m", "m").source == "m"
