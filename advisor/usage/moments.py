"""When was it? Whatever way a log writes a time, as the hour since 1970 in UTC."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from functools import lru_cache

HOUR_S = 3600
EARLIEST_S = datetime(2015, 1, 1, tzinfo=UTC).timestamp()
LATEST_S = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
UNDATED = -1
"""The hour of what carries no time."""

_FINER = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Unix times above the first number are in nano-, micro- and milliseconds."""


def hour_of(value: str | float | None) -> int:
    """The hour of a time, UNDATED for None.

    Text is ISO 8601, in UTC unless it says otherwise; a number is Unix time in s, ms, us or ns.
    Raises ValueError for what is no time between 2015 and 2100.
    """
    if value is None:
        return UNDATED
    if isinstance(value, str):
        hour = _hour_in_utc(value)
        return int(seconds_of(value) // HOUR_S) if hour is None else hour
    return int(seconds_of(value) // HOUR_S)


def seconds_of(value: str | float) -> float:
    """The same as Unix seconds."""
    if isinstance(value, str):
        text = value.strip()
        try:
            seconds = float(text)
        except ValueError:
            seconds = _seconds_of_text(text)
    else:
        seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError("the time is no finite number")
    for above, per_second in _FINER:
        if seconds > above:
            seconds /= per_second
            break
    return credible(seconds)


def credible(seconds: float) -> float:
    """Those very Unix seconds. Raises ValueError for a time when nobody used what is counted."""
    if not EARLIEST_S <= seconds < LATEST_S:
        raise ValueError("the time lies outside 2015 to 2100")
    return seconds


def _seconds_of_text(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        raise ValueError("the time is not written as ISO 8601 or Unix time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _hour_in_utc(text: str) -> int | None:
    """The hour of "2026-11-25T03:04:05.678Z" without taking it all apart; None if written else."""
    if len(text) < 20 or text[-1] != "Z" or text[13] != ":":
        return None
    day, hour = _day(text[:10]), text[11:13]
    if day is None or not (hour.isascii() and hour.isdigit() and hour < "24"):
        return None
    return day * 24 + int(hour)


@lru_cache(maxsize=8192)
def _day(text: str) -> int | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 2015 <= day.year < 2100:
        raise ValueError("the time lies outside 2015 to 2100")
    return day.toordinal() - date(1970, 1, 1).toordinal()
