"""What did one load at one concurrency show? Runs it and sums it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from advisor.bench.closed_loop import ClosedLoop
from advisor.bench.crosscheck import cross_check
from advisor.bench.document import Energy, Stage, StageSamples, WarmUp
from advisor.bench.engine import run_load
from advisor.bench.load import Limits, Load
from advisor.bench.metrics import (
    Span,
    TokenTimes,
    counted_requests,
    latencies,
    output_rate,
    prefill,
)
from advisor.bench.observe import CUT, Observation, observe, sample
from advisor.bench.statistics import half_width_share
from advisor.bench.workload import Mix, Requests
from advisor.servers.wire import Server, TokenSource

DRAIN_S = 2.0
LEAST_SILENCE_S = 5.0
SILENCE_SHARE = 0.5
"""A server that sends nothing for this share of a stage's time is taken to hang."""
TRUST = {TokenSource.NATIVE: 0, TokenSource.USAGE: 1, TokenSource.ESTIMATED: 2}


@dataclass(frozen=True, slots=True)
class Measured:
    """One load that has ended, read but not yet judged."""

    mix: Mix
    concurrency: int
    load: Load
    observations: list[Observation]
    span: Span
    counted: list[Observation]
    tokens: TokenTimes
    steady: bool
    stopped_by: str
    notes: tuple[str, ...]

    @property
    def requests_in_span(self) -> float:
        """How many requests' output arrived in the steady window, parts of requests included."""
        tokens = float(self.tokens.between([self.span.start_ns, self.span.end_ns])[0])
        return tokens / max(1.0, median(seen.output_tokens for seen in self.counted))


def measure(
    server: Server,
    requests: Requests,
    mix: Mix,
    *,
    concurrency: int,
    precision: float,
    max_time_s: float,
    interrupted: Callable[[], bool],
    watch: Callable[[Load, ClosedLoop], None],
) -> Measured:
    """Keeps `concurrency` streams busy until enough is known or the time is up.

    Raises AdvisorError if no connection can be made at the outset.
    """
    loop = ClosedLoop(
        requests,
        mix,
        concurrency=concurrency,
        precision=precision,
        max_time_s=max_time_s,
        observe=lambda exchange: observe(exchange, server),
    )
    load = Load()
    watch(load, loop)
    run_load(
        server.endpoint,
        loop,
        [0] * concurrency,
        limits=Limits(
            silence_s=max(LEAST_SILENCE_S, SILENCE_SHARE * max_time_s),
            exchange_s=2 * max_time_s + DRAIN_S,
            load_s=max_time_s + DRAIN_S,
        ),
        load=load,
        interrupted=interrupted,
    )
    if interrupted():
        stopped_by = "interrupted"
    elif load.is_full:
        stopped_by = "memory"
    else:
        stopped_by = loop.stopped_by or "max_time"
    return _read(server, mix, loop, load, stopped_by)


def _read(server: Server, mix: Mix, loop: ClosedLoop, load: Load, stopped_by: str) -> Measured:
    observations = [
        loop.observations.get(id(exchange)) or observe(exchange, server)
        for exchange in load.exchanges
    ]
    notes: list[str] = []
    concurrency = loop.concurrency
    steady = loop.steady_from_ns is not None
    start_ns = loop.steady_from_ns or loop.ramp_up_end_ns or load.started_ns
    span = Span(start_ns, load.stopped_ns)
    counted = counted_requests(observations, span, concurrency, mix.output_tokens)
    if counted and concurrency == 1:
        span = Span(counted[0].sent_ns, counted[-1].last_byte_ns)
    if not counted:
        span = Span(load.started_ns, max((s.last_byte_ns for s in observations), default=start_ns))
        whole = [s for s in observations if s.is_whole and s.asked_tokens == mix.output_tokens]
        counted = whole or [s for s in observations if s.is_whole]
        if counted:
            notes.append("too slow for a steady window: ramp-up and end are in its numbers")
    if load.cut and stopped_by != "interrupted":
        notes.append(f"{load.cut} answers did not end in time and were cut")
    if counted and not steady:
        notes.append("its main metric did not become steady in the time given")
    return Measured(
        mix=mix,
        concurrency=concurrency,
        load=load,
        observations=observations,
        span=span,
        counted=counted,
        tokens=TokenTimes(observations),
        steady=steady,
        stopped_by=stopped_by,
        notes=tuple(f"concurrency {concurrency}: {note}" for note in notes),
    )


