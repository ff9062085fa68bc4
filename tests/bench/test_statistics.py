"""Do the intervals hold what they promise?"""

from __future__ import annotations

import numpy as np
import pytest

from advisor.bench.statistics import (
    block_length,
    distribution,
    half_width_share,
    median_interval,
    rate_interval,
    t_quantile,
)


def correlated(rng: np.random.Generator, n: int, r: float) -> np.ndarray:
    """A first-order process of mean 0 and spread 1."""
    noise = rng.normal(size=n + 50) * np.sqrt(1 - r * r)
    values = np.zeros(n + 50)
    for i in range(1, n + 50):
        values[i] = r * values[i - 1] + noise[i]
    return values[50:]


@pytest.mark.parametrize(("n", "r"), [(10, 0.0), (40, 0.0), (200, 0.0), (200, 0.5)])
def test_the_median_lies_in_its_interval_as_often_as_promised(n: int, r: float) -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(250):
        values = 100 * np.exp(0.1 * correlated(rng, n, r))
        interval = median_interval([np.array([v]) for v in values], np.sort(values))
        assert interval is not None
        held += interval[0] <= 100 <= interval[1]
    assert 0.90 <= held / 250 <= 0.995


def test_requests_are_resampled_not_their_gaps() -> None:
    rng = np.random.default_rng(6)
    per_request = [np.full(100, 10 + rng.normal()) for _ in range(20)]
    clustered = distribution(per_request)
    singles = distribution([np.array([group[0]]) for group in per_request])
    assert clustered is not None and clustered.ci95 is not None
    assert singles is not None and singles.ci95 is not None
    width = clustered.ci95[1] - clustered.ci95[0]
    assert width == pytest.approx(singles.ci95[1] - singles.ci95[0], rel=0.3)
    assert (clustered.n, singles.n) == (2000, 20)


def test_a_distribution_of_few_or_equal_or_no_values() -> None:
    assert distribution([]) is None
    assert distribution([np.array([])]) is None
    one = distribution([np.array([3.0])])
    assert one is not None
    assert (one.median, one.mean, one.p99, one.n, one.ci95) == (3.0, 3.0, 3.0, 1, None)
    equal = distribution([np.array([3.0])] * 9)
    assert equal is not None
    assert equal.ci95 == (3.0, 3.0)


def test_the_rate_lies_in_its_interval_as_often_as_promised() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        spans = rng.uniform(0.5, 1.5, 12)
        amounts = 100 * spans + rng.normal(size=12) * 8
        interval = rate_interval(amounts, spans)
        assert interval is not None
        held += interval[0] <= 100 <= interval[1]
    assert 0.90 <= held / 400 <= 0.99
    assert rate_interval(np.ones(2), np.ones(2)) is None
    assert rate_interval(np.ones(5), np.ones(5)) == (1.0, 1.0)


def test_neighbors_that_follow_each_other_are_drawn_together() -> None:
    rng = np.random.default_rng(8)
    assert block_length(rng.normal(size=200)) <= 3
    assert block_length(correlated(rng, 200, 0.8)) >= 5
    assert block_length(np.ones(50)) == 1


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 12.706), (5, 2.571), (10, 2.228), (11, 2.201), (30, 2.042)]
)
def test_student_agrees_with_the_tables(freedom: int, value: float) -> None:
    assert t_quantile(freedom) == pytest.approx(value, abs=2e-3)


def test_the_wider_side_counts() -> None:
    assert half_width_share(10, (9, 12)) == pytest.approx(0.2)
    assert half_width_share(10, None) is None
    assert half_width_share(0, (0, 0)) is None
