"""Which of the first values belong to the warm-up? Told from all of them, after the load.

The marginal standard error rule (White, "An effective truncation heuristic for bias reduction in
simulation output", Simulation 69, 1997): drop as many as make the error of the mean of the rest
smallest.
"""

from __future__ import annotations

from collections.abc import Sequence


def warm_up_length(values: Sequence[float]) -> int:
    """How many leading values to drop, at most half of them.

    Half (rounded down) means that the values never settled.
    """
    import numpy as np

    n = len(values)
    most = n // 2
    if most < 1:
        return 0
    backward = np.asarray(values, dtype=float)[::-1]
    kept = np.arange(1, n + 1)
    means = np.cumsum(backward) / kept
    variances = np.maximum(np.cumsum(backward**2) / kept - means**2, 0.0)
    errors = variances / kept
    candidates = errors[::-1][: most + 1]
    return int(np.argmin(candidates))
