"""How are ordinary weights stored in ggml's quantized blocks?

The simple types are quantized by `gguf`; the K types, which it can only read, are packed here.
Layouts: ggml-common.h and `get_scale_min_k4` of ggml-quants.c in ggml-org/llama.cpp, read on
2026-11-24. The rounding is plain (no search for the best scale), which costs some accuracy and
changes neither the size nor the range of what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.models import few_bits, grids
from advisor.models.block_types import BLOCKS
from advisor.models.levels import levels, levels_above_minimum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]


def pack(weights: Floats, block_type: str) -> Bytes:
    """Packs weights of shape (blocks, weights a block) into bytes of shape (blocks, bytes)."""
    import numpy as np

    if block_type in _PACKERS:
        return _PACKERS[block_type](weights)
    import gguf

    if block_type in _TERNARY:
        weights = few_bits.ternary(weights)
    stored = gguf.quantize(weights, gguf.GGMLQuantizationType[block_type])
    return np.ascontiguousarray(stored).view(np.uint8).reshape(len(weights), BLOCKS[block_type][1])


def _pack_f16(weights: Floats) -> Bytes:
    import numpy as np

    return weights.astype(np.float16).view(np.uint8).reshape(len(weights), -1)


def _pack_bf16(weights: Floats) -> Bytes:
    """The upper half of each number, rounded to the nearest, ties to the even."""
    import numpy as np

    bits = np.ascontiguousarray(weights).view(np.uint32)
    upper = (bits + np.uint32(0x7FFF) + (bits >> 16 & 1)) >> 16
    return upper.astype(np.uint16).view(np.uint8).reshape(len(weights), -1)


def _pack_q4_k(weights: Floats) -> Bytes:
    return _pack_scale_and_minimum(weights, bits=4)


def _pack_q5_k(weights: Floats) -> Bytes:
    return _pack_scale_and_minimum(weights, bits=5)


def _pack_scale_and_minimum(weights: Floats, bits: int) -> Bytes:
    """Eight sub-blocks of 32: value = d * scale * q - dmin * minimum, with q of `bits` bits."""
    import numpy as np

    parts = weights.reshape(-1, 8, 32)
    d, d_min, scales, minima, q = levels_above_minimum(parts, 2**bits - 1, most=63)
    packed_scales = np.concatenate(
        [
            scales[:, :4] | (scales[:, 4:] >> 4 << 6),
            minima[:, :4] | (minima[:, 4:] >> 4 << 6),
            (scales[:, 4:] & 0xF) | ((minima[:, 4:] & 0xF) << 4),
        ],
        axis=1,
    )
    low = q & 0xF
    nibbles = (low[:, 0::2] | (low[:, 1::2] << 4)).reshape(-1, 128)
    fields = [d.view(np.uint8), d_min.view(np.uint8), packed_scales]
    if bits == 5:
        shifts = np.arange(8, dtype=np.uint8)[:, None]
        fields.append(np.bitwise_or.reduce((q >> 4) << shifts, axis=1))
    return np.concatenate([*fields, nibbles], axis=1)


def _pack_q6_k(weights: Floats) -> Bytes:
    """Sixteen sub-blocks of 16: value = d * scale * (q - 32), with a signed 8-bit scale."""
    import numpy as np

    parts = weights.reshape(-1, 16, 16)
    steps = np.abs(parts).max(axis=2) / 31
    d = (steps.max(axis=1, keepdims=True) / 127).astype(np.float16)
    scales = levels(steps, d, 0, 127).astype(np.uint8)
    step = (d.astype(np.float32) * scales)[..., None]
    q = (levels(parts, step, -32, 31) + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    low, high = q & 0xF, q >> 4
    nibbles = (low[:, :, :2] | (low[:, :, 2:] << 4)).reshape(-1, 128)
    shifts = 2 * np.arange(4, dtype=np.uint8)[:, None]
    upper = np.bitwise_or.reduce(high << shifts, axis=2).reshape(-1, 64)
    return np.concatenate([nibbles, upper, scales, d.view(np.uint8)], axis=1)


_PACKERS: dict[str, Callable[[Floats], Bytes]] = {
    "F16": _pack_f16,
    "BF16": _pack_bf16,
    "IQ1_S": grids.pack_iq1_s,
    "IQ1_M": grids.pack_iq1_m,
    "IQ2_XXS": grids.pack_iq2_xxs,
    "IQ2_XS": grids.pack_iq2_xs,
    "IQ2_S": grids.pack_iq2_s,
    "IQ3_XXS": grids.pack_iq3_xxs,
    "IQ3_S": grids.pack_iq3_s,
    "IQ4_NL": few_bits.pack_iq4_nl,
    "IQ4_XS": few_bits.pack_iq4_xs,
    "Q2_K": few_bits.pack_q2_k,
    "Q3_K": few_bits.pack_q3_k,
    "Q4_K": _pack_q4_k,
    "Q5_K": _pack_q5_k,
    "Q6_K": _pack_q6_k,
}
_TERNARY = frozenset({"TQ1_0", "TQ2_0"})
PACKED_TYPES = frozenset({"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4", *_TERNARY, *_PACKERS})
"""The types that weights can be packed into here."""
