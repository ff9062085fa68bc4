"""What does a kilowatt-hour cost on average when its price depends on the hour?

Over all hours of the week, and over those in which the work comes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from operator import mul

from advisor.errors import InputError

MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Band:
    """A price that holds on some weekdays (0 is Monday) between two minutes of the day.

    A band that ends before it starts runs past midnight into the next day.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int
    usd_per_kwh: float


def minutes_of_week(days: frozenset[int], start_minute: int, end_minute: int) -> list[int]:
    """Minutes of the week (0 is Monday 00:00) between two minutes of these days, past midnight
    where the end is not after the start."""
    length = end_minute - start_minute
    length += MINUTES_PER_DAY if length <= 0 else 0
    return [
        (day * MINUTES_PER_DAY + start_minute + minute) % MINUTES_PER_WEEK
        for day in sorted(days)
        for minute in range(length)
    ]


def mean_usd_per_kwh(bands: Sequence[Band], otherwise_usd_per_kwh: float | None) -> float:
    """The price averaged over all hours of the week, each hour weighing the same.

    `otherwise_usd_per_kwh` holds where no band does. Raises InputError when two bands overlap, or
    when hours stay without a price; the message names the first such time.
    """
    return fsum(_price_by_minute(bands, otherwise_usd_per_kwh)) / MINUTES_PER_WEEK


def busy_usd_per_kwh(
    bands: Sequence[Band], otherwise_usd_per_kwh: float | None, work: Sequence[float]
) -> float:
    """The price averaged over the work: `sum over minutes of the work's share * price`.

    `work` is the share of the work in each minute of the week. Raises as `mean_usd_per_kwh` does.
    """
    prices = _price_by_minute(bands, otherwise_usd_per_kwh)
    return fsum(map(mul, work, prices))


def _price_by_minute(
    bands: Sequence[Band], otherwise_usd_per_kwh: float | None
) -> tuple[float, ...]:
    hours = tuple((band.days, band.start_minute, band.end_minute) for band in bands)
    prices = [*(band.usd_per_kwh for band in bands), otherwise_usd_per_kwh or 0.0]
    holding = _holding_by_minute(hours, priced_otherwise=otherwise_usd_per_kwh is not None)
    return tuple(map(prices.__getitem__, holding))


@lru_cache(maxsize=16)
def _holding_by_minute(
    hours: tuple[tuple[frozenset[int], int, int], ...], *, priced_otherwise: bool
) -> tuple[int, ...]:
    """Which band holds in each minute of the week; `len(hours)` where none does.

    Kept, since a search over prices asks for the same hours again and again.
    """
    holding: list[int | None] = [None] * MINUTES_PER_WEEK
    for number, (days, start_minute, end_minute) in enumerate(hours):
        for minute in minutes_of_week(days, start_minute, end_minute):
            if holding[minute] is not None:
                raise InputError(
                    "tariff.band",
                    why=f"two bands hold at {_clock(minute)}",
                    remedy="Give each hour of the week one price.",
                )
            holding[minute] = number
    if not priced_otherwise and None in holding:
        minute = holding.index(None)
        raise InputError(
            "tariff.band",
            why=f"no band holds at {_clock(minute)} and tariff.usd_per_kwh is not given",
            remedy="Cover every hour of the week, or give tariff.usd_per_kwh for the rest.",
        )
    return tuple(len(hours) if number is None else number for number in holding)


def parse_days(text: str, table: str = "tariff.band") -> frozenset[int]:
    """Weekdays of `mon-fri`, `sat,sun`, `fri-mon` or `daily`. Raises InputError otherwise."""
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        if part.strip() == "daily":
            days.update(range(7))
        elif first.strip() in DAYS and (not dash or last.strip() in DAYS):
            start = DAYS.index(first.strip())
            length = (DAYS.index(last.strip()) - start) % 7 if dash else 0
            days.update((start + day) % 7 for day in range(length + 1))
        else:
            raise InputError(
                f"{table}.days",
                why=f"'{text}' names no weekdays",
                remedy='Write days such as "mon-fri", "sat,sun" or "daily".',
            )
    return frozenset(days)


def parse_minute(key: str, text: str, table: str = "tariff.band") -> int:
    """Minutes after midnight of `HH:MM`, 00:00 to 24:00. Raises InputError otherwise."""
    match = re.fullmatch(r"([0-9]{2}):([0-5][0-9])", text)
    if match and (minute := int(match[1]) * 60 + int(match[2])) <= MINUTES_PER_DAY:
        return minute
    raise InputError(
        f"{table}.{key}",
        why=f"'{text}' is no time of day",
        remedy='Write a time from "00:00" to "24:00".',
    )


def _clock(minute: int) -> str:
    day, rest = divmod(minute, MINUTES_PER_DAY)
    return f"{DAYS[day]} {rest // 60:02d}:{rest % 60:02d}"
