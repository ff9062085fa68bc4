"""When has the warm-up ended, and when is enough measured?

The warm-up is what the marginal standard error rule drops (`truncation.py`), asked anew at each
check. It has ended when that is no more than a third of all, or when the halves of the rest agree.

Enough is measured when the metric's 95 % interval is within the asked precision at two checks in a
row, each at a count well above the last: who looks after every request stops where the spread
happens to look small (Law and Kelton, "Confidence intervals for steady-state simulations: II",
Management Sci. 28, 1982, on sequential rules). After such a stop the interval holds the truth in
90 to 98 of 100 cases by `benchmarks/coverage.py`, but at concurrency 1 in only 86 to 90 where
values scatter by 5 % or less and follow each other at 0.6.

The metric is the decode rate of each request at concurrency 1, above it the whole server's rate
over spans of half a request's duration, told from bytes so that nothing needs to be parsed while
the clock runs. Fewer spans than MOST_SPANS suffice only where the interval is half as wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from advisor.bench.statistics import half_width_share, median_interval, rate_interval
from advisor.bench.truncation import warm_up_length

LEAST_REQUESTS = 6
LEAST_SPANS = 8
LEAST_KEPT = 5
BYTES_MARGIN = 0.7
"""Of the asked width: bytes hold the head and tail of answers too and vary less than tokens."""
MOST_SPANS = 20
LEAST_TO_SETTLE = 4
REQUEST_GROWTH = 1.4
SPAN_GROWTH = 1.5
AGREEMENT = 0.4
"""Of the asked precision: so far the halves of steady values may be apart."""


def settled_after(values: Sequence[float], precision: float) -> int | None:
    """How many leading values are the warm-up; None if it has not ended."""
    n = len(values)
    dropped = warm_up_length(values)
    if n < LEAST_TO_SETTLE or dropped >= n // 2:
        return None
    if 3 * dropped <= n:
        return dropped
    middle = (dropped + n) // 2
    earlier = sum(values[dropped:middle]) / (middle - dropped)
    later = sum(values[middle:]) / (n - middle)
    return dropped if abs(earlier - later) <= AGREEMENT * precision * abs(later) else None


@dataclass(slots=True)
class _Checks:
    """Counts at which to look, each `growth` times the last, and whether two agreed."""

    due_at: int
    growth: float
    was_narrow: bool = False

    def is_due(self, count: int) -> bool:
        """Whether to look at this count; the next look is then well above it."""
        if count < self.due_at:
            return False
        self.due_at = max(count + 1, math.ceil(count * self.growth))
        return True

    def agree(self, is_narrow: bool) -> bool:
        """Whether this look and the one before found the interval narrow."""
        both = is_narrow and self.was_narrow
        self.was_narrow = is_narrow
        return both


@dataclass(slots=True)
class ByRequest:
    """Watches one value a request; `steady_from_ns` is the start of the first that counts."""

    precision: float
    steady_from_ns: int | None = None
    _values: list[float] = field(default_factory=list)
    _starts_ns: list[int] = field(default_factory=list)
    _dropped: int | None = None
    _checks: _Checks = field(default_factory=lambda: _Checks(LEAST_REQUESTS, REQUEST_GROWTH))

    def add(self, value: float, start_ns: int) -> None:
        """Takes note of a request's value."""
        self._values.append(value)
        self._starts_ns.append(start_ns)
        self._dropped = settled_after(self._values, self.precision)
        if self._dropped is not None:
            self.steady_from_ns = self._starts_ns[self._dropped]

    def is_enough(self) -> bool:
        """Whether the median's interval is narrow enough; to be asked after each request."""
        return self._checks.is_due(len(self._values)) and self._checks.agree(self._is_narrow())

    def _is_narrow(self) -> bool:
        import numpy as np

        if self._dropped is None or len(self._values) - self._dropped < LEAST_KEPT:
            return False
        kept = np.array(self._values[self._dropped :])
        interval = median_interval(list(kept[:, None]), np.sort(kept))
        width = half_width_share(float(np.median(kept)), interval)
        return width is not None and width <= self.precision


@dataclass(slots=True)
class ByThroughput:
    """Watches bytes received over time, once the ramp-up is over."""

    precision: float
    ramp_up_end_ns: int | None = None
    steady_from_ns: int | None = None
    _checks: _Checks = field(default_factory=lambda: _Checks(LEAST_TO_SETTLE, SPAN_GROWTH))

    def is_enough(self, timeline: Sequence[tuple[int, int]], request_s: float) -> bool:
        """Whether the rate is steady and its mean's interval narrow enough.

        `timeline` holds (time, bytes received so far); `request_s` is how long a request takes.
        """
        if self.ramp_up_end_ns is None or request_s <= 0:
            return False
        span_ns = request_s / 2 * 1e9
        spans = int((timeline[-1][0] - self.ramp_up_end_ns) / span_ns)
        return self._checks.is_due(spans) and self._checks.agree(
            self._is_narrow(timeline, spans, span_ns)
        )

    def _is_narrow(self, timeline: Sequence[tuple[int, int]], spans: int, span_ns: float) -> bool:
        import numpy as np

        times_ns, received = np.array(timeline, dtype=float).T
        now_ns = times_ns[-1]
        edges_ns = now_ns - np.arange(spans, -1, -1) * span_ns
        dropped = settled_after(np.diff(np.interp(edges_ns, times_ns, received)), self.precision)
        if dropped is None:
            return False
        self.steady_from_ns = int(edges_ns[dropped])
        kept = spans - dropped
        if kept < LEAST_SPANS:
            return False
        batch_edges_ns = np.linspace(edges_ns[dropped], now_ns, min(kept, MOST_SPANS) + 1)
        amounts = np.diff(np.interp(batch_edges_ns, times_ns, received))
        spans_ns = np.diff(batch_edges_ns)
        width = half_width_share(
            float(amounts.sum() / spans_ns.sum()), rate_interval(amounts, spans_ns)
        )
        asked = self.precision * BYTES_MARGIN * (0.5 if kept < MOST_SPANS else 1.0)
        return width is not None and width <= asked
