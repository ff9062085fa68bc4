"""Random weights for synthetic models: of the deviation asked for, spread like trained ones."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

from advisor.models.block_types import BLOCKS
from advisor.models.weights import Spread, pool_of, rows_from, spread_of

COLUMNS, ROWS, DEVIATION = 1_024, 2_048, 0.03


def drawn(block_type: str, spread: Spread, columns: int = COLUMNS) -> np.ndarray:
    """A tensor's weights as an engine reads them."""
    rng = np.random.default_rng(7)
    weights, size = BLOCKS[block_type]
    row_bytes = columns // weights * size
    pool = pool_of(block_type, columns, DEVIATION, spread, rng)
    content = b"".join(rows_from(pool, ROWS, row_bytes, spread, rng))
    assert len(content) == ROWS * row_bytes
    stored = np.frombuffer(content, np.uint8).reshape(ROWS, row_bytes)
    return gguf.dequantize(stored, gguf.GGMLQuantizationType[block_type])


@pytest.mark.parametrize(
    "tensor", ["blk.0.attn_q.weight", "token_embd.weight", "blk.3.ffn_up.weight"]
)
@pytest.mark.parametrize("block_type", ["Q4_0", "Q4_K", "Q6_K", "Q8_0", "BF16", "Q3_K", "IQ3_S"])
def test_the_deviation_is_the_one_asked_for(block_type: str, tensor: str) -> None:
    found = drawn(block_type, spread_of(tensor))
    assert found.std() == pytest.approx(DEVIATION, rel=0.1)
    assert abs(found.mean()) < DEVIATION / 20


@pytest.mark.parametrize("spread", [Spread(0.6, 0), Spread(0.2, 0.4), Spread(0, 0)])
def test_sizes_vary_by_row_and_by_column_as_asked(spread: Spread) -> None:
    sizes = np.log2(np.abs(drawn("Q8_0", spread)).reshape(ROWS, -1, 32).max(axis=2))
    assert sizes.mean(axis=1).std() == pytest.approx(spread.rows, abs=0.08)
    assert sizes.mean(axis=0).std() == pytest.approx(spread.columns, abs=0.12)


def test_weights_have_the_digits_of_a_bf16_checkpoint() -> None:
    bits = drawn("BF16", Spread(0.3, 0)).view(np.uint32)
    largest = np.abs(drawn("Q8_0", Spread(0.3, 0))).reshape(-1, 32).max(axis=1) / 127
    assert not (bits & 0xFFFF).any()
    scales = largest.astype(np.float16)
    assert len(np.unique(scales)) < 1_000


@pytest.mark.parametrize("columns", [32, 40, 96])
def test_any_number_of_columns_will_do(columns: int) -> None:
    assert drawn("F16", Spread(0.2, 0.2), columns).shape == (ROWS, columns)
