"""Are the nonnegative unknowns found that explain measurements best?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.models.nonnegative import least_squares


def by_trying_all(rows: np.ndarray, wanted: np.ndarray) -> float:
    """The least squares over all sets of columns whose own solution is not negative."""
    best = float((wanted**2).sum())
    for count in range(1, rows.shape[1] + 1):
        for kept in combinations(range(rows.shape[1]), count):
            found, *_ = np.linalg.lstsq(rows[:, kept], wanted, rcond=None)
            if (found >= 0).all():
                best = min(best, float(((rows[:, kept] @ found - wanted) ** 2).sum()))
    return best


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(1, 5))
def test_no_other_nonnegative_solution_is_nearer(seed: int, count: int, unknowns: int) -> None:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(count, unknowns)) * 10.0 ** draw.integers(-9, 9, unknowns)
    wanted = draw.normal(size=count)
    found = least_squares(rows, wanted)
    assert (found >= 0).all()
    reached = float(((rows @ found - wanted) ** 2).sum())
    assert reached <= by_trying_all(rows, wanted) * (1 + 1e-9) + 1e-9


def test_columns_of_zeros_and_twins_do_not_hurt() -> None:
    rows = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [3.0, 3.0, 0.0]])
    found = least_squares(rows, np.array([2.0, 4.0, 6.0]))
    assert np.allclose(rows @ found, [2.0, 4.0, 6.0])
    assert found[2] == 0.0
