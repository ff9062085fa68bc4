"""How fast is this model on this server, at what latency and energy? The whole measurement."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from advisor.bench.calibrate import (
    Calibration,
    calibrate,
    count_prompts,
    fit,
    no_answer,
)
from advisor.bench.capacity import tried
from advisor.bench.conclude import conclude
from advisor.bench.document import Model
from advisor.bench.energy import stage_energy
from advisor.bench.energy_document import Energy, IdlePower
from advisor.bench.energy_protocol import idle_power
from advisor.bench.findings import NO_METER, Findings
from advisor.bench.gate import OpenGate
from advisor.bench.interrupt import Interrupt, first_interrupt_asks
from advisor.bench.level import Level
from advisor.bench.operating import at_operating_point
from advisor.bench.plan import BenchPlan, BenchRun, Replayed
from advisor.bench.progress import OnProgress, Phase, Reporter
from advisor.bench.prompts import Requests, Source, asking_to_go_on
from advisor.bench.replay import play
from advisor.bench.roof import Roof
from advisor.bench.stage import Measured, error_kind, measure
from advisor.bench.sweep import next_level
from advisor.bench.workload import Workload, fixed
from advisor.documents import Unknown, now
from advisor.errors import AdvisorError
from advisor.power.meter import Meter
from advisor.servers.wire import Server

__all__ = ["BenchPlan", "BenchRun", "run_bench"]

SECOND_ANSWER_SHARE = 1 / 8
"""The second mix asks for the same prompts and an eighth of the answer."""
LEAST_SECOND_ANSWER = 2
COUNTING_SHARE = 0.1
"""Of a stage's time, for prompts that are only asked to be counted."""
CALIBRATION_S, EVALUATION_S = 10.0, 1.0
BEFORE_TRIALS = {Phase.CALIBRATE, Phase.IDLE, Phase.MEASURE, Phase.SECOND_MIX}
LOADED_BEFORE = Unknown("the model was loaded before the measurement began")


def run_bench(
    plan: BenchPlan,
    *,
    server: Server,
    machine_id: str | Unknown,
    measured_on: str,
    model: Model,
    meter: Meter | None = None,
    roof: Roof | None = None,
    sockets: int | None = None,
    unloaded: IdlePower | Unknown = LOADED_BEFORE,
    here: bool = True,
    on_progress: OnProgress = lambda _: None,
    on_stage: Callable[[BenchRun], None] = lambda _: None,
) -> BenchRun:
    """Measures `plan.model` as `server` serves it.

    `measured_on` says what computes ("CPU, embedded llama.cpp"), `model` what is known of the
    model, `roof` what its memory allows; `sockets` is the machine's (for the box's power),
    `unloaded` what it drew before the model was loaded. `here`: the model computes on this machine,
    whose sensors are then read. The meter is started and stopped here. The first Ctrl-C ends the
    run and keeps what was measured, from the calibration on. `on_progress` is called from another
    thread, `on_stage` from this one when a stage has ended, with the measurement as it stands then.
    Raises AdvisorError if the server answers no request, KeyboardInterrupt if the user interrupts
    before there is anything to keep.
    """
    reporter = Reporter(server, meter, on_progress, stages=len(plan.levels) + plan.later_stages)
    findings = Findings(plan, server, meter, started_at=now(), unloaded=unloaded, here=here)
    sensor_log = findings.sensor_log
    watched = sensor_log.sensors.sees_cards or plan.energy.trials
    if watched and here:
        sensor_log.start()
    started = time.monotonic()

    def keep() -> BenchRun:
        so_far = conclude(
            replace(
                findings,
                duration_s=time.monotonic() - started,
                warnings=[*findings.warnings],
                assumptions=[*findings.assumptions],
            ),
            machine_id=machine_id,
            measured_on=measured_on,
            model=model,
            roof=roof,
            sockets=sockets,
        )
        on_stage(so_far)
        return so_far

    if meter is not None:
        meter.start()
    try:
        with first_interrupt_asks() as interrupt, reporter.running():
            _Run(findings, interrupt, reporter, keep).measure()
            findings.interrupted = interrupt.requested
            return replace(keep(), replayed=_replayed(findings, sockets))
    finally:
        sensor_log.stop()
        if meter is not None:
            meter.stop()


def _replayed(findings: Findings, sockets: int | None) -> Replayed | None:
    """The replay with what it drew, as long as the meter still tells."""
    if findings.replay is None:
        return None
    script, replay = findings.replay
    energy: Energy | Unknown = NO_METER
    if findings.meter is not None and replay.answered:
        idle_w = None if isinstance(findings.idle_w, Unknown) else findings.idle_w
        span, count = replay.measured.span, len(replay.answered)
        energy = stage_energy(findings.meter, span, count, idle_w, sockets)
    return Replayed(script, replay, energy)


