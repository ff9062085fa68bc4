"""Does the measurement stop when it is sure, and not before?"""

from __future__ import annotations

import numpy as np

from advisor.bench.stopping import ByRequest, ByThroughput, is_steady

S = 1_000_000_000


def test_what_still_climbs_is_not_steady() -> None:
    assert not is_steady([10, 20, 30, 40], 0.05)
    assert is_steady([1, 40, 40, 41, 40], 0.05)
    assert not is_steady([40, 40, 40], 0.05)
    assert not is_steady([0, 0, 0, 0], 0.05)


def test_slow_first_requests_are_left_out() -> None:
    watch = ByRequest(0.05)
    for i, value in enumerate([20, 60, 100, 101, 99, 100]):
        watch.add(value, i * S)
    assert watch.steady_from_ns == 2 * S
    assert not watch.is_enough()
    for i, value in enumerate([100, 101], 6):
        watch.add(value, i * S)
    assert watch.is_enough()


def test_scattered_requests_are_never_enough() -> None:
    watch = ByRequest(0.05)
    rng = np.random.default_rng(1)
    for i in range(40):
        watch.add(float(rng.choice([50.0, 150.0])), i * S)
    assert not watch.is_enough()


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
    assert all(answers[first:])
    assert timeline[first][0] - watch.steady_from_ns >= 3 * S


def test_a_rate_that_swings_takes_longer() -> None:
    rng = np.random.default_rng(2)
    swinging = np.repeat(rng.uniform(0.5e6, 1.5e6, 40), 10)
    watch = ByThroughput(0.05, ramp_up_end_ns=0)
    assert not watch.is_enough(bytes_over(swinging), 1.0)
