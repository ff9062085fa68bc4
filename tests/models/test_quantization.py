"""Types of tensors, held against a real file, llama.cpp's log and published sizes."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import gguf
import pytest

from advisor.errors import InputError
from advisor.models.block_types import BLOCKS
from advisor.models.catalogue import catalogue, find
from advisor.models.quantization import (
    QUANTIZATIONS,
    known_quantization,
    tensor_types,
    weight_bytes,
)
from advisor.models.shapes import parameters

GIB = 2**30


def _published() -> list[tuple[str, str, float, float]]:
    text = (Path(__file__).parent / "published_sizes.toml").read_text(encoding="utf-8")
    return [tuple(row) for group in tomllib.loads(text).values() for row in group["rows"]]


@pytest.mark.parametrize(("name", "quantization", "size_gib", "billions"), _published())
def test_sizes_are_those_published(
    name: str, quantization: str, size_gib: float, billions: float
) -> None:
    """Within 1 % and, beyond that, to the last digit that llama-bench prints."""
    one = find(name)
    assert weight_bytes(one, quantization) / GIB == pytest.approx(size_gib, abs=0.0101)
    assert weight_bytes(one, quantization) / GIB == pytest.approx(size_gib, rel=0.01)
    assert parameters(one) / 1e9 == pytest.approx(billions, abs=0.00501)


def test_blocks_are_those_of_ggml() -> None:
    for name, (weights, size) in BLOCKS.items():
        assert gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]] == (weights, size)


def test_names_shapes_and_types_are_those_of_a_real_file(smollm2: Path) -> None:
    real = {
        tensor.name: (tuple(reversed(tensor.shape.tolist())), tensor.tensor_type.name)
        for tensor in gguf.GGUFReader(smollm2).tensors
    }
    ours = {one.name: (one.dims, one.type) for one in tensor_types(find("smollm2-135m"), "Q4_1")}
    assert ours == real


def test_q4_k_m_of_32_layers_mixes_as_llama_cpp_reports() -> None:
    """llama.cpp's log of a 32-layer Llama in Q4_K_M: 193 tensors q4_K, 33 q6_K."""
    types = Counter(one.type for one in tensor_types(find("llama-3.1-8b"), "Q4_K_M"))
    assert types == {"Q4_K": 193, "Q6_K": 33, "F32": 66}


def test_q4_k_m_falls_back_where_rows_do_not_fill_blocks() -> None:
    types = {one.name: one.type for one in tensor_types(find("smollm2-135m"), "Q4_K_M")}
    assert types["token_embd.weight"] == "Q8_0"
    assert types["blk.0.attn_q.weight"] == "Q5_0"
    assert types["blk.0.ffn_down.weight"] == "Q6_K"


def test_70b_gets_more_bits_in_its_values() -> None:
    stored = tensor_types(find("llama-3.3-70b"), "Q4_K_M")
    types = Counter(one.type for one in stored)
    assert types["Q5_K"] == sum(one.type == "Q5_K" and "attn_v" in one.name for one in stored)
    assert types["Q5_K"] == 40


def test_qwens_of_80_layers_are_a_70b_too() -> None:
    types = {one.name: one.type for one in tensor_types(find("qwen2.5-72b"), "Q4_K_M")}
    assert {types[f"blk.{layer}.attn_v.weight"] for layer in range(80)} == {"Q5_K", "Q6_K"}


def test_the_fewest_bits_go_to_what_bears_them() -> None:
    """As llama.cpp's own quantizer stored the same shapes (build 6ecf5e8, 2026-11-29)."""
    types = {one.name: one.type for one in tensor_types(find("llama-3.1-8b"), "IQ2_M")}
    assert types["token_embd.weight"] == types["blk.9.attn_output.weight"] == "IQ3_S"
    assert types["output.weight"] == "Q5_K"
    assert types["blk.9.attn_v.weight"] == "Q4_K"
    assert types["blk.3.ffn_down.weight"] == "IQ3_S"
    assert types["blk.4.ffn_down.weight"] == types["blk.9.attn_q.weight"] == "IQ2_S"


def test_the_first_layer_tells_how_many_queries_share_a_key() -> None:
    """Nemotron's has no attention, so that its values count as not shared (else: Q5_0 for Q4_K)."""
    types = {one.name: one.type for one in tensor_types(find("nemotron-3-nano-30b-a3b"), "IQ3_S")}
    values = {kind for name, kind in types.items() if name.endswith("attn_v.weight")}
    assert values == {"IQ4_NL"}


def test_experts_of_two_kinds_are_counted_in_order_of_names() -> None:
    """Each layer of GLM-4.5 Air but the first has two down projections; an eighth get more bits.

    Their rows do not fill blocks, so that Q4_0 stands in for Q2_K there and IQ4_NL for IQ2_XXS.
    """
    types = {one.name: one.type for one in tensor_types(find("glm-4.5-air"), "IQ2_XXS")}
    better = [name for name, kind in types.items() if "ffn_down" in name and kind == "Q4_0"]
    assert len(better) == 46 // 8
    assert "blk.0.ffn_down.weight" in better
    assert "blk.2.ffn_down_shexp.weight" in better


def test_eight_experts_keep_keys_and_values_in_eight_bits() -> None:
    types = {one.name: one.type for one in tensor_types(find("mixtral-8x7b"), "Q4_K_M")}
    assert types["blk.5.attn_k.weight"] == types["blk.5.attn_v.weight"] == "Q8_0"
    assert types["blk.5.attn_output.weight"] == "Q5_K"
    assert types["blk.5.ffn_gate_inp.weight"] == "F32"


def test_mxfp4_is_for_experts() -> None:
    types = {one.name: one.type for one in tensor_types(find("gpt-oss-20b"), "MXFP4")}
    assert types["blk.0.ffn_up_exps.weight"] == "MXFP4"
    assert types["blk.0.ffn_up_exps.bias"] == "F32"
    assert types["blk.0.attn_q.weight"] == types["token_embd.weight"] == "Q8_0"


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_every_tensor_fills_whole_blocks(quantization: str) -> None:
    for model in catalogue():
        for one in tensor_types(model, quantization):
            assert one.dims[-1] % BLOCKS[one.type][0] == 0


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_more_bits_take_more_room(one: object) -> None:
    orders = [("Q3_K_S", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16")]
    if "IQ4_NL" not in {each.type for each in tensor_types(one, "IQ1_S")}:  # type: ignore[arg-type]
        orders += [
            ("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XS", "IQ4_XS"),
            ("Q2_K_S", "Q2_K", "Q3_K_S"),
        ]
    for order in orders:
        sizes = [weight_bytes(one, name) for name in order]  # type: ignore[arg-type]
        assert sizes == sorted(sizes)
    assert weight_bytes(one, "BF16") == weight_bytes(one, "F16")  # type: ignore[arg-type]


def test_quantization_names() -> None:
    assert known_quantization("q4_k_m") == "Q4_K_M"
    with pytest.raises(InputError, match="Known: IQ1_S"):
        known_quantization("Q3_XXL")
