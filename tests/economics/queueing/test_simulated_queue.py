"""The simulation against the formulas that hold: each within its own confidence interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from closed_forms import mg1_ps, mmc, mmc_wait_quantile_s

from advisor.economics.queueing.formulas import Steady, load_dependent, mg1
from advisor.economics.queueing.simulate import Served, arrival_times, serve

RUNS, REQUESTS, WARM_UP = 12, 40_000, 4_000
T_99 = 3.106
"""Student's t of 11 degrees of freedom, 99 % two-sided."""

Sizes = Callable[[np.random.Generator, int], "np.ndarray[tuple[int], np.dtype[np.float64]]"]


def exponential(
    random: np.random.Generator, n: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return random.exponential(1.0, n)


def alike(random: np.random.Generator, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.ones(n)


def very_uneven(
    random: np.random.Generator, n: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Mean 1, standard deviation 2."""
    return random.gamma(0.25, 4.0, n)


def runs(
    per_s: float,
    sizes: Sizes,
    speeds: Sequence[float],
    room: int | None = None,
    requests: int = REQUESTS,
) -> list[tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Served]]:
    found = []
    for seed in range(RUNS):
        random = np.random.default_rng(seed)
        arrivals = arrival_times([per_s], requests / per_s, 1.0, random)
        found.append((arrivals, serve(arrivals, sizes(random, len(arrivals)), speeds, room)))
    return found


def agrees(values: Sequence[float], truth: float) -> None:
    """The truth lies in the mean's 99 % interval, and the interval says something."""
    half = T_99 * float(np.std(values, ddof=1)) / len(values) ** 0.5
    assert abs(float(np.mean(values)) - truth) <= half
    assert half <= 0.1 * truth


def waits(
    found: Sequence[tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Served]],
) -> list[float]:
    return [float(np.nanmean((s.start_s - a)[WARM_UP:])) for a, s in found]


def sojourns(
    found: Sequence[tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Served]],
) -> list[float]:
    return [float(np.nanmean((s.end_s - a)[WARM_UP:])) for a, s in found]


def steady(found: object) -> Steady:
    assert isinstance(found, Steady)
    return found


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (4, 0.8), (16, 0.9)])
def test_many_servers_wait_as_erlang_says(servers: int, load: float) -> None:
    speeds = [float(n + 1) for n in range(servers)]
    found = runs(servers * load, exponential, speeds, requests=3 * REQUESTS)
    truth = steady(mmc(servers * load, 1.0, servers))
    agrees(waits(found), truth.wait_mean_s)
    agrees(sojourns(found), truth.sojourn_mean_s)
    p95 = mmc_wait_quantile_s(servers * load, 1.0, servers, 0.95)
    assert isinstance(p95, float)
    agrees([float(np.quantile((s.start_s - a)[WARM_UP:], 0.95)) for a, s in found], p95)


@pytest.mark.parametrize(("sizes", "cv"), [(alike, 0.0), (exponential, 1.0), (very_uneven, 2.0)])
def test_one_at_a_time_waits_as_pollaczek_and_khinchine_say(sizes: Sizes, cv: float) -> None:
    agrees(waits(runs(0.6, sizes, [1.0])), steady(mg1(0.6, 1.0, cv)).wait_mean_s)


@pytest.mark.parametrize("sizes", [alike, exponential, very_uneven])
def test_sharing_takes_the_same_mean_time_whatever_the_sizes(sizes: Sizes) -> None:
    found = runs(0.7, sizes, [1.0] * 2_000)
    assert max(waits(found)) == 0
    agrees(sojourns(found), steady(mg1_ps(0.7, 1.0)).sojourn_mean_s)


def test_a_measured_curve_waits_as_births_and_deaths_say() -> None:
    curve = [1.0, 1.8, 2.4, 2.7]
    found, truth = runs(2.2, exponential, curve), steady(load_dependent(2.2, curve))
    agrees(waits(found), truth.wait_mean_s)
    agrees(sojourns(found), truth.sojourn_mean_s)


@pytest.mark.parametrize("room", [2, 4, 9])
def test_as_many_are_turned_away_as_births_and_deaths_say(room: int) -> None:
    curve = [1.0, 1.8, 2.4, 2.7]
    found, truth = runs(3.5, exponential, curve, room), steady(load_dependent(3.5, curve, room))
    agrees([float(np.isnan(s.start_s[WARM_UP:]).mean()) for _, s in found], truth.turned_away_share)
    agrees(sojourns(found), truth.sojourn_mean_s)


def test_an_overtaking_short_request_by_hand() -> None:
    # Two share a server of speed 1: the second, of size 1, comes at 1 and gets half until 3;
    # the first, of size 4, has then done 2 and needs 2 more alone.
    served = serve(np.array([0.0, 1.0, 2.0]), np.array([4.0, 1.0, 1.0]), [1.0, 1.0])
    assert served.end_s.tolist() == pytest.approx([6.0, 3.0, 5.0])
    assert served.start_s.tolist() == pytest.approx([0.0, 1.0, 3.0])
    assert served.inside.tolist() == [1, 2, 2]


def test_everybody_can_be_turned_away() -> None:
    served = serve(np.array([0.0, 1.0]), np.ones(2), [1.0], room=0)
    assert np.isnan(served.start_s).all()
    assert np.isnan(served.end_s).all()


def test_arrivals_follow_the_rates_of_their_hours() -> None:
    random = np.random.default_rng(3)
    times = arrival_times([1.0, 0.0, 4.0], 10_000.0, 1.0, random)
    counts = np.bincount((times / 10_000).astype(int), minlength=3)
    assert counts[1] == 0
    assert counts[0] == pytest.approx(10_000, abs=4 * 100)
    assert counts[2] == pytest.approx(40_000, abs=4 * 200)
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize("burstiness", [0.25, 1.0, 4.0])
def test_gaps_vary_as_burstiness_says(burstiness: float) -> None:
    gaps = np.diff(arrival_times([2.0], 30_000.0, burstiness, np.random.default_rng(5)))
    assert gaps.mean() == pytest.approx(0.5, rel=0.05)
    assert (gaps.std() / gaps.mean()) ** 2 == pytest.approx(1 / burstiness, rel=0.1)


def test_nothing_comes_at_a_rate_of_zero() -> None:
    assert arrival_times([0.0] * 168, 3600.0, 1.0, np.random.default_rng(1)).size == 0
