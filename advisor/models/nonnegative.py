"""Which rates, none of them below 0, explain measurements best?

Least squares with nonnegative unknowns by the active-set method of Lawson and Hanson, "Solving
Least Squares Problems" (1974), chapter 23.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOLERANCE = 1e-10
_MOST_ROUNDS = 10


def least_squares(rows: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The x >= 0 with the least |rows x - wanted|, x one number for each column."""
    import numpy as np

    size = np.linalg.norm(rows, axis=0)
    size[size == 0] = 1.0
    scaled = rows / size
    count = scaled.shape[1]
    free, found = np.zeros(count, bool), np.zeros(count)
    for _ in range(_MOST_ROUNDS * count):
        gain = np.where(free, -np.inf, scaled.T @ (wanted - scaled @ found))
        if gain.max() <= _TOLERANCE:
            break
        free[gain.argmax()] = True
        while True:
            tried = np.zeros(count)
            tried[free] = np.linalg.lstsq(scaled[:, free], wanted, rcond=None)[0]
            below = free & (tried <= 0)
            if not below.any():
                found = tried
                break
            step = (found[below] / (found[below] - tried[below])).min()
            found = found + step * (tried - found)
            free &= found > _TOLERANCE
            found[~free] = 0.0
    answer: NDArray[np.float64] = found / size
    return answer