@dataclass(slots=True)
class _Run:
    findings: Findings
    interrupt: Interrupt
    reporter: Reporter
    keep: Callable[[], BenchRun]
    requests: Requests = field(init=False)

    def measure(self) -> None:
        """Everything, one after the other; a server that is lost ends the rest."""
        import numpy  # noqa: F401 - loaded now, not while a clock runs

        findings, plan = self.findings, self.findings.plan
        findings.seed = secrets.randbelow(2**31) if plan.seed is None else plan.seed
        self.requests = Requests(findings.server, plan.model, findings.seed)
        self._enter(Phase.CALIBRATE)
        rough = calibrate(findings.server, self.requests, self.interrupt)
        findings.first_request = rough.first
        self.reporter.tokens_per_byte = rough.tokens_per_byte
        findings.workload = self._workload(rough)
        count_prompts(
            findings.server,
            self.requests,
            findings.workload,
            rough,
            within_s=COUNTING_SHARE * plan.max_time_s,
            interrupted=self.interrupt,
        )
        self._idle_baseline()
        for level in self._levels():
            self._stage(level)
        self._second_mix()
        self._energy_trials()
        self._contexts()
        self._sustained()
        self._replay()
        findings.tokens_per_word = self.requests.sizer.tokens_per_word
        self._enter(Phase.EVALUATE)

    def _workload(self, rough: Calibration) -> Workload:
        findings, plan = self.findings, self.findings.plan
        if not rough.counts_input:
            findings.warnings.append(
                "the server does not count input tokens: prompt lengths are a rule of thumb"
            )
        asked = plan.workload
        workload = (
            fit(asked, rough, plan.concurrencies or (1,), plan.max_time_s)
            if plan.fit_to_time
            else asked
        )
        if workload != asked:
            wanted, mix = asked.typical, workload.typical
            findings.assumptions.append(
                f"{mix.input_tokens} tokens in and {mix.output_tokens} out stand for the "
                f"{wanted.input_tokens} and {wanted.output_tokens} asked, which would not give "
                f"enough answers in {plan.max_time_s:g} s a stage on this box"
            )
        return workload

    def _idle_baseline(self) -> None:
        if self.findings.meter is not None and not self.interrupt():
            self._enter(Phase.IDLE)
            protocol = self.findings.plan.energy
            self.findings.idle = idle_power(self.findings.meter, protocol, self.interrupt)

    def _levels(self) -> Iterator[Level]:
        """The levels that were asked for; in a sweep each follows from those before."""
        plan = self.findings.plan
        if not plan.sweep:
            yield from plan.levels
            return
        first = plan.levels[0]
        while level := self._next(first):
            measured_before = len(self.findings.main)
            yield level
            if len(self.findings.main) == measured_before:
                return

    def _next(self, first: Level) -> Level | None:
        slo = self.findings.plan.slo
        return next_level(first, tried(self.findings.main, slo), has_slo=bool(slo))

    def _stage(self, level: Level) -> None:
        findings = self.findings
        if self.interrupt() or findings.lost:
            return
        number = len(findings.main) + 1
        self.reporter.stages = max(self.reporter.stages, number + findings.plan.later_stages)
        self._enter(Phase.MEASURE, number, level)
        measured = self._load(findings.workload, level)
        if measured is None:
            return
        if not (measured.counted or measured.overloaded or self.interrupt()):
            self._lose(measured)
        if measured.counted or not self.interrupt():
            findings.main.append(measured)
            for seen in measured.counted:
                self.requests.sizer.learn(seen.words, seen.reading.input_tokens)

    def _second_mix(self) -> None:
        findings = self.findings
        usable = [load for load in findings.main if load.counted and load.concurrency]
        if not findings.plan.second_mix or self.interrupt() or findings.lost or not usable:
            return
        if not findings.knows_work:
            return
        chosen = at_operating_point(usable)
        self._enter(Phase.SECOND_MIX, len(findings.main) + 1, chosen.level)
        findings.second = self._load(self._shorter(), chosen.level)

    def _shorter(self) -> Workload:
        return self.findings.workload.answering(SECOND_ANSWER_SHARE, LEAST_SECOND_ANSWER)

    def _energy_trials(self) -> None:
        """Both mixes again and again at the operating point, each under steady load."""
        findings, protocol = self.findings, self.findings.plan.energy
        second = findings.second
        if second is None or not second.counted:
            return
        for number in range(protocol.trials):
            pair = []
            for mix in (findings.workload, self._shorter()):
                if self.interrupt() or findings.lost:
                    return
                self._enter(Phase.ENERGY, number + 1, second.level)
                load = self._load(mix, second.level, for_s=protocol.trial_s)
                if load is None or not load.counted:
                    return
                pair.append(load)
            if not self.interrupt():
                findings.trials.append((pair[0], pair[1]))

    def _contexts(self) -> None:
        """One stream with ever longer prompts, until one gets no answer in the time."""
        findings = self.findings
        answer = findings.workload.output_tokens.median
        done = len(findings.main) + findings.plan.second_mix
        for number, tokens in enumerate(sorted(set(findings.plan.contexts)), done + 1):
            if self.interrupt() or findings.lost:
                return
            level = Level(concurrency=1)
            self._enter(Phase.LONG_CONTEXT, number, level)
            measured = self._load(fixed(tokens, answer, f"{tokens} tokens of context"), level)
            if measured is None:
                return
            findings.contexts.append(measured)
            if not measured.counted:
                kinds = sorted(
                    {kind for seen in measured.observations if (kind := error_kind(seen))}
                )
                why = ", ".join(kinds) or f"no answer ended in {findings.plan.max_time_s:g} s"
                findings.warnings.append(f"no answer to a prompt of {tokens} tokens: {why}")
                return

    def _sustained(self) -> None:
        findings, time_s = self.findings, self.findings.plan.sustained_s
        usable = [load for load in findings.main if load.counted and load.concurrency]
        if time_s is None or self.interrupt() or findings.lost or not usable:
            return
        level = at_operating_point(usable).level
        self._enter(Phase.SUSTAINED, self.reporter.stages, level)
        if findings.here:
            findings.sensor_log.start()
        findings.sustained = self._load(findings.workload, level, for_s=time_s)

    def _replay(self) -> None:
        """A fixed list of requests, one by one: what others will be asked as well."""
        findings, plan = self.findings, self.findings.plan
        if not plan.replay or self.interrupt() or findings.lost:
            return
        level = Level(concurrency=1)
        self._enter(Phase.REPLAY, self.reporter.stages, level)
        source = Source(self.requests, findings.workload)
        lines = [asking_to_go_on(source.line()) for _ in range(plan.replay)]
        reuse = findings.workload.repeats_prefixes
        replay = play(
            findings.server,
            [
                self.requests.encode(
                    each.prompt, each.words, each.output_tokens, reuse_prefix=reuse
                )
                for each in lines
            ],
            findings.workload,
            concurrency=1,
            max_time_s=plan.max_time_s,
            gate=OpenGate(),
            interrupted=self.interrupt,
            watch=self.reporter.watch,
        )
        findings.replay = tuple(lines[: len(replay.answered)]), replay

    def _load(
        self,
        workload: Workload,
        level: Level,
        *,
        for_s: float | None = None,
    ) -> Measured | None:
        """One load, as long as the plan says or exactly `for_s`; None if the server is gone."""
        findings = self.findings
        try:
            return measure(
                findings.server,
                self.requests,
                workload,
                level=level,
                precision=findings.plan.precision if for_s is None else None,
                max_time_s=for_s or findings.plan.max_time_s,
                interrupted=self.interrupt,
                watch=self.reporter.watch,
            )
        except AdvisorError as error:
            if not findings.main:
                raise
            findings.lost = str(error)
            return None

    def _lose(self, measured: Measured) -> None:
        """Not one request came through. Raises AdvisorError if none ever did."""
        findings = self.findings
        failures = [seen.reading for seen in measured.observations if error_kind(seen)]
        if failures:
            last = failures[-1]
            kind, detail = str(last.error), last.error_detail
        else:
            kind, detail = "too_slow", f"no answer ended within {findings.plan.max_time_s:g} s"
        error = no_answer(findings.server, findings.plan.model, kind, detail)
        if not findings.main:
            raise error
        findings.lost = f"at {measured.level} {error}"

    def _enter(
        self,
        phase: Phase,
        stage: int = 0,
        level: Level | None = None,
    ) -> None:
        if self.findings.main and phase is not Phase.EVALUATE:
            self.keep()
        plan = self.findings.plan
        stages_left = self.reporter.stages - max(0, stage - 1)
        sustained_s = plan.sustained_s or 0.0
        trials_s = 2 * plan.energy.trials * plan.energy.trial_s
        of = None
        left_s = stages_left * plan.max_time_s + sustained_s
        if phase in BEFORE_TRIALS:
            left_s += trials_s
        if phase is Phase.CALIBRATE:
            left_s += CALIBRATION_S + plan.energy.baseline_s
        elif phase is Phase.IDLE:
            left_s += plan.energy.baseline_s
        elif phase is Phase.ENERGY:
            of = plan.energy.trials
            left_s = 2 * (of - stage + 1) * plan.energy.trial_s
            left_s += len(set(plan.contexts)) * plan.max_time_s + sustained_s
        elif phase is Phase.SUSTAINED:
            left_s = sustained_s
        elif phase is Phase.EVALUATE:
            left_s = EVALUATION_S
        self.reporter.enter(phase, stage=stage, of=of, level=level, left_s=left_s)
