"""When in the week does the work come, and how much of it at the hours of another price?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from advisor.economics.tariff import MINUTES_PER_DAY, MINUTES_PER_WEEK, minutes_of_week

EVENLY = (1.0 / MINUTES_PER_WEEK,) * MINUTES_PER_WEEK
"""Work that comes at all hours alike."""


@dataclass(frozen=True, slots=True)
class HourBand:
    """A share of the work that comes evenly between two minutes of some weekdays (0 is Monday).

    A band that ends before it starts runs past midnight into the next day.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int
    share: float

    def minutes(self) -> list[int]:
        """The minutes of the week (0 is Monday 00:00) that this band covers."""
        return minutes_of_week(self.days, self.start_minute, self.end_minute)


def work_by_minute(bands: Sequence[HourBand]) -> tuple[float, ...]:
    """The share of the work in each minute of the week (0 is Monday 00:00), local time.

    `share / minutes covered`, added where bands overlap; evenly where there are none. The shares
    are taken to sum to 1.
    """
    if not bands:
        return EVENLY
    work = [0.0] * MINUTES_PER_WEEK
    for band in bands:
        covered = band.minutes()
        for minute in covered:
            work[minute] += band.share / len(covered)
    return tuple(work)


def share_between(
    work: Sequence[float], from_utc_minute: int, until_utc_minute: int, utc_offset_hours: float
) -> float:
    """The share of the work between two minutes of the UTC day, past midnight where it ends before
    it starts. `utc_offset_hours` is local time less UTC."""
    length = (until_utc_minute - from_utc_minute) % MINUTES_PER_DAY
    if length == 0:
        length = MINUTES_PER_DAY
    offset = round(utc_offset_hours * 60)
    return fsum(
        share
        for minute, share in enumerate(work)
        if (minute - offset - from_utc_minute) % MINUTES_PER_DAY < length
    )
