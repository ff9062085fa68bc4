"""Do requests of an open loop come at the rate that was asked?"""

import statistics
from itertools import pairwise

import pytest

from advisor.bench.level import Arrivals, Level, planned_starts_ns


def test_constant_arrivals_are_evenly_spaced() -> None:
    starts = planned_starts_ns(4.0, 2.0, Arrivals.CONSTANT, seed=1)
    assert starts == [i * 250_000_000 for i in range(8)]


def test_poisson_gaps_are_exponential() -> None:
    starts = planned_starts_ns(50.0, 200.0, Arrivals.POISSON, seed=3)
    gaps_s = [(after - before) / 1e9 for before, after in pairwise(starts)]
    assert len(starts) == pytest.approx(10_000, rel=0.04)
    assert statistics.mean(gaps_s) == pytest.approx(0.02, rel=0.04)
    assert statistics.stdev(gaps_s) == pytest.approx(0.02, rel=0.05)
    assert starts[0] >= 0 and starts[-1] < 200e9
    assert starts == sorted(starts)


def test_another_seed_is_another_row_and_the_same_one_the_same() -> None:
    one, two = (planned_starts_ns(5.0, 9.0, Arrivals.POISSON, seed) for seed in (1, 2))
    assert one != two
    assert one == planned_starts_ns(5.0, 9.0, Arrivals.POISSON, 1)


def test_there_is_always_a_request() -> None:
    for arrivals in Arrivals:
        assert planned_starts_ns(0.001, 1.0, arrivals, seed=1) == [0]


def test_levels_are_named_for_people() -> None:
    assert str(Level(concurrency=4)) == "concurrency 4"
    assert str(Level(rate_per_s=0.5)) == "0.5 requests/s"
