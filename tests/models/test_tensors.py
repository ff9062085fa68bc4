"""Tensors and their types, held against a real file and against what llama.cpp prints."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import gguf
import pytest

from advisor.errors import InputError
from advisor.models.catalogue import architecture, catalogue
from advisor.models.tensors import (
    BLOCKS,
    QUANTIZATIONS,
    decode_bytes,
    known_quantization,
    kv_bytes,
    tensors,
    weight_bytes,
)


def test_blocks_are_those_of_ggml() -> None:
    for name, (weights, size) in BLOCKS.items():
        assert gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]] == (weights, size)


def test_names_shapes_and_types_are_those_of_a_real_file(smollm2: Path) -> None:
    real = {
        tensor.name: (tuple(reversed(tensor.shape.tolist())), tensor.tensor_type.name)
        for tensor in gguf.GGUFReader(smollm2).tensors
    }
    ours = {
        one.name: (one.shape, one.type) for one in tensors(architecture("smollm2-135m"), "Q4_1")
    }
    assert ours == real


def test_q4_k_m_of_32_layers_mixes_as_llama_cpp_reports() -> None:
    """llama.cpp's log of a 32-layer Llama in Q4_K_M: 193 tensors q4_K, 33 q6_K."""
    types = Counter(one.type for one in tensors(architecture("llama-3.1-8b"), "Q4_K_M"))
    assert types == {"Q4_K": 193, "Q6_K": 33, "F32": 66}


def test_q4_k_m_falls_back_where_rows_do_not_fill_blocks() -> None:
    types = {one.name: one.type for one in tensors(architecture("smollm2-135m"), "Q4_K_M")}
    assert types["token_embd.weight"] == "Q8_0"
    assert types["blk.0.attn_q.weight"] == "Q5_0"
    assert types["blk.0.ffn_down.weight"] == "Q6_K"


def test_70b_gets_more_bits_in_its_values() -> None:
    types = Counter(one.type for one in tensors(architecture("llama-3.3-70b"), "Q4_K_M"))
    assert types["Q5_K"] == sum(
        one.type == "Q5_K" and "attn_v" in one.name
        for one in tensors(architecture("llama-3.3-70b"), "Q4_K_M")
    )
    assert types["Q5_K"] == 40


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_every_tensor_fills_whole_blocks(quantization: str) -> None:
    for model in catalogue():
        for one in tensors(model, quantization):
            assert one.shape[-1] % BLOCKS[one.type][0] == 0
            assert len(one.shape) == 1 or one.weights % 256 == 0


def test_decode_reads_the_embedding_only_where_it_is_the_output() -> None:
    tied, untied = architecture("llama-3.2-1b"), architecture("llama-3.1-8b")
    assert decode_bytes(tied, "F16") == weight_bytes(tied, "F16")
    assert weight_bytes(untied, "F16") - decode_bytes(untied, "F16") == 128_256 * 4_096 * 2


def test_kv_cache_of_llama_3_1_8b_takes_128_kib_a_token() -> None:
    assert kv_bytes(architecture("llama-3.1-8b"), 1) == 128 * 1024


def test_quantization_names() -> None:
    assert known_quantization("q4_k_m") == "Q4_K_M"
    with pytest.raises(InputError, match="Known: Q4_0"):
        known_quantization("Q3_XXL")
