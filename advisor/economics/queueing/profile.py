"""When does a team's work come? Requests a second in each hour of the week.

Hour 0 is Monday 00:00 to 01:00, hour 167 Sunday 23:00 to 24:00.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.economics.hours import HourBand
from advisor.economics.inputs import HOURS_PER_MONTH, SECONDS_PER_HOUR
from advisor.economics.tariff import MINUTES_PER_WEEK
from advisor.errors import InputError

HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
_NOON = 12.5
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class WeekProfile:
    """The share of a week's requests that comes in each of its 168 hours; they sum to 1."""

    shares: tuple[float, ...]

    @property
    def peak_to_mean(self) -> float:
        """The busiest hour's requests over those of the mean hour."""
        return max(self.shares) * HOURS_PER_WEEK

    def rates_per_s(self, requests_per_month: float) -> tuple[float, ...]:
        """Requests a second in each hour; a month is 730 hours of such weeks."""
        per_week = requests_per_month * HOURS_PER_WEEK / HOURS_PER_MONTH
        return tuple(share * per_week / SECONDS_PER_HOUR for share in self.shares)

    def busiest(self, hours: int) -> tuple[bool, ...]:
        """Which hours belong to the `hours` busiest of the week, the earlier first where alike."""
        ranked = sorted(range(HOURS_PER_WEEK), key=lambda hour: (-self.shares[hour], hour))
        chosen = set(ranked[:hours])
        return tuple(hour in chosen for hour in range(HOURS_PER_WEEK))


def week_profile(bands: Sequence[HourBand] = (), peak_to_mean: float | None = None) -> WeekProfile:
    """The week that the bands describe, added where they overlap; what they leave over is spread
    evenly over the other hours.

    `peak_to_mean` above the bands' own makes each day peak in the middle of its busy hours: weights
    fall off by one ratio an hour, each day keeps its total, and the ratio is such that the busiest
    hour has that many times the mean. Raises InputError for shares that do not come to 1 and for a
    peak that they contradict.
    """
    shares = _spread(bands)
    profile = WeekProfile(tuple(shares))
    if peak_to_mean is None or abs(peak_to_mean - profile.peak_to_mean) <= _TOLERANCE:
        return profile
    if peak_to_mean < profile.peak_to_mean:
        raise InputError(
            "arrivals.peak_to_mean",
            why=f"is {peak_to_mean:g}, and the busiest hour of usage.hours already has "
            f"{profile.peak_to_mean:.3g} times the mean",
            remedy="Raise it, or leave one of the two out.",
        )
    highest = _sharpened(shares, 0.0).peak_to_mean
    if peak_to_mean > highest + _TOLERANCE:
        raise InputError(
            "arrivals.peak_to_mean",
            why=f"is {peak_to_mean:g}; one hour a day that has all the work has {highest:.3g}",
            remedy="Lower it, or say with [[usage.hours]] on which days the work comes.",
        )
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _sharpened(shares, middle).peak_to_mean > peak_to_mean:
            low = middle
        else:
            high = middle
    return _sharpened(shares, high)


def sharper_profiles(bands: Sequence[HourBand], count: int) -> tuple[WeekProfile, ...]:
    """`count` weeks of these bands, from their own peak to the highest that `week_profile` makes of
    them, each sharper than the one before."""
    shares = _spread(bands)
    ratios = [(1.0 + math.cos(math.pi * number / (count - 1))) / 2 for number in range(count)]
    return tuple(_sharpened(shares, ratio) for ratio in ratios)


def _spread(bands: Sequence[HourBand]) -> list[float]:
    taken = [False] * MINUTES_PER_WEEK
    shares = [0.0] * HOURS_PER_WEEK
    for band in bands:
        minutes = band.minutes()
        for minute in minutes:
            taken[minute] = True
            shares[minute // 60] += band.share / len(minutes)
    rest = 1.0 - math.fsum(band.share for band in bands)
    free = [minute for minute in range(MINUTES_PER_WEEK) if not taken[minute]]
    if rest < -_TOLERANCE or (rest > _TOLERANCE and not free):
        raise InputError(
            "usage.hours.share",
            why=f"the shares come to {1.0 - rest:.4g}",
            remedy="Let them sum to 1, or to less with the rest in the hours left out.",
        )
    for minute in free:
        shares[minute // 60] += max(rest, 0.0) / len(free)
    total = math.fsum(shares)
    return [share / total for share in shares]


def _sharpened(shares: Sequence[float], ratio: float) -> WeekProfile:
    """Each day's hours times `ratio` to the power of their distance from its middle, in hours."""
    sharp: list[float] = []
    for start in range(0, HOURS_PER_WEEK, HOURS_PER_DAY):
        day = shares[start : start + HOURS_PER_DAY]
        middle = _middle(day)
        distances = [
            min(abs(hour + 0.5 - middle), HOURS_PER_DAY - abs(hour + 0.5 - middle))
            for hour in range(HOURS_PER_DAY)
        ]
        nearest = min(
            (far for far, share in zip(distances, day, strict=True) if share > 0), default=0
        )
        weights = [
            share * ratio ** max(0.0, far - nearest)
            for far, share in zip(distances, day, strict=True)
        ]
        total = math.fsum(weights)
        scale = math.fsum(day) / total if total > 0 else 0.0
        sharp += [weight * scale for weight in weights]
    return WeekProfile(tuple(sharp))


def _middle(day: Sequence[float]) -> float:
    """The hour around which the day's busiest hours lie, on the clock's circle; else noon."""
    most = max(day)
    busy = [hour + 0.5 for hour, share in enumerate(day) if share >= most * (1 - 1e-9)]
    turns = [2 * math.pi * hour / HOURS_PER_DAY for hour in busy]
    east, north = math.fsum(map(math.cos, turns)), math.fsum(map(math.sin, turns))
    if math.hypot(east, north) < 1e-6:
        return _NOON
    return math.atan2(north, east) / (2 * math.pi) * HOURS_PER_DAY % HOURS_PER_DAY
