"""How is one measured number shown, with its interval?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import N_, _
from advisor.report.text import number

if TYPE_CHECKING:
    from advisor.bench.interval import Distribution

ABSENT = "–"
GRADES = {
    "wall": N_("wall"),
    "counter": N_("counter"),
    "sampled": N_("sampled"),
    "estimated": N_("estimated"),
}
"""How good a figure of energy is, the best first."""
CHANGES = {
    "faster": N_("faster"),
    "slower": N_("slower"),
    "less energy": N_("less energy"),
    "more energy": N_("more energy"),
    "no difference shown": N_("no difference shown"),
    "too few data": N_("too few data"),
}
"""What a comparison says of a metric."""


def distribution(value: Distribution | None, unit: str = "") -> str:
    """The median with its interval; in a table the unit stands in the head or the label."""
    if value is None:
        return ABSENT
    return f"{number(value.median)}{plus_minus(value.ci95)} {unit}".rstrip()


def plus_minus(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ±{number((interval[1] - interval[0]) / 2, 2)}"


def months_cell(value: float | None, *, known: bool = True) -> str:
    """A number of months as short as a column wants it; `?` where a side's cost is not known."""
    if not known:
        return "?"
    return _("never") if value is None else _("{months} mo").format(months=f"{value:.1f}")


def grade(word: str) -> str:
    """The grade of a figure of energy."""
    return _(GRADES[word]) if word in GRADES else word


def change(words: str) -> str:
    """What changed in a metric, as the comparison says it."""
    return _(CHANGES[words]) if words in CHANGES else words
