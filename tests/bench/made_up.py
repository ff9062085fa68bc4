"""Observations made up from plain numbers."""

from __future__ import annotations

from advisor.bench.observe import Observation
from advisor.servers.wire import Reading, ServerTimings, TokenSource

MS = 1_000_000


def observation(
    *,
    sent_ms: float = 0.0,
    ttft_ms: float = 100.0,
    gap_ms: float = 10.0,
    events: int = 11,
    tokens: int | None = None,
    first_tokens: int = 1,
    ramp_up: bool = False,
    input_tokens: int | None = 50,
    cached: int | None = None,
    planned_ms: float | None = None,
    timings: ServerTimings | None = None,
    error: str | None = None,
) -> Observation:
    """A request whose events come at an even pace."""
    first = sent_ms + ttft_ms
    times = tuple(round((first + i * gap_ms) * MS) for i in range(events))
    last = times[-1] if times else round(sent_ms * MS)
    return Observation(
        words=50,
        asked_tokens=tokens or events,
        ramp_up=ramp_up,
        planned_ns=None if planned_ms is None else round(planned_ms * MS),
        sent_ns=round(sent_ms * MS),
        closed_ns=last + MS,
        last_byte_ns=last,
        reading=Reading(
            event_ns=times,
            first_event_tokens=first_tokens,
            input_tokens=input_tokens,
            cached_input_tokens=cached,
            output_tokens=events if tokens is None else tokens,
            token_source=TokenSource.USAGE,
            timings=timings,
            error=error,
        ),
    )
