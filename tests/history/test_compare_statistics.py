"""Is a difference called one only where it is shown, and how often is that wrong?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from advisor.history.compare import statistics
from advisor.history.compare.statistics import (
    ALPHA,
    Basis,
    Ratio,
    Value,
    Verdict,
    compared,
    corrected_p,
    geometric_mean,
    verdict,
)


def values(*numbers: float) -> list[Value]:
    return [Value(number) for number in numbers]


def p_of(base: list[float], other: list[float]) -> float:
    return corrected_p(np.array([base]).T, np.array([other]).T)[0]


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        ([1, 3, 5, 7], [2, 4, 6, 8], 48 / 70),
        ([1, 1, 1, 1], [1, 1, 1, 1], 1.0),
    ],
)
def test_the_exact_p_is_the_share_of_orders_as_far_apart(
    one: list[float], other: list[float], p: float
) -> None:
    """By hand: of the 70 ways to choose four of eight ranks, U ≤ 0 in 1; U ≤ 6 in 24 (tables)."""
    assert p_of(one, other) == pytest.approx(p)


def test_many_runs_are_permuted_at_random_and_agree_with_all_the_ways() -> None:
    random = np.random.default_rng(1)
    one, other = random.normal(0, 1, (8, 1)), random.normal(0.9, 1, (8, 1))
    exact = corrected_p(one, other)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "MOST_PERMUTATIONS", 5_000)
        assert corrected_p(one, other)[0] == pytest.approx(exact, abs=0.03)


def test_lines_that_rise_and_fall_together_cost_no_more_than_one() -> None:
    """Eight copies of one metric, against eight unrelated ones of which one differs as clearly."""
    base = np.array([[1.0], [2], [3], [4], [5]])
    other = base + 10
    assert corrected_p(np.tile(base, 8), np.tile(other, 8)) == pytest.approx([2 / 252] * 8)
    random = np.random.default_rng(5)
    noise = random.normal(0, 1, (2, 5, 7))
    alone = corrected_p(np.hstack([base, noise[0]]), np.hstack([other, noise[1]]))
    assert 2 / 252 < alone[0] <= 8 * 2 / 252 + 1e-9


def test_a_run_that_lacks_a_line_does_not_spoil_it() -> None:
    base = np.array([[1.0, 1], [2, np.nan], [3, 3], [4, 4], [5, 5]])
    assert corrected_p(base, base + 10)[1] == pytest.approx(2 / 252, abs=0.02)


def test_two_runs_are_too_few_for_a_small_difference_and_enough_for_a_large_one() -> None:
    small = compared(values(100), values(106))
    assert small.basis is Basis.WITHIN
    assert small.ratio == pytest.approx(1.06)
    assert small.ci95[0] < 1 < small.ci95[1]
    assert verdict(small, None, lower_is_better=False) is Verdict.TOO_FEW
    large = compared(values(100), values(150))
    assert verdict(large, None, lower_is_better=False) is Verdict.BETTER
    assert verdict(large, None, lower_is_better=True) is Verdict.WORSE


def test_a_runs_own_interval_widens_the_ratios() -> None:
    sure = compared(values(100), values(110))
    unsure = compared([Value(100, (80, 120))], [Value(110, (88, 132))])
    assert unsure.ci95[1] - unsure.ci95[0] > 1.5 * (sure.ci95[1] - sure.ci95[0])


def test_five_runs_a_side_show_a_step_and_equal_sides_none() -> None:
    base = [100, 101, 99, 100.5, 99.5]
    after = [110, 111, 109, 110.5, 109.5]
    faster, p = compared(values(*base), values(*after)), p_of(base, after)
    assert faster.basis is Basis.RUNS and faster.ci95[0] > 1.07
    assert verdict(faster, p, lower_is_better=False) is Verdict.BETTER
    again = [100.2, 100.9, 99.3, 100.4, 99.6]
    same = compared(values(*base), values(*again))
    assert verdict(same, p_of(base, again), lower_is_better=False) is Verdict.NONE


def test_a_sure_difference_that_does_not_matter_is_none() -> None:
    base, after = list(np.linspace(99.9, 100.1, 8)), list(np.linspace(100.9, 101.1, 8))
    found, p = compared(values(*base), values(*after)), p_of(base, after)
    assert p < 0.001
    assert verdict(found, p, lower_is_better=False) is Verdict.NONE


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_of_runs_without_a_difference_few_are_called_different(shared: float) -> None:
    """Seven lines, unrelated or nearly one: the level holds for the comparison as a whole."""
    random = np.random.default_rng(11)
    wrong, rounds = 0, 200
    for _ in range(rounds):
        weather = random.normal(0, 5, (2, 6, 1))
        runs = 100 + shared * weather + (1 - shared) * random.normal(0, 5, (2, 6, 7))
        ps = corrected_p(runs[0], runs[1])
        said = [
            verdict(
                compared(values(*runs[0, :, line]), values(*runs[1, :, line])),
                ps[line],
                lower_is_better=False,
            )
            for line in range(7)
        ]
        wrong += any(each in (Verdict.BETTER, Verdict.WORSE) for each in said)
    assert wrong / rounds <= ALPHA + 0.035


def test_the_mean_of_ratios_is_geometric() -> None:
    doubled = Ratio(2.0, (1.8, 2.2222), Basis.RUNS)
    halved = Ratio(0.5, (0.45, 0.5556), Basis.RUNS)
    middle, (low, high) = geometric_mean([doubled, halved])
    assert middle == pytest.approx(1.0)
    assert math.log(high / low) == pytest.approx(math.log(2.2222 / 1.8), rel=0.01)
