"""By how much does one side differ from another in each number, and how sure is that?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.report.charts.axes import BELOW_PX, Axis, Bars, axis_of, bars
from advisor.report.charts.scale import ticks
from advisor.report.charts.svg import WIDE, Chart, chart, element, fitting, line, text, told
from advisor.report.language import _
from advisor.report.text import number

Tone = Literal["better", "worse", "same", "unclear"]
CLASSES: dict[Tone, str] = {"better": "local", "worse": "api", "same": "other", "unclear": "point"}
FEW_TIMES = 4.0
"""From here on the axis names doublings."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number of one side over that of the other, with its interval and what that means."""

    label: str
    ratio: float
    ci95: tuple[float, float]
    tone: Tone
    words: str


def ratio_chart(id_: str, title: str, ratios: Sequence[Ratio], description: str) -> Chart:
    """A row a number over an axis by powers: twice is as far from once as half is."""
    return chart(id_, title, description, lambda width: _draw(ratios, width))


def _draw(ratios: Sequence[Ratio], width: int) -> tuple[str, float]:
    words: dict[Tone, str] = {
        "better": _("better"),
        "worse": _("worse"),
        "same": _("no difference shown"),
        "unclear": _("too few data"),
    }
    shown = {each.tone for each in ratios}
    entries = [(CLASSES[tone], said) for tone, said in words.items() if tone in shown]
    axis = _axis(ratios, 7 if width >= WIDE else 4)
    unit = _("times the first side, with the 95 % interval")
    ground = bars(axis, entries, unit, len(ratios), width, log=True)
    frame, x = ground.frame, ground.x
    content = [
        ground.drawn,
        line(x(1.0), frame.top, x(1.0), frame.bottom, "axis"),
        *(_row(each, axis, ground, index, width) for index, each in enumerate(ratios)),
    ]
    return "".join(content), frame.bottom + BELOW_PX


def _axis(ratios: Sequence[Ratio], count: int) -> Axis:
    low = min(0.95, *(min(each.ratio, max(each.ci95[0], each.ratio / 10)) for each in ratios))
    high = max(1.05, *(max(each.ratio, min(each.ci95[1], each.ratio * 10)) for each in ratios))
    if high / low < FEW_TIMES:
        near = axis_of(low, high, count, _times)
        if near.marks[0] > 0:
            return near
    powers = ticks(math.floor(math.log2(low)), math.ceil(math.log2(high)), count)
    whole = sorted({round(power) for power in powers})
    return Axis(tuple(2.0**power for power in whole), tuple(_times(2.0**each) for each in whole))


def _row(each: Ratio, axis: Axis, ground: Bars, index: int, width: int) -> str:
    """The interval is cut where the axis ends, and in words only where there is room."""
    x, frame, top = ground.x, ground.frame, ground.top(index)
    first, last = axis.marks[0], axis.marks[-1]
    low, high = (min(max(end, first), last) for end in each.ci95)
    ratio = f"{each.label}: {number(each.ratio)}×"
    whole = f"{ratio} ({number(each.ci95[0])}–{number(each.ci95[1])}) · {each.words}"
    said = fitting(whole if width >= WIDE else f"{ratio} · {each.words}", frame.right - frame.left)
    drawn = line(x(low), top + 30, x(high), top + 30, "error")
    drawn += element("circle", cx=x(each.ratio), cy=top + 30, r=5, class_=CLASSES[each.tone])
    return text(frame.left, top + 16, said) + told(drawn, whole)


def _times(value: float) -> str:
    return f"{number(value)}×"
