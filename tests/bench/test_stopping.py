"""Does the measurement stop when it is sure, and not before?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from advisor.bench.statistics import median_interval
from advisor.bench.stopping import ByRequest, ByThroughput, settled_after

S = 1_000_000_000


def test_what_still_climbs_is_not_steady() -> None:
    assert settled_after([10, 20, 30, 40, 50, 60, 70, 80], 0.05) is None
    assert settled_after([1, 40, 40, 41, 40, 40], 0.05) == 1
    assert settled_after([40, 40, 40], 0.05) is None
    assert settled_after([40, 40, 40, 40], 0.05) == 0


def stop_of(values: Sequence[float]) -> tuple[ByRequest, int | None]:
    """The watch, and after how many requests it was enough."""
    watch = ByRequest(0.05)
    for i, value in enumerate(values):
        watch.add(value, i * S)
        if watch.is_enough():
            return watch, i + 1
    return watch, None


def test_slow_first_requests_are_left_out() -> None:
    watch, count = stop_of([20, 60, *[100, 101, 99, 100] * 5])
    assert watch.steady_from_ns == 2 * S
    assert count is not None and 8 <= count <= 14


def test_a_quiet_server_is_measured_in_few_requests() -> None:
    rng = np.random.default_rng(3)
    counts = [stop_of(rng.normal(100, 2, 40))[1] or 40 for _ in range(200)]
    assert min(counts) == 9
    assert np.median(counts) <= 13


def test_one_narrow_interval_is_not_enough() -> None:
    watch = ByRequest(0.05)
    for i in range(6):
        watch.add(100 + i % 2, i * S)
    assert not watch.is_enough()
    assert stop_of([100, 101] * 10)[1] == 9


@pytest.mark.parametrize("r", [0.0, 0.3, 0.6])
def test_after_a_stop_the_interval_holds_as_often_as_promised(r: float) -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        logs = [float(rng.normal())]
        for _ in range(400):
            logs.append(r * logs[-1] + float(np.sqrt(1 - r * r) * rng.normal()))
        values = np.exp(0.1 * np.array(logs)) * (1 - 0.5 * np.exp(-np.arange(401) / 2))
        watch, count = stop_of(values)
        assert watch.steady_from_ns is not None
        kept = values[watch.steady_from_ns // S : count]
        interval = median_interval(list(kept[:, None]), np.sort(kept))
        held += interval is not None and interval[0] <= 1 <= interval[1]
    assert held / 300 >= 0.90


def test_scattered_requests_are_never_enough() -> None:
    rng = np.random.default_rng(1)
    assert stop_of(rng.choice([50.0, 150.0], 40))[1] is None


def bytes_over(rates: np.ndarray, tick_s: float = 0.05) -> list[tuple[int, int]]:
    received = np.concatenate([[0], np.cumsum(rates * tick_s)])
    return [(round(i * tick_s * S), int(total)) for i, total in enumerate(received)]


def test_nothing_is_enough_before_the_ramp_up_is_over() -> None:
    watch = ByThroughput(0.05)
    timeline = bytes_over(np.full(400, 1e6))
    assert not watch.is_enough(timeline, 1.0)
    watch.ramp_up_end_ns = 10 * S
    answers = [watch.is_enough(timeline[:end], 1.0) for end in range(2, len(timeline))]
    assert watch.steady_from_ns is not None
    assert watch.steady_from_ns >= 10 * S
    first = answers.index(True)
    assert timeline[first][0] - watch.steady_from_ns >= 3 * S


def test_a_rate_that_swings_takes_longer() -> None:
    rng = np.random.default_rng(2)
    swinging = np.repeat(rng.uniform(0.5e6, 1.5e6, 40), 10)
    watch = ByThroughput(0.05, ramp_up_end_ns=0)
    assert not watch.is_enough(bytes_over(swinging), 1.0)
