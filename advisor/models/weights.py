"""Which random weights cost an engine the same time as trained ones?

ggml's dot products on x86 look every block's scale up in a table of all 65,536 half-precision
numbers. How much of it stays in the nearest cache depends on how the scales are spread, and with it
up to a fifth of the decode speed: scales that lie closer than those of trained weights make a
synthetic model too fast. So the scales are spread here as in trained weights. They vary by chance,
from row to row, and in some tensors from column to column; and they come from a BF16 checkpoint,
with eight significant bits.

The blocks lie in a pool, ordered by how large their weights are, from which every tensor takes its
own random sequence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from advisor.models.block_types import BLOCKS
from advisor.models.blocks import pack
from advisor.models.grids import GRID_TYPES
from advisor.models.mixture import part_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pool = NDArray[np.void]
    """Shape (sizes, alike): in each row stretches of packed weights of one size."""

_POOL_WEIGHTS = 1 << 20
_POOL_WEIGHTS_OF_GRIDS = 1 << 19
"""Fewer where packing takes long."""
_STRETCH_WEIGHTS = 32
_STEPS_AN_OCTAVE = 8
_MOST_STEPS = 16
_CHUNK_BYTES = 8 << 20


class Spread(NamedTuple):
    """How the size of weights varies, in octaves (one standard deviation)."""

    rows: float
    columns: float


_BLOCKS_ALONE = 0.17
"""What varies beyond rows, columns and chance, in octaves."""
_ELSEWHERE = Spread(rows=0.17, columns=0.0)
_SPREADS = {
    "token_embd": Spread(rows=0.2, columns=0.37),
    "output": Spread(rows=0.2, columns=0.37),
    "attn_q": Spread(rows=0.58, columns=0.0),
    "attn_k": Spread(rows=0.58, columns=0.0),
    "attn_output": Spread(rows=0.3, columns=0.2),
    "ffn_gate": Spread(rows=0.33, columns=0.0),
}
"""Between the values of SmolLM2-135M-Instruct and Gemma 3 270M, by `python
benchmarks/scale_spread.py` on 2026-11-29; no other trained model was at hand."""


def spread_of(tensor: str) -> Spread:
    """That of a tensor by its name in GGUF."""
    return _SPREADS.get(part_of(tensor), _ELSEWHERE)


def pool_of(
    block_type: str, columns: int, deviation: float, spread: Spread, rng: np.random.Generator
) -> Pool:
    """Packed weights whose standard deviation in a whole tensor is `deviation`."""
    import numpy as np

    block_weights, block_bytes = BLOCKS[block_type]
    blocks = max(1, math.gcd(columns, _STRETCH_WEIGHTS) // block_weights)
    sizes = 2 * _MOST_STEPS + 1
    most = _POOL_WEIGHTS_OF_GRIDS if block_type in GRID_TYPES else _POOL_WEIGHTS
    alike = min(most // (blocks * block_weights), 1 << 16) // sizes
    octaves = np.arange(-_MOST_STEPS, _MOST_STEPS + 1, dtype=np.float32) / _STEPS_AN_OCTAVE
    weights = rng.standard_normal((sizes, alike * blocks * block_weights), dtype=np.float32)
    weights *= (np.exp2(octaves) * np.float32(deviation / _root_mean_square(spread)))[:, None]
    by_stretch = weights.reshape(-1, blocks * block_weights)
    by_stretch *= np.exp2(rng.normal(0, _BLOCKS_ALONE, (len(by_stretch), 1))).astype(np.float32)
    packed = pack(_once_bf16(weights).reshape(-1, block_weights), block_type)
    stretches = packed.reshape(-1).view(np.dtype((np.void, blocks * block_bytes)))
    return stretches.reshape(sizes, alike)


def rows_from(
    pool: Pool, rows: int, row_bytes: int, spread: Spread, rng: np.random.Generator
) -> Iterator[bytes]:
    """So many rows of a tensor, some megabytes at a time."""
    import numpy as np

    sizes, alike = pool.shape
    stretches = row_bytes // pool.itemsize
    by_column = _steps(spread.columns, stretches, rng)
    together = max(1, _CHUNK_BYTES // row_bytes)
    for first in range(0, rows, together):
        by_row = _steps(spread.rows, min(together, rows - first), rng)
        size = np.clip(by_row[:, None] + by_column + sizes // 2, 0, sizes - 1).astype(np.uint16)
        which = rng.integers(0, alike, size.shape, dtype=np.uint16)
        yield pool.reshape(-1).take(size * np.uint16(alike) + which).tobytes()


def _steps(octaves: float, count: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Sizes that vary by exactly so much, few as they may be."""
    import numpy as np

    drawn = rng.standard_normal(count)
    if count > 1:
        drawn = (drawn - drawn.mean()) / drawn.std()
    return np.rint(drawn * octaves * _STEPS_AN_OCTAVE).astype(np.int16)


def _root_mean_square(spread: Spread) -> float:
    """Of a size whose logarithm is normal around that of 1."""
    variance = spread.rows**2 + spread.columns**2 + _BLOCKS_ALONE**2
    return math.exp(math.log(2) ** 2 * variance)


def _once_bf16(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    bits = weights.view(np.uint32)
    return ((bits + np.uint32(0x8000)) & np.uint32(0xFFFF_0000)).view(np.float32)
