"""Do the intervals hold what they promise?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from advisor.bench.statistics import (
    LEAST_FOR_INTERVAL,
    distribution,
    half_width_share,
    median_interval,
    rate_interval,
    t_quantile,
)


def correlated(rng: np.random.Generator, n: int, r: float) -> np.ndarray:
    """A first-order process of mean 0 and spread 1."""
    noise = rng.normal(size=n)
    values = [float(noise[0])]
    for step in noise[1:]:
        values.append(r * values[-1] + float(np.sqrt(1 - r * r) * step))
    return np.array(values)


def share_held(intervals: Iterator[tuple[float, float] | None], truth: float) -> float:
    held = [interval is not None and interval[0] <= truth <= interval[1] for interval in intervals]
    return sum(held) / len(held)


@pytest.mark.parametrize(("n", "r"), [(15, 0.0), (15, 0.3), (15, 0.6), (30, 0.6), (200, 0.6)])
def test_the_median_lies_in_its_interval_as_often_as_promised(n: int, r: float) -> None:
    rng = np.random.default_rng(5)

    def intervals() -> Iterator[tuple[float, float] | None]:
        for _ in range(1000):
            values = 100 * np.exp(0.1 * correlated(rng, n, r))
            yield median_interval([np.array([v]) for v in values], np.sort(values))

    assert 0.92 <= share_held(intervals(), 100) <= 0.985


@pytest.mark.parametrize("r", [0.0, 0.6])
def test_so_it_does_where_requests_hold_many_values(r: float) -> None:
    rng = np.random.default_rng(9)

    def intervals() -> Iterator[tuple[float, float] | None]:
        for _ in range(1000):
            levels = 0.1 * correlated(rng, 20, r)
            sizes = rng.integers(5, 60, 20)
            groups = [
                np.exp(level + 0.05 * rng.normal(size=size))
                for level, size in zip(levels, sizes, strict=True)
            ]
            yield median_interval(groups, np.sort(np.concatenate(groups)))

    assert 0.92 <= share_held(intervals(), 1) <= 0.985


@pytest.mark.parametrize(("batches", "r"), [(15, 0.0), (15, 0.6), (20, 0.6), (100, 0.6)])
def test_the_rate_lies_in_its_interval_as_often_as_promised(batches: int, r: float) -> None:
    rng = np.random.default_rng(7)

    def intervals() -> Iterator[tuple[float, float] | None]:
        for _ in range(1000):
            spans = rng.uniform(0.5, 1.5, batches)
            yield rate_interval(spans * (100 + 8 * correlated(rng, batches, r)), spans)

    assert 0.90 <= share_held(intervals(), 100) <= 0.985


def test_a_slow_drift_under_noise_widens_the_interval() -> None:
    rng = np.random.default_rng(8)
    noise = rng.normal(size=400)
    drift = np.sin(np.linspace(0, 4 * np.pi, 400))
    quiet = rate_interval(100 + noise, np.ones(400))
    drifting = rate_interval(100 + noise + 0.7 * drift, np.ones(400))
    assert quiet is not None and drifting is not None
    assert drifting[1] - drifting[0] > 2.5 * (quiet[1] - quiet[0])


def test_no_interval_from_too_few() -> None:
    few = [np.array([float(i)]) for i in range(LEAST_FOR_INTERVAL - 1)]
    assert median_interval(few, np.arange(LEAST_FOR_INTERVAL - 1.0)) is None
    assert rate_interval(np.ones(2), np.ones(2)) is None
    assert rate_interval(np.ones(5), np.ones(5)) == (1.0, 1.0)


def test_requests_without_a_value_are_left_out() -> None:
    rng = np.random.default_rng(4)
    groups = [rng.normal(size=3) for _ in range(9)]
    with_empty = [groups[0], np.array([]), *groups[1:], np.array([])]
    assert distribution(with_empty) == distribution(groups)


def test_quantiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(3).lognormal(size=(11, 7))
    found = distribution(list(values))
    assert found is not None
    assert found.median == pytest.approx(np.median(values))
    assert (found.p95, found.p99) == pytest.approx(np.percentile(values, [95, 99]))


def test_requests_vary_not_their_gaps() -> None:
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


@pytest.mark.parametrize(
    ("freedom", "value"),
    [(1, 12.706), (5, 2.571), (10, 2.228), (11, 2.201), (30, 2.042)],
)
def test_student_agrees_with_the_tables(freedom: int, value: float) -> None:
    assert t_quantile(freedom) == pytest.approx(value, abs=2e-3)


def test_student_falls_between_whole_degrees_of_freedom() -> None:
    values = [t_quantile(freedom) for freedom in np.linspace(1, 30, 200)]
    assert all(np.diff(values) < 0)


def test_the_wider_side_counts() -> None:
    assert half_width_share(10, (9, 12)) == pytest.approx(0.2)
    assert half_width_share(10, None) is None
    assert half_width_share(0, (0, 0)) is None
