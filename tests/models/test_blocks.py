"""Packed blocks decode to what was packed, as near as llama.cpp's own quantizer comes."""

from __future__ import annotations

import ctypes

import gguf
import numpy as np
import pytest
import xllamacpp.xllamacpp as engine
from numpy.typing import NDArray

from advisor.models.block_types import BLOCKS
from advisor.models.blocks import PACKED_TYPES, pack

_BITS = {
    "Q4_0": 4,
    "Q4_1": 4,
    "Q4_K": 4,
    "Q5_0": 5,
    "Q5_1": 5,
    "Q5_K": 5,
    "Q6_K": 6,
    "Q8_0": 8,
    "BF16": 8,
    "MXFP4": 3.5,
    "F16": 11,
}
_TERNARY = {"TQ1_0", "TQ2_0"}
_ONE_BIT = {"IQ1_S": 0.487, "IQ1_M": 0.452}
"""Errors of llama.cpp's quantizer, which takes 8 s to prepare for these (2026-11-29)."""
_FEW_BITS = sorted(PACKED_TYPES - set(_BITS) - _TERNARY - set(_ONE_BIT))
_SCALED = sorted(PACKED_TYPES - {"F16", "BF16"})


def _normal(block_type: str, many: int) -> NDArray[np.float32]:
    block_weights = BLOCKS[block_type][0]
    rng = np.random.default_rng(1)
    return rng.normal(0.001, 0.02, (many // block_weights, block_weights)).astype(np.float32)


def _unpacked(packed: NDArray[np.uint8], block_type: str) -> NDArray[np.float32]:
    stored = gguf.dequantize(packed, gguf.GGMLQuantizationType[block_type])
    return stored.reshape(len(packed), -1)


def _error(stored: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean((stored - weights) ** 2)) / weights.std())


@pytest.mark.parametrize("block_type", ["F16", "BF16"])
def test_halves_are_those_of_gguf(block_type: str) -> None:
    weights = np.random.default_rng(1).standard_normal((512, 32), dtype=np.float32)
    stored = gguf.quantize(weights, gguf.GGMLQuantizationType[block_type])
    assert pack(weights, block_type).tobytes() == stored.tobytes()


@pytest.mark.parametrize("block_type", sorted(_BITS))
def test_blocks_hold_the_weights(block_type: str) -> None:
    weights = _normal(block_type, 2**16)
    packed = pack(weights, block_type)
    assert packed.shape == (len(weights), BLOCKS[block_type][1])
    # A block spans some five standard deviations: the rounding error is a step's 1/sqrt(12).
    most = 5.5 / 2 ** _BITS[block_type] / 12**0.5
    assert _error(_unpacked(packed, block_type), weights) < most


@pytest.mark.parametrize("block_type", _FEW_BITS)
def test_few_bits_come_as_near_as_those_of_llama_cpp(block_type: str) -> None:
    """With every weight of equal importance; at most 30 % further away."""
    weights = _normal(block_type, 2**11)
    ours = _unpacked(pack(weights, block_type), block_type)
    theirs = _unpacked(_packed_by_llama_cpp(weights, block_type), block_type)
    assert 0.05 < _error(theirs, weights) < _error(ours, weights) * 1.1
    assert _error(ours, weights) < _error(theirs, weights) * 1.3
    assert ours.std() == pytest.approx(theirs.std(), rel=0.09)


@pytest.mark.parametrize(("block_type", "theirs"), _ONE_BIT.items())
def test_one_bit_comes_as_near_as_that_of_llama_cpp(block_type: str, theirs: float) -> None:
    weights = _normal(block_type, 2**16)
    ours = _error(_unpacked(pack(weights, block_type), block_type), weights)
    assert ours == pytest.approx(theirs, rel=0.05)


@pytest.mark.parametrize("block_type", _SCALED)
def test_stored_weights_keep_their_power(block_type: str) -> None:
    weights = _normal(block_type, 2**16)
    stored = _unpacked(pack(weights, block_type), block_type)
    assert stored.std() == pytest.approx(weights.std(), rel=0.02)
    assert abs(stored.mean() - weights.mean()) < 0.03 * weights.std()


@pytest.mark.parametrize("block_type", sorted(_TERNARY))
def test_ternary_blocks_hold_three_levels(block_type: str) -> None:
    weights = _normal(block_type, 2**13)
    for block in _unpacked(pack(weights, block_type), block_type):
        assert len(np.unique(block)) == 3
    stored = _unpacked(pack(weights, block_type), block_type)
    assert 0.4 < np.mean(stored == 0) < 0.5


@pytest.mark.parametrize("block_type", sorted(PACKED_TYPES))
def test_llama_cpp_takes_the_blocks_for_valid(block_type: str) -> None:
    for deviation in (1e-4, 0.02, 1.0):
        packed = pack(_normal(block_type, 2**13) * np.float32(deviation / 0.02), block_type)
        library = ctypes.CDLL(engine.__file__)
        validate = library.ggml_validate_row_data
        validate.restype = ctypes.c_bool
        validate.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
        number = gguf.GGMLQuantizationType[block_type].value
        assert validate(number, packed.ctypes.data, packed.nbytes)


@pytest.mark.parametrize("block_type", _SCALED)
def test_scale_is_carried_by_the_blocks(block_type: str) -> None:
    weights = _normal(block_type, 2**13)
    some = _unpacked(pack(weights, block_type), block_type)
    small = _unpacked(pack(weights / 16, block_type), block_type)
    assert small.std() * 16 == pytest.approx(some.std(), rel=0.02)
    assert np.corrcoef(small.reshape(-1), some.reshape(-1))[0, 1] > 0.99


@pytest.mark.parametrize("block_type", ["Q2_K", "Q3_K", "IQ4_NL", "IQ4_XS", "Q4_K", "Q5_K", "Q6_K"])
def test_zero_and_constant_blocks_are_valid(block_type: str) -> None:
    levels = np.array([[0.0], [0.5], [-0.5]], dtype=np.float32)
    weights = np.repeat(levels, BLOCKS[block_type][0], axis=1)
    back = _unpacked(pack(weights, block_type), block_type)
    np.testing.assert_allclose(back, weights, atol=0.1)


@pytest.mark.parametrize("block_type", sorted(PACKED_TYPES))
def test_blocks_of_zeros_are_zero(block_type: str) -> None:
    zeros = np.zeros((2, BLOCKS[block_type][0]), dtype=np.float32)
    assert not _unpacked(pack(zeros, block_type), block_type).any()


def _packed_by_llama_cpp(weights: NDArray[np.float32], block_type: str) -> NDArray[np.uint8]:
    quantize = ctypes.CDLL(engine.__file__).ggml_quantize_chunk
    quantize.restype = ctypes.c_size_t
    quantize.argtypes = [
        ctypes.c_int,
        *(ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64),
        ctypes.c_void_p,
    ]
    packed = np.zeros((len(weights), BLOCKS[block_type][1]), dtype=np.uint8)
    importance = np.ones(weights.size, dtype=np.float32)
    number = gguf.GGMLQuantizationType[block_type].value
    written = quantize(
        *(number, weights.ctypes.data, packed.ctypes.data),
        *(0, 1, weights.size),
        importance.ctypes.data,
    )
    assert written == packed.nbytes
    return packed
