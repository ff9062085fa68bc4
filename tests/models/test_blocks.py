"""Packed blocks decode to what was packed, read by the reference implementation."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

from advisor.models.blocks import PACKED_TYPES, pack
from advisor.models.quantization import BLOCKS

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
}


@pytest.mark.parametrize("block_type", sorted(PACKED_TYPES))
def test_blocks_hold_the_weights(block_type: str) -> None:
    block_weights, block_bytes = BLOCKS[block_type]
    rng = np.random.default_rng(1)
    weights = rng.normal(0.001, 0.02, (2**16 // block_weights, block_weights)).astype(np.float32)
    packed = pack(weights, block_type)
    assert packed.shape == (len(weights), block_bytes)
    back = gguf.dequantize(packed, gguf.GGMLQuantizationType[block_type]).reshape(weights.shape)
    error = np.sqrt(np.mean((back - weights) ** 2)) / weights.std()
    # A block spans some five standard deviations: the rounding error is a step's 1/sqrt(12).
    assert error < 5.5 / 2 ** _BITS.get(block_type, 11) / 12**0.5


@pytest.mark.parametrize("block_type", ["Q4_K", "Q5_K", "Q6_K"])
def test_zero_and_constant_blocks_are_valid(block_type: str) -> None:
    weights = np.stack([np.zeros(256), np.full(256, 0.5), np.full(256, -0.5)]).astype(np.float32)
    packed = pack(weights, block_type)
    back = gguf.dequantize(packed, gguf.GGMLQuantizationType[block_type]).reshape(weights.shape)
    np.testing.assert_allclose(back, weights, atol=0.02)
