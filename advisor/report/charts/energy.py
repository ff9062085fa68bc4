"""What does a token take in energy under each load, and how much of that is mere waiting?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.report.charts.axes import BELOW_PX, Bars, axis_of, bars
from advisor.report.charts.svg import WIDE, Chart, chart, element, fitting, text, told
from advisor.report.language import _
from advisor.report.text import number


@dataclass(frozen=True, slots=True)
class Use:
    """A load in words, joules of one unit of its work, and those above idle where known."""

    label: str
    joules: float
    above_idle_j: float | None


def energy_chart(uses: Sequence[Use], unit: str, description: str) -> Chart:
    """One bar a load, in the part above idle and the part that the box draws anyway."""
    title = _("Energy, by load")
    return chart("energy", title, description, lambda width: _draw(uses, unit, width))


def _draw(uses: Sequence[Use], unit: str, width: int) -> tuple[str, float]:
    split = any(use.above_idle_j is not None for use in uses)
    entries = [("other", _("above idle")), ("api", _("drawn anyway while idle"))]
    axis = axis_of(0.0, max(use.joules for use in uses), 5 if width >= WIDE else 4, number)
    ground = bars(axis, entries if split else (), unit, len(uses), width, right_px=70)
    drawn = "".join(_row(use, ground, index) for index, use in enumerate(uses))
    return ground.drawn + drawn, ground.frame.bottom + BELOW_PX


def _row(use: Use, ground: Bars, index: int) -> str:
    x, frame, top = ground.x, ground.frame, ground.top(index)
    own = use.joules if use.above_idle_j is None else min(use.above_idle_j, use.joules)
    y = top + 22
    shown = _("{joules} J").format(joules=number(use.joules))
    bars = element("rect", x=x(0), y=y, width=x(own) - x(0), height=14, class_="other")
    if own < use.joules:
        bars += element(
            "rect", x=x(own), y=y, width=x(use.joules) - x(own), height=14, class_="api"
        )
    return (
        text(frame.left, top + 16, fitting(use.label, frame.right - frame.left))
        + told(bars, f"{use.label}: {shown}")
        + text(x(use.joules) + 6, y + 12, shown)
    )
