"""How did a number go from run to run, and when did its level change?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean

from advisor.report.charts.axes import (
    BELOW_PX,
    axis_of,
    key_above,
    spaced,
    unit_below,
    upright,
)
from advisor.report.charts.scale import Scale, time_ticks
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
    width_px,
)
from advisor.report.language import _
from advisor.report.text import number

DAY_S = 24 * 3600
SAID_PX = 18
"""Above the frame, for what changed."""


@dataclass(frozen=True, slots=True)
class Point:
    """A run: its moment in Unix seconds, and what it found."""

    at_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level: the index of the first run that has the new one, and how it is said."""

    at: int
    words: str


def course_chart(
    id_: str,
    title: str,
    points: Sequence[Point],
    steps: Sequence[Step],
    description: str,
) -> Chart:
    """Each run over time, the level between changes, and each change marked; `points` oldest
    first. The smallest value on the axis is not zero."""
    return chart(id_, title, description, lambda width: _draw(points, steps, width))


def _draw(points: Sequence[Point], steps: Sequence[Step], width: int) -> tuple[str, float]:
    entries = [("local", _("a run")), ("other", _("level between changes"))]
    key, top = key_above(entries, width)
    top += SAID_PX * bool(steps)
    values = [point.value for point in points]
    axis = axis_of(*_reach(values), 4, lambda value: number(value, 4))
    frame = Frame(axis.left_px, top, width - 16, top + (180 if width >= WIDE else 150))
    x = Scale(points[0].at_s, points[-1].at_s, frame.left + 10, frame.right - 10)
    y, heights = upright(axis, frame)
    places = [(x(point.at_s), y(point.value)) for point in points]
    content = [
        key,
        heights,
        columns(_moments(points, x, 6 if width >= WIDE else 3), frame),
        unit_below(frame, _("when it was measured (UTC)")),
        path(places, "line-run") if len(places) > 1 else "",
        *(_level(values, first, last, places, y) for first, last in _between(steps, len(points))),
        *(_dot(point, place) for point, place in zip(points, places, strict=True)),
        *_changes(steps, places, frame),
    ]
    return "".join(content), frame.bottom + BELOW_PX


def _reach(values: Sequence[float]) -> tuple[float, float]:
    """A tenth of the highest at least, so that noise does not look like change."""
    low, high = min(values), max(values)
    missing = max(0.0, 0.1 * high - (high - low))
    return low - missing / 2, high + missing / 2


def _between(steps: Sequence[Step], count: int) -> list[tuple[int, int]]:
    """The first and the last run of each level."""
    ends = [0, *(step.at for step in steps), count]
    return [(first, after - 1) for first, after in pairwise(ends)]


def _level(
    values: Sequence[float],
    first: int,
    last: int,
    places: Sequence[tuple[float, float]],
    y: Scale,
) -> str:
    """The geometric mean, as the search for changes sees it."""
    level = math.exp(fmean(math.log(value) for value in values[first : last + 1]))
    drawn = line(places[first][0], y(level), places[last][0], y(level), "line-other")
    return told(drawn, number(level, 4))


def _dot(point: Point, place: tuple[float, float]) -> str:
    moment = datetime.fromtimestamp(point.at_s, UTC)
    dot = element("circle", cx=place[0], cy=place[1], r=3, class_="local")
    return told(dot, f"{moment:%Y-%m-%d %H:%M}: {number(point.value, 4)}")


def _changes(
    steps: Sequence[Step], places: Sequence[tuple[float, float]], frame: Frame
) -> list[str]:
    """A line before the first run of each new level, said above it where there is room."""
    drawn, free = [], frame.left
    for step in steps:
        at = (places[step.at - 1][0] + places[step.at][0]) / 2
        mark = line(at, frame.top, at, frame.bottom, "mark")
        drawn.append(told(mark, step.words))
        half = width_px(step.words) / 2
        middle = min(max(at, frame.left + half), frame.right - half)
        if middle - half >= free:
            drawn.append(text(middle, frame.top - 5, step.words, "strong", "middle"))
            free = middle + half + 8
    return drawn


def _moments(points: Sequence[Point], x: Scale, count: int) -> list[tuple[float, str]]:
    found, step_s = time_ticks(points[0].at_s, points[-1].at_s, count)
    shape = "%Y-%m-%d" if step_s >= DAY_S else "%m-%d %H:%M"
    named = [(x(each), f"{datetime.fromtimestamp(each, UTC):{shape}}") for each in found]
    return spaced(named, 80)
