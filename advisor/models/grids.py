"""How are ordinary weights stored in ggml's blocks of one to three bits, whose codes name grids?

Groups of four or eight weights are stored as the number of the nearest point of a fixed grid, most
with the signs apart. The grids are those of `gguf`, which reads such blocks; layouts: ggml-common.h
of ggml-org/llama.cpp, read on 2026-11-29.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from advisor.models.levels import levels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]
    Codes = NDArray[np.uint16]

_BATCH_GROUPS = 1_024
"""Groups that are compared with all points at once: so few that a processor's cache holds them."""
_STEPS = {
    "IQ1_S": 1.5,
    "IQ1_M": 1.45,
    "IQ2_XXS": 0.055,
    "IQ2_XS": 0.053,
    "IQ2_S": 0.048,
    "IQ3_XXS": 0.043,
    "IQ3_S": 0.18,
}
"""What one unit of the grid stands for, in the weights' deviations: found by trial, so that the
stored weights keep their power and lie about as near as those of llama.cpp's own quantizer."""
GRID_TYPES = frozenset(_STEPS)


def pack_iq2_xxs(weights: Floats) -> Bytes:
    """Sub-blocks of 32: value = d * (2 * scale + 1) / 8 * sign * point, points of 8 weights."""
    import numpy as np

    d, scales, codes, signs = _signed_points(weights, "IQ2_XXS", sub_block=32, top=15, paired=True)
    words = np.stack([_word_of_bytes(codes), _word_of_signs(signs, scales)], axis=2)
    return np.concatenate([(8 * d).astype(np.float16).view(np.uint8), _as_bytes(words)], axis=1)


def pack_iq2_xs(weights: Floats) -> Bytes:
    """Sub-blocks of 16: value = d * (2 * scale + 1) / 8 * sign * point, points of 8 weights."""
    import numpy as np

    d, scales, codes, signs = _signed_points(weights, "IQ2_XS", sub_block=16, top=15, paired=True)
    words = codes | (signs.astype(np.uint16) << np.uint16(9))
    fields = [(8 * d).astype(np.float16).view(np.uint8), _as_bytes(words), _pairs(scales)]
    return np.concatenate(fields, axis=1)


def pack_iq2_s(weights: Floats) -> Bytes:
    """Sub-blocks of 16: value = d * (2 * scale + 1) / 8 * sign * point, points of 8 weights."""
    import numpy as np

    d, scales, codes, signs = _signed_points(weights, "IQ2_S", sub_block=16, top=15, paired=False)
    high = _joined((codes >> 8).astype(np.uint8).reshape(-1, 8, 4), bits=2)
    low = codes.astype(np.uint8)
    fields = [(8 * d).astype(np.float16).view(np.uint8), low, signs, high, _pairs(scales)]
    return np.concatenate(fields, axis=1)


def pack_iq3_xxs(weights: Floats) -> Bytes:
    """Sub-blocks of 32: value = d * (2 * scale + 1) / 4 * sign * point, points of 4 weights."""
    import numpy as np

    d, scales, codes, signs = _signed_points(weights, "IQ3_XXS", sub_block=32, top=15, paired=True)
    words = _word_of_signs(signs, scales)
    low = codes.astype(np.uint8)
    fields = [(4 * d).astype(np.float16).view(np.uint8), low, _as_bytes(words)]
    return np.concatenate(fields, axis=1)


def pack_iq3_s(weights: Floats) -> Bytes:
    """Sub-blocks of 32: value = d * (2 * scale + 1) * sign * point, points of 4 weights."""
    import numpy as np

    d, scales, codes, signs = _signed_points(weights, "IQ3_S", sub_block=32, top=15, paired=False)
    high = _joined((codes >> 8).astype(np.uint8).reshape(-1, 8, 8), bits=1)
    low = codes.astype(np.uint8)
    fields = [d.astype(np.float16).view(np.uint8), low, high, signs, _pairs(scales)]
    return np.concatenate(fields, axis=1)


def pack_iq1_s(weights: Floats) -> Bytes:
    """Sub-blocks of 32: value = d * (2 * scale + 1) * (point ± 1/8), points of 8 weights."""
    import numpy as np

    d, scales, codes, shifted_down = _shifted_points(weights, "IQ1_S", sub_block=32, shifted=32)
    shifts = 3 * np.arange(4, dtype=np.uint16)
    high = np.bitwise_or.reduce((codes >> 8).reshape(-1, 8, 4) << shifts, axis=2)
    high |= scales.astype(np.uint16) << 12
    high |= shifted_down.astype(np.uint16) << 15
    fields = [d.astype(np.float16).view(np.uint8), codes.astype(np.uint8), _as_bytes(high)]
    return np.concatenate(fields, axis=1)


def pack_iq1_m(weights: Floats) -> Bytes:
    """Sub-blocks of 16: value = d * (2 * scale + 1) * (point ± 1/8), points of 8 weights."""
    import numpy as np

    d, scales, codes, shifted_down = _shifted_points(weights, "IQ1_M", sub_block=16, shifted=8)
    high = (codes >> 8).astype(np.uint8) | (shifted_down.astype(np.uint8) << np.uint8(3))
    shifts = 3 * np.arange(4, dtype=np.uint16)
    words = np.bitwise_or.reduce(scales.astype(np.uint16).reshape(-1, 4, 4) << shifts, axis=2)
    parts_of_d = d.astype(np.float16).view(np.uint16) >> (4 * np.arange(4, dtype=np.uint16))
    words |= (parts_of_d & 0xF) << 12
    return np.concatenate([codes.astype(np.uint8), _pairs(high), _as_bytes(words)], axis=1)


