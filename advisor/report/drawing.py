"""How is a course of numbers drawn in one line, or said where nothing is drawn?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.report.console import is_plain
from advisor.report.language import _
from advisor.report.text import number

BARS = "▁▂▃▄▅▆▇█"
LONGEST_COURSE = 30


def sparkline(
    values: Sequence[float | None],
    text: Callable[[float], str] = number,
    *,
    from_zero: bool = False,
) -> str:
    """One bar a value, a blank where it is unknown; plainly its first and last value in words."""
    known = [each for each in values if each is not None]
    if not known:
        return ""
    if is_plain():
        return _("from {first} to {last}").format(first=text(known[0]), last=text(known[-1]))
    low, high = 0.0 if from_zero else min(known), max(known)
    step = (high - low) / (len(BARS) - 1) or 1.0
    return "".join(" " if each is None else BARS[round((each - low) / step)] for each in values)


def course(values: Sequence[float]) -> str:
    """The newest of these numbers as bars, and between which values all of them are."""
    low, high = number(min(values)), number(max(values))
    drawn = sparkline(values[-LONGEST_COURSE:])
    if is_plain():
        return _("{course}, between {low} and {high}").format(course=drawn, low=low, high=high)
    if low == high:
        return f"{drawn}  {low}"
    return _("{course}  {low} to {high}").format(course=drawn, low=low, high=high)
