"""Does a server keep up with those who come? How many wait or are being answered at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.bench.document import InFlight
from advisor.bench.metrics import Span
from advisor.bench.observe import Observation

GROWTH = 0.1
"""Of the requests that came: a backlog that grows by more is taken for overload."""


def in_flight(observations: Sequence[Observation], span: Span) -> InFlight | None:
    """Requests between planned start and last byte, over the span."""
    if span.seconds <= 0:
        return None
    changes = sorted(
        [(seen.start_ns, 1) for seen in observations]
        + [(seen.closed_ns, -1) for seen in observations]
    )
    count = most = 0
    area, last_ns = 0.0, span.start_ns
    for time_ns, change in (*changes, (span.end_ns, 0)):
        at_ns = min(max(time_ns, span.start_ns), span.end_ns)
        if at_ns > last_ns:
            most = max(most, count)
        area += count * (at_ns - last_ns)
        last_ns = at_ns
        count += change
    return InFlight(mean=area / (span.end_ns - span.start_ns), max=most)


def is_overloaded(observations: Sequence[Observation], span: Span) -> bool:
    """Whether the backlog grew over the second half of `span` by more than chance explains.

    Chance is three standard deviations of the number of arrivals.
    """
    middle_ns = (span.start_ns + span.end_ns) // 2
    came = sum(middle_ns < seen.start_ns <= span.end_ns for seen in observations)
    left = sum(middle_ns < seen.closed_ns <= span.end_ns for seen in observations)
    return came - left > max(GROWTH * came, 3 * math.sqrt(came))