def summarize(measured: Measured, energy: Energy | None) -> Stage:
    """The stage's entry in the document."""
    counted, concurrency, span = measured.counted, measured.concurrency, measured.span
    readings = [seen.reading for seen in counted]
    spread = latencies(counted)
    rate = output_rate(measured.tokens, counted, span, concurrency)
    prefill_rate, prefill_source = prefill(counted, concurrency)
    decode = spread.decode_tok_per_s
    if concurrency == 1 and decode is not None:
        width = half_width_share(decode.median, decode.ci95)
    else:
        width = half_width_share(rate.value, rate.ci95) if rate else None
    before = [seen for seen in measured.observations if seen.sent_ns < span.start_ns]
    errors, details = _errors(measured.observations)
    sources = [reading.token_source for reading in readings]
    return Stage(
        concurrency=concurrency,
        rate=None,
        requests=len(counted),
        attempts=len(measured.observations),
        errors=errors,
        error_details=details,
        input_tokens=_middle([reading.input_tokens for reading in readings]),
        cached_input_tokens=_middle([reading.cached_input_tokens for reading in readings]),
        output_tokens=_middle([reading.output_tokens for reading in readings]),
        output_tokens_asked=measured.mix.output_tokens,
        token_source=str(max(sources, key=TRUST.__getitem__)) if sources else None,
        ttft_ms=spread.ttft_ms,
        itl_ms=spread.itl_ms,
        tpot_ms=spread.tpot_ms,
        e2e_ms=spread.e2e_ms,
        send_delay_ms=spread.send_delay_ms,
        prefill_tok_per_s=prefill_rate,
        prefill_source=prefill_source,
        decode_tok_per_s=decode,
        output_tok_per_s=rate,
        requests_per_s=measured.requests_in_span / span.seconds if counted else None,
        cross_check=cross_check(counted, concurrency),
        energy=energy,
        warmup=WarmUp(
            requests=len(before),
            seconds=max(0.0, (span.start_ns - measured.load.started_ns) / 1e9),
            steady=measured.steady,
        ),
        window_s=span.seconds if counted else None,
        stopped_by=measured.stopped_by,
        precision=width,
    )


def samples(measured: Measured) -> StageSamples:
    """The raw samples of a load."""
    counted = {id(seen) for seen in measured.counted}
    return StageSamples(
        concurrency=measured.concurrency,
        output_tokens_asked=measured.mix.output_tokens,
        requests=tuple(
            sample(seen, origin_ns=measured.load.started_ns, counted=id(seen) in counted)
            for seen in measured.observations
        ),
    )


def error_kind(seen: Observation) -> str | None:
    """The name of a request's failure; None if it has none or this side cut it."""
    error = seen.reading.error
    return None if error == CUT else error


def _errors(observations: Sequence[Observation]) -> tuple[dict[str, int], dict[str, str]]:
    """How often each kind of failure came, and what the server said at the first of each."""
    counts: Counter[str] = Counter()
    details: dict[str, str] = {}
    for seen in observations:
        kind = error_kind(seen)
        if kind is not None:
            counts[kind] += 1
            if seen.reading.error_detail:
                details.setdefault(kind, seen.reading.error_detail)
    return dict(counts), details


def _middle(counts: Sequence[int | None]) -> float | None:
    known = [count for count in counts if count is not None]
    return float(median(known)) if known else None
