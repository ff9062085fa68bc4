"""What did one load show? Runs it and sums it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from advisor.bench.backlog import in_flight, is_overloaded
from advisor.bench.clocks import clock_checks
from advisor.bench.closed_loop import ClosedLoop
from advisor.bench.crosscheck import cross_check
from advisor.bench.document import Stage, StageSamples, WarmUp
from advisor.bench.energy_document import Energy
from advisor.bench.engine import run_load
from advisor.bench.level import Level, planned_starts_ns
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
from advisor.bench.open_loop import OpenLoop
from advisor.bench.prompts import Requests, Source
from advisor.bench.slo import Slo, goodput
from advisor.bench.statistics import half_width_share
from advisor.bench.totals import Counted, cache_note, disagreements, gained, total_checks
from advisor.bench.truncation import warm_up_length
from advisor.bench.workload import Workload
from advisor.documents import Unknown
from advisor.servers.wire import Server, TokenSource

DRAIN_S = 2.0
LEAST_SILENCE_S = 5.0
SILENCE_SHARE = 0.5
"""A server that sends nothing for this share of a stage's time is taken to hang."""
LEAST_SETTLED = 4
LENGTH_TOKENS, LENGTH_SHARE = 2, 0.02
"""How far prompts may be off the asked length, by the server's count."""
NOT_READ = Unknown("the server's totals were not read")
TRUST = {TokenSource.NATIVE: 0, TokenSource.USAGE: 1, TokenSource.ESTIMATED: 2}


@dataclass(frozen=True, slots=True)
class Measured:
    """One load that has ended, read but not yet judged.

    `attempts` are all requests of the steady window, those that failed or were cut included.
    """

    workload: Workload
    level: Level
    load: Load
    observations: list[Observation]
    span: Span
    counted: list[Observation]
    attempts: list[Observation]
    tokens: TokenTimes
    steady: bool
    overloaded: bool
    stopped_by: str
    notes: tuple[str, ...]
    totals: Counted | Unknown = NOT_READ

    @property
    def concurrency(self) -> int | None:
        """How many streams were kept busy; None in an open loop."""
        return self.level.concurrency

    @property
    def asked_tokens(self) -> int:
        """The answer's length that the median counted request asked for."""
        if not self.counted:
            return self.workload.typical.output_tokens
        return round(median(seen.asked_tokens for seen in self.counted))

    @property
    def requests_in_span(self) -> float:
        """How many requests' output arrived in the steady window, parts of requests included."""
        tokens = float(self.tokens.between([self.span.start_ns, self.span.end_ns])[0])
        return tokens / max(1.0, median(seen.output_tokens for seen in self.counted))


def measure(
    server: Server,
    requests: Requests,
    workload: Workload,
    *,
    level: Level,
    precision: float | None,
    max_time_s: float,
    interrupted: Callable[[], bool],
    watch: Callable[[Load, ClosedLoop | OpenLoop], None],
) -> Measured:
    """Presses the server as hard as `level` says until enough is known or the time is up.

    Without a `precision` only the time ends it (closed loops).

    Raises AdvisorError if no connection can be made at the outset.
    """
    source = Source(requests, workload)
    loop: ClosedLoop | OpenLoop
    if level.concurrency is not None:
        starts_ns = [0] * level.concurrency
        loop = ClosedLoop(
            source,
            concurrency=level.concurrency,
            precision=precision,
            max_time_s=max_time_s,
            observe=lambda exchange: observe(exchange, server),
        )
    else:
        assert level.rate_per_s is not None and precision is not None
        starts_ns = planned_starts_ns(level.rate_per_s, max_time_s, level.arrivals, requests.made)
        loop = OpenLoop(source, starts_ns=starts_ns, precision=precision, max_time_s=max_time_s)
    is_open = isinstance(loop, OpenLoop)
    quiet_s = max(LEAST_SILENCE_S, SILENCE_SHARE * max_time_s)
    load = Load()
    before = server.counters(requests.model)
    watch(load, loop)
    run_load(
        server.endpoint,
        loop,
        starts_ns,
        limits=Limits(
            silence_s=2 * max_time_s + DRAIN_S if is_open else quiet_s,
            exchange_s=2 * max_time_s + DRAIN_S,
            load_s=max_time_s + DRAIN_S,
        ),
        load=load,
        open_loop=is_open,
        interrupted=interrupted,
    )
    totals = gained(before, server.counters(requests.model))
    if interrupted():
        stopped_by = "interrupted"
    elif load.is_full:
        stopped_by = "memory"
    else:
        stopped_by = loop.stopped_by or "max_time"
    kept = loop.observations if isinstance(loop, ClosedLoop) else {}
    observations = [
        kept.get(id(exchange)) or observe(exchange, server) for exchange in load.exchanges
    ]
    if isinstance(loop, ClosedLoop):
        steady_from_ns, ready_ns = loop.steady_from_ns, loop.ramp_up_end_ns
    else:
        steady_from_ns, ready_ns = _settled_ns(observations), None
    judged = _judge(
        workload,
        level,
        load,
        observations,
        steady_from_ns=steady_from_ns,
        ready_ns=ready_ns,
        stopped_by=stopped_by,
    )
    off = disagreements(total_checks(totals, observations))
    off += cache_note(totals, repeats_prefixes=workload.repeats_prefixes)
    return replace(
        judged, totals=totals, notes=(*judged.notes, *(f"{level}: {note}" for note in off))
    )


