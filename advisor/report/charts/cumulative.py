"""What has each side cost by which month, how sure is that, and where do they cross?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.report.charts.axes import BELOW_PX, axis_of, key_above, unit_below, upright
from advisor.report.charts.scale import Scale, month_ticks, reach
from advisor.report.charts.svg import (
    WIDE,
    Chart,
    Frame,
    chart,
    columns,
    element,
    line,
    path,
    text,
    told,
)
from advisor.report.language import _
from advisor.report.text import months as months_text
from advisor.report.text import number, usd

LEAST_MONTHS = 24
NAMED_PX = 14
"""Above the frame, for the first crossing in words."""
Band = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curves:
    """USD by the end of month 0, 1, …, for the box and the API, each with its P10 and P90.

    `crossings` are months at which the cheaper side changes.
    """

    api_name: str
    local_usd: tuple[float, ...]
    api_usd: tuple[float, ...]
    local_band_usd: tuple[tuple[float, float], ...] = ()
    api_band_usd: tuple[tuple[float, float], ...] = ()
    crossings: tuple[float, ...] = ()

    @property
    def months(self) -> int:
        return len(self.local_usd) - 1


def cumulative_chart(curves: Curves, description: str) -> Chart:
    """Both curves with their bands; every crossing marked, the first one named."""
    title = _("What each has cost in all, month by month")
    return chart("cumulative", title, description, lambda width: _draw(curves, width))


def months_shown(curves: Curves) -> int:
    """As many months as show every crossing well: not the tenth year of a box that pays in four
    months."""
    if not curves.crossings:
        return curves.months
    wanted = max(LEAST_MONTHS, 12 * -(-2 * max(curves.crossings) // 12))
    return min(curves.months, int(wanted))


def _draw(curves: Curves, width: int) -> tuple[str, float]:
    last = months_shown(curves)
    entries = [("local", _("This box")), ("api", curves.api_name)]
    if curves.local_band_usd:
        entries.append(("band-local", _("P10 to P90")))
    key, top = key_above(entries, width)
    top += len(curves.crossings[:1]) * NAMED_PX
    shown = slice(0, last + 1)
    bands = [*curves.local_band_usd[shown], *curves.api_band_usd[shown]]
    values = [
        *curves.local_usd[shown],
        *curves.api_usd[shown],
        *(end for band in bands for end in band),
    ]
    axis = axis_of(*reach(values), 6, usd)
    frame = Frame(axis.left_px, top, width - 16, top + (260 if width >= WIDE else 220))
    x = Scale(0, last, frame.left, frame.right)
    y, heights = upright(axis, frame)
    months = month_ticks(last, 12 if width >= WIDE else 6)
    content = [
        key,
        heights,
        line(frame.left, y(0), frame.right, y(0), "axis"),
        columns(((x(month), str(month)) for month in months), frame),
        unit_below(frame, _("months from now")),
        _band(curves.api_band_usd[shown], x, y, "band-api"),
        _band(curves.local_band_usd[shown], x, y, "band-local"),
        _curve(curves.api_usd[shown], x, y, "line-api"),
        _curve(curves.local_usd[shown], x, y, "line-local"),
        *(_crossing(curves, month, x, y, frame) for month in curves.crossings if month <= last),
        _named(curves, x, frame, last),
    ]
    return "".join(content), frame.bottom + BELOW_PX


def _band(band: Band, x: Scale, y: Scale, class_: str) -> str:
    if not band:
        return ""
    upper = [(x(month), y(high)) for month, (_low, high) in enumerate(band)]
    lower = [(x(month), y(low)) for month, (low, _high) in enumerate(band)]
    return path([*upper, *reversed(lower)], class_, closed=True)


def _curve(values: Sequence[float], x: Scale, y: Scale, class_: str) -> str:
    return path([(x(month), y(usd_so_far)) for month, usd_so_far in enumerate(values)], class_)


def _crossing(curves: Curves, month: float, x: Scale, y: Scale, frame: Frame) -> str:
    at = y(_between(curves.api_usd, month))
    mark = line(x(month), frame.top, x(month), frame.bottom, "mark")
    point = element("circle", cx=x(month), cy=at, r=5, class_="point")
    return mark + told(point, months_text(month))


def _named(curves: Curves, x: Scale, frame: Frame, last: int) -> str:
    """The first crossing in words, on the side of its line that has room."""
    if not curves.crossings or curves.crossings[0] > last:
        return ""
    month = curves.crossings[0]
    words = _("break-even: month {month}").format(month=number(month, 2 if month < 10 else 3))
    right = x(month) < (frame.left + frame.right) / 2
    place = x(month) + 8 if right else x(month) - 8
    return text(place, frame.top - 4, words, "strong", "start" if right else "end")


def _between(values: Sequence[float], month: float) -> float:
    before = min(int(month), len(values) - 1)
    after = min(before + 1, len(values) - 1)
    return values[before] + (month - before) * (values[after] - values[before])
