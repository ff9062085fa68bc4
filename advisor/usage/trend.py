"""Does use grow, by how much and how surely, and how far does it swing around that?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.bench.statistics import t_quantile
from advisor.documents import Unknown
from advisor.usage.document import Growth, Steadiness

LEAST_MONTHS = 3
LEAST_WEEKS = 4
UNSTABLE_ABOVE = 0.5
"""Weeks that swing by more than half of their mean make a month's bill a surprise: a judgement of
this tool's, as the guide names no number."""


def growth(per_day: Sequence[tuple[int, float]]) -> Growth | Unknown:
    """Growth a month, from (number of the month, tokens a day) of full months.

    Least squares through the logarithms; the interval is Student's on the slope with n - 2 degrees
    of freedom (Draper and Smith, "Applied Regression Analysis", ch. 1). Tokens a day, so that
    February is no slump.
    """
    points = [(month, math.log(value)) for month, value in per_day if value > 0]
    if len(points) < LEAST_MONTHS:
        return Unknown(
            f"it takes {LEAST_MONTHS} full months with data, the records hold {len(points)}"
        )
    slope, _, squares = _line(points)
    middle = sum(x for x, _ in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    freedom = len(points) - 2
    error = math.sqrt(max(squares, 0.0) / freedom / spread)
    half = t_quantile(freedom) * error
    low, high = (math.expm1(min(slope + side * half, 50.0)) for side in (-1, 1))
    return Growth(
        per_month=math.expm1(slope),
        ci95=(low, high),
        sd=math.exp(slope) * error,
        months=len(points),
    )


def steadiness(
    weeks: Sequence[float], months: Sequence[float], unstable_above: float
) -> Steadiness | Unknown:
    """How far full weeks and full months swing. Growth itself is no swing: they are held against
    their own straight line."""
    weekly = variation(weeks) if len(weeks) >= LEAST_WEEKS else None
    monthly = variation(months) if len(months) > LEAST_MONTHS else None
    if weekly is None and monthly is None:
        return Unknown(f"it takes {LEAST_WEEKS} full weeks, the records hold {len(weeks)}")
    deciding = weekly if weekly is not None else monthly
    assert deciding is not None
    return Steadiness(
        weekly_cv=weekly,
        weeks=len(weeks),
        monthly_cv=monthly,
        months=len(months),
        unstable_above=unstable_above,
        stable=deciding <= unstable_above,
    )


def variation(totals: Sequence[float]) -> float | None:
    """Coefficient of variation around the least-squares line; None where nothing was used."""
    mean = sum(totals) / len(totals)
    if mean <= 0:
        return None
    _, _, squares = _line(list(enumerate(totals)))
    return math.sqrt(max(squares, 0.0) / (len(totals) - 2)) / mean


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Slope, height at 0 and the sum of squared distances of the least-squares line."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    height = mean_y - slope * mean_x
    return slope, height, sum((y - height - slope * x) ** 2 for x, y in points)
