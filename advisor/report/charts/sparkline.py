"""How did a number go over time, in the space of a word? A line without axes, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 240, 48, 4


def sparkline(values: Sequence[float], title: str, *, width: int = WIDTH) -> str:
    """The values from left to right, the last one marked; empty without two of them.

    Style comes from the classes `sparkline`, `line` and `last`; the smallest value is not zero.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (width - 2 * MARGIN) / (len(values) - 1)
    points = [
        (MARGIN + index * step, MARGIN + (HEIGHT - 2 * MARGIN) * (high - value) / span)
        for index, value in enumerate(values)
    ]
    if high == low:
        points = [(x, HEIGHT / 2) for x, _ in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" '
        f'role="img" preserveAspectRatio="none"><title>{escape(title)}</title>'
        f'<polyline class="line" points="{line}" fill="none" vector-effect="non-scaling-stroke"/>'
        f'<circle class="last" cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )
