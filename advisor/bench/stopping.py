"""When has the warm-up ended, and when is enough measured?

The warm-up has ended when the main metric no longer moves: the mean of its last two values is
within the asked precision of the mean of the two before. These four count already. Enough is
measured when the metric's 95 % interval is within the asked precision. The metric is the decode
rate of each request at concurrency 1, above it the whole server's rate over spans of half a
request's duration, told from bytes so that nothing needs to be parsed while the clock runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from advisor.bench.statistics import half_width_share, median_interval, rate_interval

LEAST_REQUESTS = 6
LEAST_SPANS = 8
BYTES_MARGIN = 0.7
"""Of the asked width: bytes hold the head and tail of answers too and vary less than tokens."""
MOST_SPANS = 20
COMPARED = 4


def is_steady(values: Sequence[float], tolerance: float) -> bool:
    """Whether the last two values agree in their mean with the two before."""
    if len(values) < COMPARED:
        return False
    before = sum(values[-4:-2])
    return before > 0 and abs(sum(values[-2:]) / before - 1) <= tolerance


@dataclass(slots=True)
class ByRequest:
    """Watches one value a request; `steady_from_ns` is the start of the first that counts."""

    precision: float
    steady_from_ns: int | None = None
    _values: list[float] = field(default_factory=list)
    _starts_ns: list[int] = field(default_factory=list)

    def add(self, value: float, start_ns: int) -> None:
        """Takes note of a request's value."""
        self._values.append(value)
        self._starts_ns.append(start_ns)
        if self.steady_from_ns is None and is_steady(self._values, self.precision):
            del self._values[:-COMPARED]
            self.steady_from_ns = self._starts_ns[-COMPARED]

    def is_enough(self) -> bool:
        """Whether the median's interval is narrow enough."""
        import numpy as np

        if self.steady_from_ns is None or len(self._values) < LEAST_REQUESTS:
            return False
        ordered = np.sort(np.array(self._values))
        interval = median_interval([np.array([value]) for value in self._values], ordered)
        width = half_width_share(float(np.median(ordered)), interval)
        return width is not None and width <= self.precision


@dataclass(slots=True)
class ByThroughput:
    """Watches bytes received over time, once the ramp-up is over."""

    precision: float
    ramp_up_end_ns: int | None = None
    steady_from_ns: int | None = None

    def is_enough(self, timeline: Sequence[tuple[int, int]], request_s: float) -> bool:
        """Whether the rate is steady and its mean's interval narrow enough.

        `timeline` holds (time, bytes received so far); `request_s` is how long a request takes.
        """
        import numpy as np

        if self.ramp_up_end_ns is None or request_s <= 0:
            return False
        since_ns = self.steady_from_ns or self.ramp_up_end_ns
        now_ns = timeline[-1][0]
        spans = int((now_ns - since_ns) / (request_s / 2 * 1e9))
        if spans < COMPARED:
            return False
        times, received = np.array(timeline, dtype=float).T
        if self.steady_from_ns is None:
            edges = now_ns - np.arange(spans, -1, -1) * request_s / 2 * 1e9
            rates = np.diff(np.interp(edges, times, received))
            if not is_steady(list(rates), self.precision):
                return False
            self.steady_from_ns = int(edges[-1 - COMPARED])
            spans = COMPARED
        if spans < LEAST_SPANS:
            return False
        edges = np.linspace(self.steady_from_ns, now_ns, min(spans, MOST_SPANS) + 1)
        amounts, spans_ns = np.diff(np.interp(edges, times, received)), np.diff(edges)
        interval = rate_interval(amounts, spans_ns)
        width = half_width_share(float(amounts.sum() / spans_ns.sum()), interval)
        return width is not None and width <= self.precision * BYTES_MARGIN
