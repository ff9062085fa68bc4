"""Do the server's own clocks of a whole load tell the same as ours?

Some servers keep sums of their latencies beside their counters. Both sides' means over all requests
of a load are compared, with what was cut at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.bench.document import CrossCheckOf
from advisor.bench.observe import Observation
from advisor.bench.totals import THRESHOLD, Counted
from advisor.documents import Unknown

WAY_MS = 20.0
"""What lies between the two clocks of a first token may take so long and is no disagreement."""
TTFT = (
    "mean time to the first token of all requests of the load: this side's from the last byte "
    "sent to the first event read, the server's from the request's arrival in its engine; what is "
    "between is the way, HTTP and the tokenizer, up to 20 ms unsaid"
)
GAPS = (
    "mean time of a token after the first, all requests of the load: this side's between the "
    "first and the last event of each, the server's between the steps of its engine"
)

Clocks = tuple[CrossCheckOf | None, CrossCheckOf | None]


def clock_checks(counted: Counted | Unknown, observations: Sequence[Observation]) -> Clocks:
    """Time to the first token and between tokens (ms) by both sides; None where one has none."""
    if isinstance(counted, Unknown):
        return None, None
    started = [seen for seen in observations if seen.reading.event_ns]
    return _first_tokens(counted, started), _gaps(counted, started)


def _first_tokens(counted: Counted, started: Sequence[Observation]) -> CrossCheckOf | None:
    if not counted.first_tokens or not counted.first_token_s or not started:
        return None
    spans_ns = [seen.reading.event_ns[0] - seen.sent_ns for seen in started]
    ours_ms = sum(spans_ns) / len(spans_ns) / 1e6
    servers_ms = 1e3 * counted.first_token_s / counted.first_tokens
    difference = ours_ms / servers_ms - 1
    longer_ms = ours_ms - servers_ms
    return CrossCheckOf(
        ours=ours_ms,
        servers=servers_ms,
        difference=difference,
        disagrees=abs(difference) > THRESHOLD and not 0 < longer_ms <= WAY_MS,
        n=len(started),
        definition=TTFT,
    )


def _gaps(counted: Counted, started: Sequence[Observation]) -> CrossCheckOf | None:
    spans_ns = sum(seen.reading.event_ns[-1] - seen.reading.event_ns[0] for seen in started)
    later_tokens = sum(_later_tokens(seen) for seen in started)
    if not counted.gaps or not counted.gap_s or not spans_ns or not later_tokens:
        return None
    ours_ms = spans_ns / later_tokens / 1e6
    servers_ms = 1e3 * counted.gap_s / counted.gaps
    difference = ours_ms / servers_ms - 1
    return CrossCheckOf(
        ours=ours_ms,
        servers=servers_ms,
        difference=difference,
        disagrees=abs(difference) > THRESHOLD,
        n=later_tokens,
        definition=GAPS,
    )


def _later_tokens(seen: Observation) -> int:
    """Tokens whose time lies between the first event and the last."""
    if len(seen.reading.event_ns) < 2:
        return 0
    return max(seen.output_tokens - seen.reading.first_event_tokens, 0)
