"""Does a sweep find where a server of known capacity is saturated, and what it can promise?"""

from collections.abc import Callable

import pytest

from advisor.bench.level import Level
from advisor.bench.sweep import MOST_STREAMS, Tried, next_level, saturation


def sweep(first: Level, measure: Callable[[Level], Tried], *, has_slo: bool = False) -> list[Tried]:
    found: list[Tried] = []
    while level := next_level(first, found, has_slo=has_slo):
        assert level not in [each.level for each in found]
        found.append(measure(level))
    return found


def streams(found: list[Tried]) -> list[int | None]:
    return [each.level.concurrency for each in found]


def up_to(most: float, promise: float = 1e9) -> Callable[[Level], Tried]:
    """A server whose rate grows with the load until `most`, within the SLO until `promise`."""
    return lambda level: Tried(level, min(level.size, most) * 10, level.size <= promise)


def test_the_load_doubles_until_the_rate_no_longer_grows() -> None:
    found = sweep(Level(concurrency=1), up_to(24))
    assert streams(found) == [1, 2, 4, 8, 16, 32, 64]
    saturated = saturation(found)
    assert saturated is not None
    assert saturated.level == Level(concurrency=32)


def test_the_highest_load_within_the_slo_is_closed_in_on() -> None:
    found = sweep(Level(concurrency=1), up_to(500, promise=37), has_slo=True)
    meeting = [each.level.size for each in found if each.meets_slo]
    failing = [each.level.size for each in found if not each.meets_slo]
    assert max(meeting) <= 37 < min(failing)
    assert min(failing) / max(meeting) <= 1.15


def test_rates_are_closed_in_on_too() -> None:
    found = sweep(Level(rate_per_s=0.5), up_to(1e9, promise=3.3), has_slo=True)
    meeting = [each.level.size for each in found if each.meets_slo]
    assert max(meeting) == pytest.approx(3.3, rel=0.15)


def test_a_saturated_server_that_still_meets_the_slo_is_pressed_on() -> None:
    found = sweep(Level(concurrency=1), up_to(2, promise=16), has_slo=True)
    assert max(size for each in found if each.meets_slo and (size := each.level.size)) >= 14


def test_failures_end_the_ascent() -> None:
    found = sweep(
        Level(rate_per_s=1.0),
        lambda level: Tried(level, level.size, None, failed=level.size > 3),
    )
    assert [each.level.rate_per_s for each in found] == [1.0, 2.0, 4.0]
    assert saturation(found) is not None


def test_no_end_in_sight_ends_at_the_most_streams() -> None:
    found = sweep(Level(concurrency=1), up_to(1e9))
    assert streams(found)[-1] == MOST_STREAMS
    assert saturation(found) is None


def test_an_slo_that_nothing_meets_ends_the_sweep() -> None:
    assert len(sweep(Level(concurrency=1), up_to(4, promise=0), has_slo=True)) < 6
