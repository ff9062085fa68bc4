"""What does the server give under how much load, and how long does one wait for it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from advisor.report.charts.axes import BELOW_PX, Axis, axis_of, spaced, unit_below, upright
from advisor.report.charts.scale import Scale
from advisor.report.charts.svg import (
    Chart,
    Frame,
    chart,
    columns,
    element,
    legend,
    line,
    path,
    text,
    told,
)
from advisor.report.language import _
from advisor.report.text import number

Interval = tuple[float, float]
LEAST_APART_PX = 30


@dataclass(frozen=True, slots=True)
class Load:
    """One load: streams at once (or requests a second), what all get, and how long one waits."""

    size: float
    output_tok_per_s: float | None
    output_ci95: Interval | None
    ttft_ms: float | None
    ttft_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """A number of every load, and the classes of its line and its dots."""

    line: str
    dot: str
    of: Callable[[Load], float | None]


OUTPUT = Series("line-local", "local", lambda load: load.output_tok_per_s)
MEDIAN = Series("line-api", "api", lambda load: load.ttft_ms)
TAIL = Series("line-other", "other", lambda load: load.ttft_p95_ms)


def concurrency_chart(loads: Sequence[Load], unit: str, description: str) -> Chart:
    """Two panels over one axis of load: output of all streams, and the time to the first token."""
    title = _("Throughput and waiting, by load")
    return chart("concurrency", title, description, lambda width: _draw(loads, unit, width))


def _draw(loads: Sequence[Load], unit: str, width: int) -> tuple[str, float]:
    speeds = _axis(loads, [OUTPUT])
    waits = _axis(loads, [MEDIAN, TAIL])
    left, right = max(speeds.left_px, waits.left_px), width - 24.0
    upper = Frame(left, 40, right, 190)
    names = [(MEDIAN.dot, _("TTFT, median")), (TAIL.dot, _("TTFT, 95 % within"))]
    keys, lines = legend(names, 8, 244, width - 8)
    top = 264.0 + 20 * (lines - 1)
    lower = Frame(left, top, right, top + 150)
    sizes = [load.size for load in loads]
    x = Scale(min(sizes), max(sizes), left + 20, right - 20, log=min(sizes) > 0)
    named = spaced([(x(size), number(size)) for size in sizes], LEAST_APART_PX)
    content = [
        text(8, 22, _("Output of all streams, tokens a second"), "strong"),
        _panel(upper, x, loads, [OUTPUT], axis=speeds),
        columns(named, upper),
        keys,
        _panel(lower, x, loads, [MEDIAN, TAIL], axis=waits, shape=_("{value} ms")),
        columns(named, lower),
        unit_below(lower, unit),
    ]
    return "".join(content), lower.bottom + BELOW_PX


def _axis(loads: Sequence[Load], series: Sequence[Series]) -> Axis:
    values = [value for each in series for load in loads if (value := each.of(load)) is not None]
    highs = [load.output_ci95[1] for load in loads if load.output_ci95 and OUTPUT in series]
    return axis_of(0.0, max([*values, *highs], default=1.0), 4, number)


def _panel(
    frame: Frame,
    x: Scale,
    loads: Sequence[Load],
    series: Sequence[Series],
    *,
    axis: Axis,
    shape: str = "{value}",
) -> str:
    y, heights = upright(axis, frame)
    drawn = [heights]
    for each in series:
        found = [(load, value) for load in loads if (value := each.of(load)) is not None]
        if len(found) > 1:
            drawn.append(path([(x(load.size), y(value)) for load, value in found], each.line))
        for load, value in found:
            if load.output_ci95 and each is OUTPUT:
                low, high = load.output_ci95
                drawn.append(line(x(load.size), y(low), x(load.size), y(high), "error"))
            dot = element("circle", cx=x(load.size), cy=y(value), r=4, class_=each.dot)
            drawn.append(told(dot, f"{number(load.size)}: {shape.format(value=number(value))}"))
    return "".join(drawn)