def _signed_points(
    weights: Floats, block_type: str, *, sub_block: int, top: int, paired: bool
) -> tuple[Floats, Bytes, Codes, Bytes]:
    """The blocks' units, the sub-blocks' scales, and each group's point and signs.

    Signs are a bit each, the first weight's lowest. Where `paired`, an even number of them is set,
    and the last is left out.
    """
    import numpy as np

    points = _points(block_type)
    d, scales, units = _scaled(weights, _STEPS[block_type], sub_block, top)
    groups = units.reshape(-1, points.shape[1])
    sizes = np.abs(groups)
    eights = groups.reshape(-1, 8)
    negative = eights < 0
    if paired:
        odd = np.flatnonzero(negative.sum(axis=1) % 2)
        smallest = np.abs(eights[odd]).argmin(axis=1)
        negative[odd, smallest] ^= True
        sizes.reshape(-1, 8)[odd, smallest] *= -1
    signs = np.packbits(negative, axis=1, bitorder="little").reshape(len(weights), -1)
    codes = _nearest(sizes, points).reshape(len(weights), -1)
    return d, scales, codes, signs & np.uint8(0x7F if paired else 0xFF)


def _shifted_points(
    weights: Floats, block_type: str, *, sub_block: int, shifted: int
) -> tuple[Floats, Bytes, Codes, NDArray[np.bool_]]:
    """The same of grids that hold signs; each `shifted` weights lie an eighth above or below."""
    import numpy as np

    points = _points(block_type)
    d, scales, units = _scaled(weights, _STEPS[block_type], sub_block, 7)
    runs = units.reshape(-1, shifted)
    down = runs.sum(axis=1, keepdims=True) < 0
    groups = (runs - np.where(down, np.float32(-0.125), np.float32(0.125))).reshape(-1, 8)
    codes = _nearest(groups, points).reshape(len(weights), -1)
    return d, scales, codes, down.reshape(len(weights), -1)


def _scaled(weights: Floats, step: float, sub_block: int, top: int) -> tuple[Floats, Bytes, Floats]:
    """Each block's unit d, its sub-blocks' scales, and the weights in d * (2 * scale + 1)."""
    import numpy as np

    parts = weights.reshape(len(weights), -1, sub_block)
    steps = np.sqrt(np.mean(parts**2, axis=2)) * np.float32(step)
    d = steps.max(axis=1, keepdims=True) / (2 * top + 1)
    scales = levels(steps - d, 2 * d, 0, top)
    unit = (d * (2 * scales + 1))[..., None]
    units = np.divide(parts, unit, out=np.zeros_like(parts), where=unit > 0)
    return d, scales.astype(np.uint8), units


def _nearest(groups: Floats, points: Floats) -> Codes:
    """Each group's nearest point, by its number: the one with the largest `g·p − p·p/2`."""
    import numpy as np

    judges = np.concatenate([points.T, -(points**2).sum(axis=1)[None] / 2])
    judged = np.concatenate([groups, np.ones((len(groups), 1), np.float32)], axis=1)
    found = np.empty(len(groups), dtype=np.uint16)
    for start in range(0, len(groups), _BATCH_GROUPS):
        some = slice(start, start + _BATCH_GROUPS)
        found[some] = (judged[some] @ judges).argmax(axis=1)
    return found


@cache
def _points(block_type: str) -> Floats:
    """All points of a type's grid, one a row."""
    import numpy as np
    from gguf import quants

    kind = getattr(quants, block_type)
    kind.init_grid()
    points: Floats = np.asarray(kind.grid, dtype=np.float32).reshape(kind.grid_shape)
    return points


def _word_of_bytes(codes: Codes) -> NDArray[np.uint32]:
    import numpy as np

    return np.ascontiguousarray(codes.astype(np.uint8)).view(np.uint32)


def _word_of_signs(signs: Bytes, scales: Bytes) -> NDArray[np.uint32]:
    """Seven signs of each of four groups, and the scale of the sub-block above them."""
    import numpy as np

    shifts = 7 * np.arange(4, dtype=np.uint32)
    words: NDArray[np.uint32]
    words = np.bitwise_or.reduce(signs.astype(np.uint32).reshape(-1, 8, 4) << shifts, axis=2)
    words |= scales.astype(np.uint32) << np.uint32(28)
    return words


def _pairs(low: Bytes) -> Bytes:
    """Two numbers below 16 a byte, the first in the lower four bits."""
    import numpy as np

    pairs: Bytes = low[:, 0::2] | (low[:, 1::2] << np.uint8(4))
    return pairs


def _joined(parts: Bytes, bits: int) -> Bytes:
    """The numbers of the last axis in one byte, the first in the lowest bits."""
    import numpy as np

    shifts = bits * np.arange(parts.shape[-1], dtype=np.uint8)
    joined: Bytes = np.bitwise_or.reduce(parts << shifts, axis=-1)
    return joined


def _as_bytes(words: NDArray[np.unsignedinteger]) -> Bytes:
    import numpy as np

    return np.ascontiguousarray(words).view(np.uint8).reshape(len(words), -1)
