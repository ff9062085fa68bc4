"""What did a fixed list of requests show? Plays it against one server and sums it up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from advisor.bench.document import Stage
from advisor.bench.energy_document import Energy
from advisor.bench.engine import run_load
from advisor.bench.gate import Gate
from advisor.bench.interval import Rate
from advisor.bench.level import Level
from advisor.bench.load import Exchange, Limits, Load, Prepared
from advisor.bench.metrics import Span, TokenTimes
from advisor.bench.observe import Observation, observe
from advisor.bench.scripted import ScriptedLoop
from advisor.bench.slo import Slo
from advisor.bench.stage import DRAIN_S, LEAST_SILENCE_S, SILENCE_SHARE, Measured, summarize
from advisor.bench.statistics import LEAST_FOR_INTERVAL, rate_interval
from advisor.bench.workload import Workload
from advisor.servers.wire import Server

FIRST_BYTES = 1024
"""From so many bytes of an answer on, its text is looked at while it still comes."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A list that was played: what was seen, how often and how long was waited."""

    measured: Measured
    pauses_s: tuple[float, ...]
    retries: int

    @property
    def answered(self) -> list[Observation]:
        """The whole answers, in the order they were sent."""
        return self.measured.counted

    @property
    def busy_s(self) -> float:
        """How long at least one request was being answered."""
        return busy_seconds(self.measured.observations)


def play(
    server: Server,
    requests: Sequence[Prepared],
    workload: Workload,
    *,
    concurrency: int,
    max_time_s: float,
    gate: Gate,
    interrupted: Callable[[], bool],
    watch: Callable[[Load, ScriptedLoop], None],
) -> Replay:
    """Puts the requests to the server, `concurrency` at a time, none of them twice unless it
    failed. Raises AdvisorError if no connection can be made at the outset.
    """
    loop = ScriptedLoop(
        requests,
        concurrency=concurrency,
        max_time_s=max_time_s,
        observe=lambda exchange: observe(exchange, server),
        gate=gate,
    )

    def further_bytes(exchange: Exchange) -> int:
        received_bytes = sum(len(data) for _, data in exchange.transcript.received)
        text_bytes = server.read(exchange.transcript).text_bytes
        return gate.further_bytes(exchange.request, received_bytes, text_bytes)

    load = Load()
    watch(load, loop)
    try:
        if loop.streams:
            run_load(
                server.endpoint,
                loop,
                [0] * loop.streams,
                limits=Limits(
                    silence_s=max(LEAST_SILENCE_S, SILENCE_SHARE * max_time_s),
                    exchange_s=max_time_s + DRAIN_S,
                    exchange_bytes=FIRST_BYTES,
                    further_bytes=further_bytes,
                    resends=False,
                    load_s=max_time_s + DRAIN_S,
                ),
                load=load,
                interrupted=interrupted,
            )
    finally:
        loop.close()
    stopped_by = "interrupted" if interrupted() else loop.stopped_by or "end"
    if not loop.streams:
        stopped_by = "budget"
    return Replay(
        _measured(workload, Level(concurrency=concurrency), load, loop, stopped_by),
        tuple(loop.pauses_s),
        loop.retries,
    )


def stage_of(replay: Replay, energy: Energy | None = None, slo: Slo = ()) -> Stage:
    """The stage's entry in the document. Pauses that the server asked for are in no number."""
    stage = summarize(replay.measured, energy, slo)
    answered, busy_s = replay.answered, replay.busy_s
    if not answered or busy_s <= 0:
        return stage
    tokens = [float(seen.output_tokens) for seen in answered]
    spans_s = [seen.e2e_s for seen in answered]
    one_by_one = replay.measured.concurrency == 1 and len(tokens) >= LEAST_FOR_INTERVAL
    return msgspec.structs.replace(
        stage,
        output_tok_per_s=Rate(
            value=sum(tokens) / busy_s,
            ci95=_interval(tokens, spans_s) if one_by_one else None,
        ),
        requests_per_s=len(answered) / busy_s,
        window_s=busy_s,
    )


def busy_seconds(observations: Sequence[Observation]) -> float:
    """The length of the union of all whole answers' times."""
    spans = sorted((seen.sent_ns, seen.last_byte_ns) for seen in observations if seen.is_whole)
    total_ns, until_ns = 0, 0
    for start_ns, end_ns in spans:
        total_ns += max(0, end_ns - max(start_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return total_ns / 1e9


def _interval(amounts: list[float], spans_s: list[float]) -> tuple[float, float] | None:
    import numpy as np

    return rate_interval(np.array(amounts), np.array(spans_s))


def _measured(
    workload: Workload, level: Level, load: Load, loop: ScriptedLoop, stopped_by: str
) -> Measured:
    seen = [loop.observations[id(exchange)] for exchange in load.exchanges]
    whole = sorted((each for each in seen if each.is_whole), key=lambda each: each.sent_ns)
    start_ns = whole[0].sent_ns if whole else load.started_ns
    end_ns = max((each.last_byte_ns for each in whole), default=load.stopped_ns)
    return Measured(
        workload=workload,
        level=level,
        load=load,
        observations=seen,
        span=Span(start_ns, max(end_ns, start_ns)),
        counted=whole,
        attempts=[each for each in seen if not each.was_cut],
        tokens=TokenTimes(seen),
        steady=False,
        overloaded=False,
        stopped_by=stopped_by,
        notes=(),
    )
