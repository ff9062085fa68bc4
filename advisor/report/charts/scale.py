"""Where on the page does a value stand, and which values does an axis name?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

NICE_S = tuple(60 * minutes for minutes in (1, 5, 15, 60, 180, 360, 720)) + tuple(
    24 * 3600 * days for days in (1, 2, 7, 14, 28, 56, 91, 182, 364, 728, 1820, 3640)
)
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `low` to `start` and `high` to `end`, in pixels; by powers of 2 where `log`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        if self.high <= self.low:
            return (self.start + self.end) / 2
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def ticks(low: float, high: float, count: int = 5) -> tuple[float, ...]:
    """About `count` round values from at or below `low` to at or above `high`."""
    if high <= low:
        return (low, low + 1.0)
    raw = (high - low) / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(each for each in NICE if each * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def month_ticks(months: int, count: int = 8) -> tuple[int, ...]:
    """Months that an axis names: every so many that people count in."""
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60, 120) if months / each <= count), 120)
    return tuple(range(0, months + 1, step))


def time_ticks(first_s: float, last_s: float, count: int) -> tuple[list[float], int]:
    """At most `count` + 1 round moments between two, and the seconds from one to the next."""
    span_s = max(last_s - first_s, 0.0)
    step_s = next((each for each in NICE_S if span_s / each <= count), NICE_S[-1])
    begin, end = math.ceil(first_s / step_s), math.floor(last_s / step_s)
    return [float(index * step_s) for index in range(begin, end + 1)] or [first_s], step_s


def reach(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest, with 0 among them."""
    return min(0.0, *values), max(0.0, *values)
