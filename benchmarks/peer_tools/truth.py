"""How far is what a tool reports from what the server's log holds, request by request?"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from peer_tools.tool import Report, Reported


@dataclass(frozen=True, slots=True)
class Logged:
    """One answer in the server's log, in nanoseconds of the server's clock."""

    arrived_ns: int
    sent_ns: tuple[int, ...]
    names: dict[str, str]

    @property
    def ttft_ms(self) -> float:
        return (self.sent_ns[0] - self.arrived_ns) / 1e6

    @property
    def itl_ms(self) -> float | None:
        gaps = len(self.sent_ns) - 1
        return (self.sent_ns[-1] - self.sent_ns[0]) / gaps / 1e6 if gaps else None


Pair = tuple[Reported, Logged]


def pairs_by_name(requests: Sequence[Reported], log: Sequence[Logged], field: str) -> list[Pair]:
    """Each request with the answer of its name."""
    by_name = {entry.names[field]: entry for entry in log}
    return [(seen, by_name[seen.name]) for seen in requests if seen.name in by_name]


def pairs_by_order(requests: Sequence[Reported], log: Sequence[Logged]) -> list[Pair]:
    """Each request with the answer that began in its turn, among those of as many events.

    The log may hold other answers before and after: of all stretches of it the one is taken whose
    arrivals follow the tool's starts most evenly. Requests sent in the same instant may be
    exchanged, which makes errors larger, never smaller on the whole.
    """
    ours = sorted(requests, key=lambda seen: seen.started_ns)
    theirs = sorted(log, key=lambda entry: entry.arrived_ns)
    if not ours or len(theirs) < len(ours):
        return []
    starts = np.array([seen.started_ns for seen in ours])
    arrivals = np.array([entry.arrived_ns for entry in theirs])
    windows = np.lib.stride_tricks.sliding_window_view(arrivals, len(starts))
    first = int(np.argmin([np.ptp(window - starts) for window in windows]))
    waiting: dict[int, deque[Logged]] = defaultdict(deque)
    for entry in theirs[first : first + len(ours)]:
        waiting[len(entry.sent_ns)].append(entry)
    return [(seen, waiting[seen.events].popleft()) for seen in ours if waiting.get(seen.events)]


def pairs(report: Report, log: Sequence[Logged], field: str | None) -> list[Pair]:
    """Each request of the report with the server's truth about it."""
    if field is None:
        return pairs_by_order(report.requests, log)
    return pairs_by_name(report.requests, log, field)


def true_rate(report: Report, log: Sequence[Logged], matched: Sequence[Pair]) -> float:
    """Token events that the server sent a second: in the tool's own window, else from the first
    request's arrival to the last one's end."""
    if report.window_ns is None:
        answers = [entry for _, entry in matched]
        start_ns, end_ns = span_ns(answers)
        return sum(len(entry.sent_ns) for entry in answers) / (end_ns - start_ns) * 1e9
    offset_ns = np.median([entry.arrived_ns - seen.started_ns for seen, entry in matched])
    from_ns, to_ns = (offset_ns + edge_ns for edge_ns in report.window_ns)
    sent_ns = np.concatenate([entry.sent_ns for entry in log])
    inside = np.count_nonzero((sent_ns >= from_ns) & (sent_ns <= to_ns))
    return float(inside / (to_ns - from_ns) * 1e9)


def span_ns(log: Sequence[Logged]) -> tuple[int, int]:
    """From the first request's arrival to the last event."""
    return min(e.arrived_ns for e in log), max(e.sent_ns[-1] for e in log)


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    median, p99 = np.percentile(values, [50, 99])
    return {"median": float(median), "p99": float(p99)}


def compared(true: Sequence[float], reported: Sequence[float]) -> dict[str, dict[str, float]]:
    """True and reported values of the same requests.

    `error` is of each request's own difference, its p99 without the sign; `difference` is that
    of the two distributions.
    """
    told, is_so = spread(reported), spread(true)
    errors = np.subtract(reported, true)
    return {
        "true": is_so,
        "reported": told,
        "error": {
            "median": float(np.median(errors)),
            "p99": float(np.percentile(np.abs(errors), 99)),
        },
        "difference": {key: told[key] - is_so[key] for key in told},
    }


def judged(report: Report, log: Sequence[Logged], field: str | None) -> dict[str, object]:
    """All that the log says about a tool's report. Raises ValueError if nothing can be paired."""
    matched = pairs(report, log, field)
    if not matched:
        raise ValueError("none of its requests is in the server's log")
    itl_ms = [
        (entry.itl_ms, seen.itl_ms)
        for seen, entry in matched
        if seen.itl_ms is not None and entry.itl_ms is not None
    ]
    return {
        "requests": len(report.requests),
        "matched": len(matched),
        "matched_by": field or "order of start and number of events",
        "ttft_ms": compared([e.ttft_ms for _, e in matched], [s.ttft_ms for s, _ in matched]),
        "itl_ms": compared(*zip(*itl_ms, strict=True)) if itl_ms else None,
        "output_tok_per_s": {
            "true": true_rate(report, log, matched),
            "reported": report.output_tok_per_s,
        },
    }
