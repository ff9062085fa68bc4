"""How are ordinary weights stored in ggml's blocks of two, three and four bits?

Layouts: those that `gguf` reads, and ggml-common.h of ggml-org/llama.cpp, read on 2026-11-24. The
rounding is plain: one scale for each sub-block from its largest weights or its power.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from advisor.models.levels import levels, levels_above_minimum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]

_SPAN = 0.85
"""Two bits hold normal weights best when they do not span the very largest of them."""
_HALF_OF_EIGHT = 3.6
"""Between the largest level below 0 (4) and above (3)."""
_TERNARY_EDGE = 0.61
_TERNARY_STEP = 1.358
"""Weights further than the edge from 0 become the step: normal ones keep their power so."""
_LARGEST_LEVEL = 113


def pack_q2_k(weights: Floats) -> Bytes:
    """Sixteen sub-blocks of 16: value = d * scale * q - dmin * minimum, with q of two bits."""
    import numpy as np

    parts = weights.reshape(-1, 16, 16)
    d, d_min, scales, minima, q = levels_above_minimum(parts, 3, most=15, span=_SPAN)
    fields = [scales | (minima << 4), _pairs_of_bits(q), d.view(np.uint8), d_min.view(np.uint8)]
    return np.concatenate(fields, axis=1)


def pack_q3_k(weights: Floats) -> Bytes:
    """Sixteen sub-blocks of 16: value = d * (scale - 32) * (q - 4), with q of three bits."""
    import numpy as np

    parts = weights.reshape(-1, 16, 16)
    steps = np.abs(parts).max(axis=2) / _HALF_OF_EIGHT
    d = (steps.max(axis=1, keepdims=True) / 31).astype(np.float16)
    scales = levels(steps, d, 0, 31).astype(np.uint8)
    step = (d.astype(np.float32) * scales)[..., None]
    q = (levels(parts, step, -4, 3) + 4).astype(np.uint8)
    scales += 32
    shifts = np.arange(8, dtype=np.uint8)[:, None]
    upper = np.bitwise_or.reduce((q.reshape(-1, 8, 32) >> 2) << shifts, axis=1)
    low = (scales[:, :8] & 0xF) | ((scales[:, 8:] & 0xF) << 4)
    high = (scales >> 4).reshape(-1, 4, 4) << (2 * np.arange(4, dtype=np.uint8)[:, None])
    packed_scales = np.concatenate([low, np.bitwise_or.reduce(high, axis=1)], axis=1)
    return np.concatenate(
        [upper, _pairs_of_bits(q & np.uint8(3)), packed_scales, d.view(np.uint8)], axis=1
    )


def pack_iq4_nl(weights: Floats) -> Bytes:
    """One block of 32: value = d * level, with sixteen levels that lie denser around 0."""
    import numpy as np

    parts = weights.reshape(-1, 1, 32)
    d = (np.abs(parts).max(axis=2) / _LARGEST_LEVEL).astype(np.float16)
    q = _nearest_level(parts, d.astype(np.float32)[..., None])
    return np.concatenate([d.view(np.uint8), _nibbles(q)], axis=1)


def pack_iq4_xs(weights: Floats) -> Bytes:
    """Eight sub-blocks of 32: value = d * (scale - 32) * level."""
    import numpy as np

    parts = weights.reshape(-1, 8, 32)
    steps = np.abs(parts).max(axis=2) / _LARGEST_LEVEL
    d = (steps.max(axis=1, keepdims=True) / 31).astype(np.float16)
    scales = levels(steps, d, 0, 31).astype(np.uint8)
    q = _nearest_level(parts, (d.astype(np.float32) * scales)[..., None])
    scales += 32
    shifts = 2 * np.arange(8, dtype=np.uint16)
    high = np.bitwise_or.reduce((scales >> 4).astype(np.uint16) << shifts, axis=1, keepdims=True)
    low = (scales[:, 0::2] & 0xF) | ((scales[:, 1::2] & 0xF) << 4)
    return np.concatenate([d.view(np.uint8), high.view(np.uint8), low, _nibbles(q)], axis=1)


def ternary(weights: Floats) -> Floats:
    """Weights of -s, 0 and s in each block, as networks have that were trained with such weights.

    Rounding ordinary weights by their largest, as `gguf` does, would leave hardly any but zeros.
    """
    import numpy as np

    size = np.sqrt(np.mean(weights**2, axis=1, keepdims=True))
    signs = np.sign(weights) * (np.abs(weights) > _TERNARY_EDGE * size)
    stored: Floats = signs * size * np.float32(_TERNARY_STEP)
    return stored


def _pairs_of_bits(q: Bytes) -> Bytes:
    """Four levels below 4 a byte: the first of each of four runs of 32, then the second, …"""
    import numpy as np

    shifts = 2 * np.arange(4, dtype=np.uint8)[:, None]
    joined: Bytes = np.bitwise_or.reduce(q.reshape(-1, 2, 4, 32) << shifts, axis=2)
    return joined.reshape(-1, 64)


def _nibbles(q: Bytes) -> Bytes:
    """The first 16 of every 32 levels in the lower four bits, the rest in the upper four."""
    import numpy as np

    joined: Bytes = q[..., :16] | (q[..., 16:] << np.uint8(4))
    return joined.reshape(len(q), -1)


def _nearest_level(parts: Floats, step: Floats) -> Bytes:
    import numpy as np

    scaled = np.divide(parts, step, out=np.zeros_like(parts), where=step > 0)
    return np.searchsorted(_edges(), scaled).astype(np.uint8)


@cache
def _edges() -> Floats:
    """Where one of the sixteen levels ends and the next begins."""
    import numpy as np
    from gguf.quants import IQ4_NL

    stored = np.array(IQ4_NL.kvalues, dtype=np.float32)
    edges: Floats = (stored[1:] + stored[:-1]) / np.float32(2)
    return edges
