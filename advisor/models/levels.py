"""In how many whole steps is a weight stored, of which size and from where?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Halves = NDArray[np.float16]
    Bytes = NDArray[np.uint8]


def levels(values: Floats, step: NDArray[np.floating], low: int, high: int) -> Floats:
    """`values` in whole steps within [low, high]; 0 where the step is 0."""
    import numpy as np

    step = step.astype(np.float32)
    steps = np.divide(values, step, out=np.zeros_like(values), where=step > 0)
    whole: Floats = np.clip(np.rint(steps), low, high)
    return whole


def levels_above_minimum(
    parts: Floats, top: int, most: int, span: float = 1.0
) -> tuple[Halves, Halves, Bytes, Bytes, Bytes]:
    """d, dmin, scales, minima and q of value = d * scale * q - dmin * minimum.

    `parts` has the shape (blocks, sub-blocks, weights). q is at most `top`, scales and minima are
    at most `most`, and q spans the share `span` of a sub-block's range.
    """
    import numpy as np

    lowest = np.minimum(parts.min(axis=2), 0) * span
    steps = (np.maximum(parts.max(axis=2), 0) * span - lowest) / top
    d = (steps.max(axis=1, keepdims=True) / most).astype(np.float16)
    d_min = (-lowest.min(axis=1, keepdims=True) / most).astype(np.float16)
    scales = levels(steps, d, 0, most).astype(np.uint8)
    minima = levels(-lowest, d_min, 0, most).astype(np.uint8)
    step = (d.astype(np.float32) * scales)[..., None]
    offset = (d_min.astype(np.float32) * minima)[..., None]
    return d, d_min, scales, minima, levels(parts + offset, step, 0, top).astype(np.uint8)
