"""Does the box keep its speed when it has to work for minutes, or does heat slow it down?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from advisor.bench.document import Stage, Sustained, SustainedPoint
from advisor.bench.metrics import Span
from advisor.bench.sensor_log import SensorLog
from advisor.bench.stage import Measured
from advisor.bench.statistics import rate_interval
from advisor.documents import Unknown
from advisor.power.meter import Meter

if TYPE_CHECKING:
    from advisor.bench.statistics import Floats

POINTS = 30
SHORTEST_POINT_S = 1.0
COMPARED = 0.25
"""The first and the last quarter of the time are compared."""
LEAST_CHANGE = 0.03
"""A change smaller than this share is not called one, however sure it is."""


def sustained(
    measured: Measured, stage: Stage, log: SensorLog, meter: Meter | None
) -> Sustained | Unknown:
    """The load over time, and whether its end was slower than its beginning."""
    import numpy as np

    span = measured.span
    count = min(POINTS, int(span.seconds / SHORTEST_POINT_S))
    if not measured.counted or count < 8:
        return Unknown("too short to be compared with itself")
    edges = np.linspace(span.start_ns, span.end_ns, count + 1)
    rates = measured.tokens.between(edges) / (span.seconds / count)
    points = [
        _point(Span(int(start), int(end)), span.start_ns, float(rate), log, meter)
        for start, end, rate in zip(edges[:-1], edges[1:], rates, strict=True)
    ]
    quarter = max(3, round(count * COMPARED))
    first, last = rates[:quarter], rates[-quarter:]
    change, ci95 = _change(first, last)
    return Sustained(
        stage=stage,
        interval_s=span.seconds / count,
        points=tuple(points),
        first_tok_per_s=float(first.mean()),
        last_tok_per_s=float(last.mean()),
        change=change,
        change_ci95=ci95,
        verdict=_verdict(change, ci95),
        held_back_by=log.held_back_by(span),
    )


def _change(first: Floats, last: Floats) -> tuple[float, tuple[float, float]]:
    """last/first - 1 and its 95 % interval, by the errors of two independent means."""
    import numpy as np

    middles, errors = [], []
    for rates in (first, last):
        middle = float(rates.mean())
        low, high = rate_interval(rates, np.ones(len(rates))) or (middle, middle)
        middles.append(middle)
        errors.append((high - low) / 2)
    if not middles[0]:
        return 0.0, (-1.0, math.inf)
    ratio = middles[1] / middles[0]
    half = math.hypot(ratio * errors[0], errors[1]) / middles[0]
    return ratio - 1, (ratio - 1 - half, ratio - 1 + half)


def _verdict(change: float, ci95: tuple[float, float]) -> str:
    if abs(change) >= LEAST_CHANGE and (ci95[1] < 0 or ci95[0] > 0):
        return "slower" if change < 0 else "faster"
    return "steady" if max(map(abs, ci95)) <= 2 * LEAST_CHANGE else "unclear"


def _point(
    span: Span,
    origin_ns: int,
    rate: float,
    log: SensorLog,
    meter: Meter | None,
) -> SustainedPoint:
    inside = log.within(span)
    window = meter.window(span.start_ns, span.end_ns) if meter else Unknown("no meter")
    return SustainedPoint(
        at_s=(span.start_ns - origin_ns) / 1e9,
        output_tok_per_s=rate,
        power_w=None if isinstance(window, Unknown) else window.mean_power_w,
        sensors=inside[-1] if inside else None,
    )
