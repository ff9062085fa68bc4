"""How fast is the server with so many requests inside, as far as that was measured?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One measured concurrency: the whole server's work per second and its time to first token.

    Work is in seconds of the busy server at its operating point, or in output tokens; requests
    are measured with the same ruler (`Work`).
    """

    concurrency: int
    work_per_s: float
    ttft_median_s: float | None = None
    ttft_p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """The measured points, by rising concurrency, at least one.

    Between two of them values lie on the straight line. Below the lowest each request runs as fast
    as there, a lower bound; above the highest nothing is known, so requests queue there.
    """

    points: tuple[Point, ...]

    @property
    def largest(self) -> int:
        """The largest measured concurrency: so many are served at once, the others wait."""
        return self.points[-1].concurrency

    @property
    def full_speed(self) -> float:
        """Work per second with as many inside as were measured."""
        return self.points[-1].work_per_s

    @property
    def tells_ttft(self) -> bool:
        """Whether every point has a time to first token."""
        return all(p.ttft_median_s and p.ttft_p95_s for p in self.points)

    def speeds(self) -> list[float]:
        """The whole server's work per second with 1, 2, … `largest` inside."""
        knots = [(0.0, 0.0), *((float(p.concurrency), p.work_per_s) for p in self.points)]
        return _line(knots, self.largest)

    def ttft_median_s(self) -> list[float]:
        """Seconds to the first token with 1, 2, … `largest` inside; needs `tells_ttft`."""
        return _line([(p.concurrency, p.ttft_median_s or 0.0) for p in self.points], self.largest)

    def ttft_p95_s(self) -> list[float]:
        """The same for the slowest twentieth."""
        return _line([(p.concurrency, p.ttft_p95_s or 0.0) for p in self.points], self.largest)


def _line(knots: Sequence[tuple[float, float]], largest: int) -> list[float]:
    import numpy as np

    places, values = zip(*knots, strict=True)
    return [float(value) for value in np.interp(range(1, largest + 1), places, values)]
