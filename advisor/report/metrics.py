"""How is one measured number shown, with its interval and its unit?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.text import number

if TYPE_CHECKING:
    from advisor.bench.interval import Distribution

ABSENT = "–"


def distribution(value: Distribution | None, unit: str) -> str:
    if value is None:
        return ABSENT
    return f"{number(value.median)}{plus_minus(value.ci95)} {unit}"


def plus_minus(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ±{number((interval[1] - interval[0]) / 2, 2)}"
