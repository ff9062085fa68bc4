"""Which uncertain input moves the answer most? One bar an input, the widest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.report.charts.axes import BELOW_PX, Bars, axis_of, bars
from advisor.report.charts.scale import reach
from advisor.report.charts.svg import WIDE, Chart, chart, element, fitting, line, text, told
from advisor.report.language import _
from advisor.report.text import usd

MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """An input in words, its values at P10 and P90, and the saving in USD at each."""

    label: str
    low: str
    high: str
    usd_at_low: float
    usd_at_high: float


def tornado_chart(inputs: Sequence[Bar], usd_at_medians: float, description: str) -> Chart:
    """The saving at both ends of each input, the others at their medians."""
    title = _("What moves the saving most")
    shown = inputs[:MOST_BARS]
    return chart("tornado", title, description, lambda width: _draw(shown, usd_at_medians, width))


def _draw(shown: Sequence[Bar], middle: float, width: int) -> tuple[str, float]:
    entries = [("api", _("input at its P10")), ("local", _("input at its P90"))]
    ends = [middle, *(end for bar in shown for end in (bar.usd_at_low, bar.usd_at_high))]
    axis = axis_of(*reach(ends), 7 if width >= WIDE else 4, usd)
    unit = _("saved over the API by the horizon")
    ground = bars(axis, entries, unit, len(shown), width)
    frame, x = ground.frame, ground.x
    content = [
        ground.drawn,
        line(x(0), frame.top, x(0), frame.bottom, "axis"),
        line(x(middle), frame.top, x(middle), frame.bottom, "mark"),
        *(_row(bar, middle, ground, index) for index, bar in enumerate(shown)),
    ]
    return "".join(content), frame.bottom + BELOW_PX


def _row(bar: Bar, middle: float, ground: Bars, index: int) -> str:
    x, frame, top = ground.x, ground.frame, ground.top(index)
    words = fitting(f"{bar.label}: {bar.low} → {bar.high}", frame.right - frame.left)
    parts = [text(frame.left, top + 16, words)]
    for class_, usd_there, value in (
        ("api", bar.usd_at_low, bar.low),
        ("local", bar.usd_at_high, bar.high),
    ):
        start, end = sorted((x(middle), x(usd_there)))
        drawn = element(
            "rect", x=start, y=top + 22, width=max(end - start, 1.0), height=14, class_=class_
        )
        parts.append(told(drawn, f"{bar.label} {value}: {usd(usd_there)}"))
    return "".join(parts)
