"""What happened in each request, once its stream has ended and was read?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from advisor.bench.document import RequestSample
from advisor.bench.load import Exchange
from advisor.servers.wire import Reading, Server

CUT = "interrupted"
"""How a stream is marked that this side ended: no error, and not counted."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One request: what was asked, when it was sent, and what was read out of the answer.

    Times are in `perf_counter_ns`. Spans are None where the answer has no such thing.
    """

    words: int
    asked_tokens: int
    ramp_up: bool
    planned_ns: int | None
    sent_ns: int
    closed_ns: int
    last_byte_ns: int
    reading: Reading

    @property
    def is_whole(self) -> bool:
        """Whether the answer came to its end without an error."""
        return self.reading.error is None and bool(self.reading.event_ns)

    @property
    def was_cut(self) -> bool:
        """Whether this side ended the stream."""
        return self.reading.error == CUT

    @property
    def start_ns(self) -> int:
        """From when latency counts: the plan in an open loop, else the last byte written."""
        return self.sent_ns if self.planned_ns is None else self.planned_ns

    @property
    def ttft_s(self) -> float | None:
        """Until the first token."""
        events = self.reading.event_ns
        return (events[0] - self.start_ns) / 1e9 if events else None

    @property
    def e2e_s(self) -> float:
        """Until the last byte of the answer."""
        return (self.last_byte_ns - self.start_ns) / 1e9

    @property
    def decode_tok_per_s(self) -> float | None:
        """Tokens after the first event over the time from the first event to the last."""
        read = self.reading
        if read.output_tokens is None or len(read.event_ns) < 2:
            return None
        later_tokens = read.output_tokens - read.first_event_tokens
        span_ns = read.event_ns[-1] - read.event_ns[0]
        return later_tokens / (span_ns / 1e9) if later_tokens > 0 and span_ns > 0 else None

    @property
    def output_tokens(self) -> int:
        """By the server's count, else the number of events."""
        return self.reading.output_tokens or len(self.reading.event_ns)

    @property
    def uncached_input_tokens(self) -> int | None:
        """Input that the server had to compute."""
        read = self.reading
        if read.input_tokens is None:
            return None
        return read.input_tokens - (read.cached_input_tokens or 0)

    @property
    def tokens_per_event(self) -> float:
        """Tokens that an event after the first one stands for, by the server's count."""
        read = self.reading
        later_events = len(read.event_ns) - 1
        if read.output_tokens is None or later_events < 1:
            return 1.0
        return max(read.output_tokens - read.first_event_tokens, 0) / later_events


def observe(exchange: Exchange, server: Server) -> Observation:
    """Has the server's dialect read an exchange that has ended."""
    transcript, request = exchange.transcript, exchange.request
    received = transcript.received
    return Observation(
        words=request.words,
        asked_tokens=request.output_tokens,
        ramp_up=request.ramp_up,
        planned_ns=transcript.planned_ns,
        sent_ns=transcript.sent_ns,
        closed_ns=transcript.closed_ns,
        last_byte_ns=received[-1][0] if received else transcript.closed_ns,
        reading=server.read(transcript),
    )


def sample(observation: Observation, *, origin_ns: int, counted: bool) -> RequestSample:
    """An observation as it is kept, in microseconds from `origin_ns`."""

    def microseconds(time_ns: int) -> int:
        return (time_ns - origin_ns) // 1_000

    read = observation.reading
    events = [microseconds(event_ns) for event_ns in read.event_ns]
    planned_ns = observation.planned_ns
    return RequestSample(
        counted=counted,
        planned_us=None if planned_ns is None else microseconds(planned_ns),
        sent_us=microseconds(observation.sent_ns),
        closed_us=microseconds(observation.closed_ns),
        input_tokens=read.input_tokens,
        cached_input_tokens=read.cached_input_tokens,
        output_tokens=read.output_tokens,
        first_event_tokens=read.first_event_tokens,
        error=read.error,
        events_us=(
            *events[:1],
            *(after - before for before, after in pairwise(events)),
        ),
    )
