"""On which day, in which month and hour of the week did the tokens come, where the team lives?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cache

from advisor.usage.cell import Cell
from advisor.usage.moments import HOUR_S

HOURS_PER_WEEK = 168
Sums = list[float]
"""Input, cached, written, output, reasoning, requests (not a number: not told)."""
NOT_TOLD = float("nan")


@dataclass(slots=True)
class Calendar:
    """Tokens by local day (its ordinal), by month and model, and by hour of the week."""

    days: dict[int, float] = field(default_factory=dict)
    months: dict[tuple[int, int], dict[str, Sums]] = field(default_factory=dict)
    week: list[float] = field(default_factory=lambda: [0.0] * HOURS_PER_WEEK)
    hours: dict[int, float] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None


def calendar_of(
    cells: Sequence[Cell], zone: tzinfo, covered: tuple[int, int] | None = None
) -> Calendar:
    """The cells, each spread evenly over its span. Hours are local ones, since 1970-01-01.

    `covered` are the first and last hour (UTC) that are known, whether something was used or not.
    """
    found = Calendar()

    @cache
    def local_hours(hour: int) -> float:
        moment = datetime.fromtimestamp(hour * HOUR_S, zone)
        offset = moment.utcoffset()
        assert offset is not None
        return hour + offset.total_seconds() / HOUR_S

    for cell in cells:
        values = [float("nan") if value is None else float(value) for value in cell.values]
        start = local_hours(cell.start_hour)
        end = local_hours(cell.start_hour + cell.hours - 1) + 1
        for day, share in _days(start, end):
            _add(found, day, cell.model, values, share)
        if cell.hours == 1:
            for hour, share in _whole_hours(start):
                tokens = cell.tokens * share
                found.week[_hour_of_week(hour)] += tokens
                found.hours[hour] = found.hours.get(hour, 0.0) + tokens
    if covered is not None:
        first, last = (next(_days(start, start + 1))[0] for start in map(local_hours, covered))
        found.first = min(first, found.first or first)
        found.last = max(last, found.last or last)
    return found


def _add(found: Calendar, day: int, model: str, values: Sums, share: float) -> None:
    when = date.fromordinal(day)
    sums = found.months.setdefault((when.year, when.month), {}).setdefault(model, [0.0] * 6)
    for place, value in enumerate(values):
        sums[place] += value * share
    found.days[day] = found.days.get(day, 0.0) + (values[0] + values[3]) * share
    found.first = day if found.first is None else min(found.first, day)
    found.last = day if found.last is None else max(found.last, day)


def _days(start: float, end: float) -> Iterator[tuple[int, float]]:
    """The days (ordinals) between two local hours, and each one's share of the span."""
    epoch = date(1970, 1, 1).toordinal()
    day = int(start // 24)
    while day * 24 < end:
        part = min(end, (day + 1) * 24) - max(start, day * 24)
        yield day + epoch, part / (end - start)
        day += 1


def _whole_hours(start: float) -> Iterator[tuple[int, float]]:
    """The local hours that an hour from `start` on touches: two in zones half an hour off."""
    hour, late = int(start // 1), start % 1
    yield hour, 1 - late
    if late:
        yield hour + 1, late


def _hour_of_week(hour: int) -> int:
    thursday = 3
    return (hour // 24 + thursday) % 7 * 24 + hour % 24
