"""How fast does a paid API answer? Few requests, one after the other, through a gate.

No calibration, no search and no bursts: two short requests teach how many words make how many
tokens, then a fixed list of requests is put at each concurrency.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from advisor.bench.calibrate import ANSWER_TOKENS, FEW_WORDS, MANY_WORDS
from advisor.bench.conclude import conclude
from advisor.bench.document import Bench, FirstRequest, Model, Stage, WarmUp
from advisor.bench.findings import Findings
from advisor.bench.gate import Gate
from advisor.bench.interrupt import Interrupt, first_interrupt_asks
from advisor.bench.level import Level
from advisor.bench.plan import BenchPlan, BenchRun
from advisor.bench.progress import OnProgress, Phase, Reporter
from advisor.bench.prompts import Line, Requests, Source, asking_to_go_on
from advisor.bench.replay import Replay, play, stage_of
from advisor.bench.slo import Slo
from advisor.bench.workload import Workload, fixed
from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.servers.wire import Server

WARM_UP = ((FEW_WORDS, ANSWER_TOKENS), (MANY_WORDS, ANSWER_TOKENS))
"""Words and tokens asked for, before anything counts."""
WARM_UP_S = 60.0
ELSEWHERE = "an API computes on machines that nothing here can see"
WAY_AND_QUEUE = "the time to an API's first token holds the network and its queue"
NOT_ITS_OWN = "what a key's few requests get says nothing of what the provider's servers can do"


@dataclass(frozen=True, slots=True)
class PaidPlan:
    """What is asked of an API: `requests` at each concurrency, each within `max_time_s`.

    With a `script`, what another side was asked is put again instead of new requests.
    """

    model: str
    workload: Workload
    requests: int
    concurrencies: tuple[int, ...] = (1,)
    max_time_s: float = 60.0
    slo: Slo = ()
    script: tuple[Line, ...] | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class PaidRun:
    """The measurement, how its lists went, and how many requests were tried again."""

    run: BenchRun
    replays: tuple[Replay, ...]
    pauses_s: tuple[float, ...]
    retries: int


def run_paid(
    plan: PaidPlan,
    *,
    server: Server,
    gate: Gate,
    machine_id: str,
    measured_on: str,
    on_progress: OnProgress = lambda _: None,
) -> PaidRun:
    """Measures `plan.model` as an API serves it, as far as `gate` lets requests through.

    Raises AdvisorError if it answers none, KeyboardInterrupt if the user interrupts before that.
    """
    bench_plan = BenchPlan(
        model=plan.model,
        workload=plan.workload,
        concurrencies=plan.concurrencies,
        max_time_s=plan.max_time_s,
        second_mix=False,
        fit_to_time=False,
        slo=plan.slo,
    )
    findings = Findings(bench_plan, server, None, started_at=now())
    findings.workload = plan.workload
    findings.seed = secrets.randbelow(2**31) if plan.seed is None else plan.seed
    reporter = Reporter(server, None, on_progress, stages=len(bench_plan.levels))
    started = time.monotonic()
    with first_interrupt_asks() as interrupt, reporter.running():
        played = _Played(
            plan,
            server=server,
            gate=gate,
            findings=findings,
            reporter=reporter,
            interrupt=interrupt,
        )
        played.measure()
        findings.interrupted = interrupt.requested
    findings.main = [replay.measured for replay in played.replays]
    findings.duration_s = time.monotonic() - started
    run = conclude(
        findings,
        machine_id=machine_id,
        measured_on=measured_on,
        model=Model(name=plan.model),
        roof=None,
        sockets=None,
    )
    everything = [*played.warm_up, *played.replays]
    return PaidRun(
        run=BenchRun(_document(run.document, played, plan), run.samples, run.interrupted),
        replays=tuple(played.replays),
        pauses_s=tuple(pause for replay in everything for pause in replay.pauses_s),
        retries=sum(replay.retries for replay in everything),
    )


class _Played:
    """The lists of one run, one after the other."""

    def __init__(
        self,
        plan: PaidPlan,
        *,
        server: Server,
        gate: Gate,
        findings: Findings,
        reporter: Reporter,
        interrupt: Interrupt,
    ) -> None:
        self.warm_up: list[Replay] = []
        self.replays: list[Replay] = []
        self._plan = plan
        self._server = server
        self._gate = gate
        self._findings = findings
        self._reporter = reporter
        self._interrupt = interrupt
        self._requests = Requests(server, plan.model, findings.seed)

    def measure(self) -> None:
        """Warm-up and every concurrency, as long as answers come and may be paid for."""
        plan, findings = self._plan, self._findings
        self._reporter.enter(Phase.CALIBRATE, left_s=len(plan.concurrencies) * plan.max_time_s)
        for words, tokens in WARM_UP:
            self.warm_up.append(self._warm_up(words, tokens))
        first = self.warm_up[0].answered[0]
        findings.first_request = FirstRequest(
            ttft_ms=None if first.ttft_s is None else first.ttft_s * 1e3, load_s=None
        )
        for number, level in enumerate(findings.plan.levels, 1):
            if self._interrupt():
                return
            left_s = (len(findings.plan.levels) - number + 1) * plan.max_time_s
            self._reporter.enter(Phase.MEASURE, stage=number, level=level, left_s=left_s)
            try:
                replay = self._play(level, self._lines(), plan.workload, plan.max_time_s)
            except AdvisorError as error:
                findings.lost = str(error)
                break
            if replay.answered or not self._interrupt():
                self.replays.append(replay)
            for seen in replay.answered:
                self._requests.sizer.learn(seen.words, seen.reading.input_tokens)
            if not replay.answered:
                break
        findings.tokens_per_word = self._requests.sizer.tokens_per_word

    def _warm_up(self, words: int, tokens: int) -> Replay:
        prompt = self._requests.corpus.shuffled(0, words)
        line = Line(prompt, words, tokens)
        replay = self._play(Level(concurrency=1), [line], fixed(words, tokens), WARM_UP_S)
        if not replay.answered:
            if self._interrupt():
                raise KeyboardInterrupt
            raise _no_answer(self._server, self._plan.model, replay)
        for seen in replay.answered:
            self._requests.sizer.learn(seen.words, seen.reading.input_tokens)
        return replay

    def _lines(self) -> Sequence[Line]:
        if self._plan.script is not None:
            return self._plan.script
        source = Source(self._requests, self._plan.workload)
        return [asking_to_go_on(source.line()) for _ in range(self._plan.requests)]

    def _play(
        self, level: Level, lines: Sequence[Line], workload: Workload, max_time_s: float
    ) -> Replay:
        return play(
            self._server,
            [self._requests.encode(each.prompt, each.words, each.output_tokens) for each in lines],
            workload,
            concurrency=level.concurrency or 1,
            max_time_s=max_time_s,
            gate=self._gate,
            interrupted=self._interrupt,
            watch=self._reporter.watch,
        )


def _no_answer(server: Server, model: str, replay: Replay) -> AdvisorError:
    what = f"{server.kind} at {server.endpoint.url} gives no usable answer from '{model}'"
    seen = replay.measured.observations
    if not seen:
        return AdvisorError(
            what,
            why="the spending limit does not allow a single request",
            remedy="Raise --max-usd, or take a cheaper model.",
        )
    last = seen[-1].reading
    remedies = {
        "http_401": "Check the key.",
        "http_403": "Check what the key may use.",
        "http_404": "Check the model's name, as the provider spells it.",
        "http_402": "The account has no credit left.",
        "http_429": "The rate limit of the account is used up: try again later.",
    }
    return AdvisorError(
        what,
        why=f"{last.error}: {last.error_detail}" if last.error_detail else str(last.error),
        remedy=remedies.get(last.error or "", "See the provider's status page."),
    )


def _document(bench: Bench, played: _Played, plan: PaidPlan) -> Bench:
    """The document with what holds of an API only."""
    warm_up = WarmUp(
        requests=sum(len(each.measured.observations) for each in played.warm_up),
        seconds=sum(each.busy_s for each in played.warm_up),
        steady=False,
    )
    stages = tuple(
        msgspec.structs.replace(
            stage_of(replay, slo=plan.slo),
            warmup=warm_up,
            prefill_tok_per_s=None,
            prefill_source=None,
        )
        for replay in played.replays
    )
    unknown = dict(bench.unknown)
    for i, stage in enumerate(stages):
        unknown[f"stages[{i}].energy"] = ELSEWHERE
        unknown[f"stages[{i}].prefill_tok_per_s"] = WAY_AND_QUEUE
        if stage.output_tok_per_s is not None and stage.output_tok_per_s.ci95 is not None:
            unknown.pop(f"stages[{i}].output_tok_per_s.ci95", None)
    unknown |= {"operating_point": NOT_ITS_OWN, "sustained": NOT_ITS_OWN}
    if not plan.slo:
        unknown["capacity"] = NOT_ITS_OWN
    whole = all(stage.requests == _planned(plan) for stage in stages)
    return msgspec.structs.replace(
        bench,
        stages=stages,
        unknown=unknown,
        partial=bool(
            played.replays == []
            or len(stages) < len(set(plan.concurrencies))
            or not whole
            or any(replay.measured.stopped_by == "interrupted" for replay in played.replays)
        ),
        warnings=(*bench.warnings, *_notes(stages, plan)),
    )


def _planned(plan: PaidPlan) -> int:
    return plan.requests if plan.script is None else len(plan.script)


def _notes(stages: tuple[Stage, ...], plan: PaidPlan) -> list[str]:
    why = {
        "budget": "the next one could have crossed the spending limit",
        "rate_limit": "the API asked to wait longer than the time limit allows (--max-time)",
        "max_time": "the time was over (--max-time)",
        "failures": "too many requests in a row failed",
        "interrupted": "it was interrupted",
    }
    return [
        f"concurrency {stage.concurrency}: {stage.requests} of {_planned(plan)} requests were "
        f"answered, as {why[stage.stopped_by]}"
        for stage in stages
        if stage.requests < _planned(plan) and stage.stopped_by in why
    ]
