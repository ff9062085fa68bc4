"""What do readings at single moments say of the time between them?

A series is a list of (time in ns, value), times increasing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

Series = Sequence[tuple[int, float]]


def covers(series: Series, start_ns: int, end_ns: int) -> bool:
    """Whether there is a reading at or before the start and one at or after the end."""
    return bool(series) and series[0][0] <= start_ns and end_ns <= series[-1][0]


def at(series: Series, time_ns: int) -> float:
    """The value at a time that the series covers, on the line between its neighbors."""
    above = bisect_left(series, time_ns, key=_time)
    if series[above][0] == time_ns:
        return series[above][1]
    (before_ns, before), (after_ns, after) = series[above - 1], series[above]
    return before + (after - before) * (time_ns - before_ns) / (after_ns - before_ns)


def gained(series: Series, start_ns: int, end_ns: int) -> float:
    """How far a counter got in a covered window.

    A counter stands still between its updates, so the window is cut at them: its rate from the
    first update seen inside to the last is taken for the whole. With fewer than two inside, the
    line between the updates around the window stands in.
    """
    low = bisect_right(series, start_ns, key=_time) - 1
    high = bisect_left(series, end_ns, key=_time)
    around = series[low : high + 1]
    updates = [later for earlier, later in pairwise(around) if later[1] != earlier[1]]
    inside = [update for update in updates if start_ns <= update[0] <= end_ns]
    if len(inside) < 2:
        return at(series, end_ns) - at(series, start_ns)
    (first_ns, first), (last_ns, last) = inside[0], inside[-1]
    return (last - first) * (end_ns - start_ns) / (last_ns - first_ns)


def integral(series: Series, start_ns: int, end_ns: int) -> float:
    """The area under the line through a covered window, in value times seconds (trapezoids)."""
    inside = series[
        bisect_right(series, start_ns, key=_time) : bisect_left(series, end_ns, key=_time)
    ]
    points = [(start_ns, at(series, start_ns)), *inside, (end_ns, at(series, end_ns))]
    return sum(
        (first + second) / 2 * (second_ns - first_ns) / 1e9
        for (first_ns, first), (second_ns, second) in pairwise(points)
    )


def widest_gap_s(series: Series, start_ns: int, end_ns: int) -> float:
    """The longest time without a reading within a covered window, its edges' neighbors included."""
    low = bisect_right(series, start_ns, key=_time) - 1
    high = bisect_left(series, end_ns, key=_time)
    times = [time_ns for time_ns, _ in series[low : high + 1]]
    return max((b - a for a, b in pairwise(times)), default=0) / 1e9


def _time(point: tuple[int, float]) -> int:
    return point[0]
