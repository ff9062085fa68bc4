"""Is a queue that grows seen, and one that does not left alone?"""

import random

import pytest
from made_up import MS, observation

from advisor.bench.backlog import in_flight, is_overloaded
from advisor.bench.metrics import Span
from advisor.bench.observe import Observation


def queue(rate_per_s: float, service_ms: float, seconds: float, seed: int) -> list[Observation]:
    """One server, one at a time, Poisson arrivals."""
    drawn = random.Random(seed)
    at_ms = free_ms = 0.0
    served = []
    while (at_ms := at_ms + drawn.expovariate(rate_per_s) * 1e3) < seconds * 1e3:
        free_ms = max(free_ms, at_ms) + service_ms
        served.append(
            observation(planned_ms=at_ms, sent_ms=at_ms, ttft_ms=free_ms - at_ms, events=1)
        )
    return served


WHOLE = Span(0, 100_000 * MS)


def test_requests_at_once_are_counted_over_time() -> None:
    seen = [observation(sent_ms=start, ttft_ms=499, events=1) for start in (0, 250, 500, 750)]
    found = in_flight(seen, Span(250 * MS, 750 * MS))
    assert found is not None
    assert found.mean == pytest.approx(2.0, abs=0.01)
    assert found.max in (2, 3)


def test_those_who_came_before_are_among_the_most_at_once() -> None:
    seen = [observation(sent_ms=0, ttft_ms=1000 + more, events=1) for more in range(3)]
    found = in_flight(seen, Span(500 * MS, 2000 * MS))
    assert found is not None
    assert found.max == 3


def test_a_queue_within_capacity_is_not_overloaded() -> None:
    verdicts = [is_overloaded(queue(8, 100, 100, seed), WHOLE) for seed in range(40)]
    assert sum(verdicts) <= 1


def test_a_queue_beyond_capacity_is() -> None:
    assert all(is_overloaded(queue(15, 100, 100, seed), WHOLE) for seed in range(40))