def _settled_ns(observations: Sequence[Observation]) -> int | None:
    """When the first answer of an open loop ended whose duration is no longer the warm-up's.

    By then as many are being answered as later on. None if the durations never settled.
    """
    whole = sorted((seen for seen in observations if seen.is_whole), key=lambda seen: seen.start_ns)
    dropped = warm_up_length([seen.e2e_s for seen in whole])
    if len(whole) < LEAST_SETTLED or dropped >= len(whole) // 2:
        return None
    return whole[dropped].last_byte_ns


def _judge(
    workload: Workload,
    level: Level,
    load: Load,
    observations: list[Observation],
    *,
    steady_from_ns: int | None,
    ready_ns: int | None,
    stopped_by: str,
) -> Measured:
    """What of a load counts. `ready_ns` stands in where it never became steady."""
    notes: list[str] = []
    concurrency = level.concurrency
    start_ns = steady_from_ns or ready_ns or load.started_ns
    span = Span(start_ns, load.stopped_ns)
    whole_load = Span(load.started_ns, load.stopped_ns)
    overloaded = concurrency is None and is_overloaded(observations, whole_load)
    counted = counted_requests(observations, span, concurrency)
    if counted and concurrency == 1:
        span = Span(counted[0].sent_ns, counted[-1].last_byte_ns)
    if not counted:
        span = Span(load.started_ns, max((s.last_byte_ns for s in observations), default=start_ns))
        whole = [s for s in observations if s.is_whole and not s.ramp_up]
        counted = whole or [s for s in observations if s.is_whole]
        if counted:
            notes.append("too slow for a steady window: ramp-up and end are in its numbers")
    notes += _length_notes(workload, counted)
    if load.cut and stopped_by != "interrupted":
        notes.append(f"{load.cut} answers did not end in time and were cut")
    if overloaded:
        notes.append(
            "the server answers more slowly than requests come: a longer run shows longer waits"
        )
    elif counted and steady_from_ns is None:
        notes.append("its main metric did not become steady in the time given")
    return Measured(
        workload=workload,
        level=level,
        load=load,
        observations=observations,
        span=span,
        counted=counted,
        attempts=_attempts(observations, counted, span, concurrency),
        tokens=TokenTimes(observations),
        steady=steady_from_ns is not None,
        overloaded=overloaded,
        stopped_by=stopped_by,
        notes=tuple(f"{level}: {note}" for note in notes),
    )


def _length_notes(workload: Workload, counted: Sequence[Observation]) -> list[str]:
    """Whether the prompts were as long as asked, and new, where either could be otherwise."""
    if workload.prompts:
        if len(counted) <= len(workload.prompts):
            return []
        return ["your prompts were asked more than once: a prompt cache may have answered them"]
    sizes = [seen.reading.input_tokens for seen in counted]
    known = [size for size in sizes if size is not None]
    if not known or workload.turns > 1 or workload.input_tokens.sigma:
        return []
    asked, got = workload.typical.input_tokens, median(known)
    if abs(got - asked) <= max(LENGTH_TOKENS, LENGTH_SHARE * asked):
        return []
    return [f"prompts had {got:.0f} tokens by the server's count, not the {asked} asked"]


def _attempts(
    observations: Sequence[Observation],
    counted: Sequence[Observation],
    span: Span,
    concurrency: int | None,
) -> list[Observation]:
    """The counted requests, and those of the same window that did not come through.

    In a closed loop a stream that was cut at the end of the load is no failure of the server's.
    """
    failed = [
        seen
        for seen in observations
        if not seen.is_whole
        and span.start_ns <= seen.start_ns <= span.end_ns
        and (concurrency is None or not seen.was_cut)
    ]
    return [*counted, *failed]


def summarize(measured: Measured, energy: Energy | None, slo: Slo = ()) -> Stage:
    """The stage's entry in the document."""
    counted, concurrency, span = measured.counted, measured.concurrency, measured.span
    readings = [seen.reading for seen in counted]
    spread = latencies(counted)
    rate = output_rate(measured.tokens, counted, span, concurrency)
    prefill_rate, prefill_source = prefill(
        counted, concurrency, repeats_prefixes=measured.workload.repeats_prefixes
    )
    decode = spread.decode_tok_per_s
    if concurrency == 1 and decode is not None:
        width = half_width_share(decode.median, decode.ci95)
    else:
        width = half_width_share(rate.value, rate.ci95) if rate else None
    before = [seen for seen in measured.observations if seen.start_ns < span.start_ns]
    errors, details = _errors(measured.observations)
    sources = [reading.token_source for reading in readings]
    return Stage(
        concurrency=concurrency,
        rate=measured.level.rate_per_s,
        arrivals=None if concurrency else str(measured.level.arrivals),
        in_flight=None if concurrency else in_flight(measured.observations, span),
        overloaded=measured.overloaded,
        goodput=goodput(slo, measured.attempts, span.seconds) if slo else None,
        requests=len(counted),
        attempts=len(measured.observations),
        errors=errors,
        error_details=details,
        input_tokens=_middle([reading.input_tokens for reading in readings]),
        cached_input_tokens=_middle([reading.cached_input_tokens for reading in readings]),
        output_tokens=_middle([reading.output_tokens for reading in readings]),
        output_tokens_asked=measured.asked_tokens,
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
        cross_check=cross_check(
            counted,
            concurrency,
            total_checks(measured.totals, measured.observations),
            clock_checks(measured.totals, measured.observations),
        ),
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
        rate=measured.level.rate_per_s,
        output_tokens_asked=measured.asked_tokens,
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
