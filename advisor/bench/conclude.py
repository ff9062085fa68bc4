"""What is written down of a measurement? Its document, with a reason for everything unknown."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from advisor.bench.capacity import NONE_MEETS, NOT_SATURATED, capacity, tried
from advisor.bench.document import (
    Bench,
    Capacity,
    Model,
    OperatingPoint,
    Samples,
    ServerFacts,
    Stage,
    Sustained,
    Workload,
)
from advisor.bench.energy import TOKEN_COSTS
from advisor.bench.energy_document import EnergyTrials
from advisor.bench.energy_evaluation import EnergyEvaluation
from advisor.bench.findings import Findings
from advisor.bench.metrics import DEFINITIONS
from advisor.bench.operating import METHOD, Cycles, at_operating_point, busy_rates, cycles
from advisor.bench.plan import BenchRun
from advisor.bench.plausibility import suspects
from advisor.bench.roof import Roof
from advisor.bench.sensor_log import DRIFT_C
from advisor.bench.stage import Measured, samples, summarize
from advisor.bench.sustained import sustained
from advisor.documents import Unknown, Unknowns, new_id

PROMPTS = "common English words of four letters, in another random order for each request"
USERS_PROMPTS = "{} prompts of the user's own, in random order"
UNTOLD_CACHE = "prompts have parts in common, and the server does not tell what it had cached"
NOT_PAID = "no paid API was measured"
NOTHING_BESIDE = "no API was asked to do the same work (--beside)"
ONE_MIX = "needs two mixes at the operating point"


def conclude(
    findings: Findings,
    *,
    machine_id: str | Unknown,
    measured_on: str,
    model: Model,
    roof: Roof | None,
    sockets: int | None,
) -> BenchRun:
    """The document and the samples. See `run_bench` for the parameters."""
    unknowns = Unknowns()
    evaluation = _Evaluation(findings, unknowns, EnergyEvaluation(findings, unknowns, sockets))
    stages = tuple(
        evaluation.stage(f"stages[{i}]", measured) for i, measured in enumerate(findings.main)
    )
    trials = evaluation.power.trials()
    point, stages = evaluation.operating_point(stages, trials)
    contexts = tuple(
        evaluation.stage(f"contexts[{i}]", load) for i, load in enumerate(findings.contexts)
    )
    long_load = evaluation.sustained()
    limits = _capacity(findings, stages, unknowns)
    run_id = new_id()
    route = findings.server.endpoint.route
    others = [findings.second, *findings.contexts, findings.sustained]
    tried_loads = [load for pair in findings.trials for load in pair]
    loads = [*findings.main, *(load for load in others if load), *tried_loads]
    warnings = [*findings.warnings, *(note for load in loads for note in load.notes)]
    if findings.lost:
        warnings.append(f"the rest was not measured: {findings.lost}")
    evaluation.unknowns.reasons |= {"spend": NOT_PAID, "same_work": NOTHING_BESIDE}
    document = Bench(
        id=run_id,
        started_at=findings.started_at,
        duration_s=findings.duration_s,
        machine=unknowns.settle("machine", machine_id),
        measured_on=measured_on,
        server=ServerFacts(
            kind=findings.server.kind,
            version=unknowns.settle("server.version", findings.server.version),
            url=findings.server.endpoint.url,
            http_version="2" if route.http2 else "1.1",
            proxies=(route.proxy.place,) if route.proxy else (),
        ),
        model=model,
        workload=_workload(findings),
        partial=_is_partial(findings, stages, point),
        first_request=findings.first_request,
        stages=stages,
        operating_point=point,
        capacity=limits,
        contexts=contexts,
        sustained=long_load,
        baselines=evaluation.power.baselines(),
        energy_trials=trials,
        suspect=suspects(stages, roof, cache_expected=findings.workload.repeats_prefixes),
        warnings=tuple(dict.fromkeys(warnings)),
        assumptions=tuple(findings.assumptions),
        definitions=DEFINITIONS,
        unknown=unknowns.reasons,
    )
    kept = Samples(id=run_id, stages=tuple(samples(load) for load in loads))
    return BenchRun(document, kept, findings.interrupted)


@dataclass(slots=True)
class _Evaluation:
    findings: Findings
    unknowns: Unknowns
    power: EnergyEvaluation

    def stage(self, path: str, measured: Measured) -> Stage:
        """A load's entry, with the reason for each value that it lacks."""
        energy = self.unknowns.settle(f"{path}.energy", self.power.of_stage(path, measured))
        held_back_by = self.findings.sensor_log.held_back_by(measured.span)
        if held_back_by:
            reasons = ", ".join(held_back_by)
            self.findings.warnings.append(
                f"{measured.level}: the graphics driver held the clocks back ({reasons})"
            )
        heat_c = self.findings.sensor_log.temperature_c(measured.span)
        drifting = heat_c is not None and heat_c[1] - heat_c[0] > DRIFT_C
        if heat_c is not None and drifting:
            self.findings.warnings.append(
                f"{measured.level}: the box was still warming, from {heat_c[0]:.0f} to "
                f"{heat_c[1]:.0f} °C: --sustained shows how it does once it is warm"
            )
        stage = msgspec.structs.replace(
            summarize(measured, energy, self.findings.plan.slo),
            held_back_by=held_back_by,
            temperature_c=heat_c,
            drifting=drifting,
        )
        gaps = _gaps(stage)
        if "prefill_tok_per_s" in gaps and measured.workload.repeats_prefixes:
            gaps["prefill_tok_per_s"] = UNTOLD_CACHE
        for name, reason in gaps.items():
            self.unknowns.reasons[f"{path}.{name}"] = reason
        return stage

    def sustained(self) -> Sustained | None:
        """The long load, where one was asked for."""
        load, log = self.findings.sustained, self.findings.sensor_log
        if load is None:
            reason = (
                "a long load (--sustained) was not asked for"
                if self.findings.plan.sustained_s is None
                else "the long load was not measured"
            )
            return self.unknowns.settle("sustained", Unknown(reason))
        stage = self.stage("sustained.stage", load)
        return self.unknowns.settle("sustained", sustained(load, stage, log, self.findings.meter))

    def operating_point(
        self, stages: tuple[Stage, ...], trials: EnergyTrials | None
    ) -> tuple[OperatingPoint | None, tuple[Stage, ...]]:
        """The whole server's rates, and the stages with the joules per token that follow."""
        findings = self.findings
        mixes = self._two_mixes()
        if isinstance(mixes, Unknown):
            self.unknowns.reasons["operating_point"] = mixes.reason
            return None, stages
        chosen, second, one, other = mixes
        streams = chosen.concurrency or 1
        rates = busy_rates(one, other, streams)
        if isinstance(rates, Unknown):
            self.unknowns.reasons["operating_point.prefill_tok_per_s"] = rates.reason
            self.unknowns.reasons["operating_point.decode_tok_per_s"] = rates.reason
        known = None if isinstance(rates, Unknown) else rates
        at = findings.main.index(chosen)
        energy = self.power.with_token_costs(at, stages[at].energy, (one, other), trials)
        stages = (
            *stages[:at],
            msgspec.structs.replace(stages[at], energy=energy),
            *stages[at + 1 :],
        )
        point = OperatingPoint(
            concurrency=streams,
            prefill_tok_per_s=known.prefill_tok_per_s if known else None,
            prefill_ci95=known.prefill_ci95 if known else None,
            decode_tok_per_s=known.decode_tok_per_s if known else None,
            decode_ci95=known.decode_ci95 if known else None,
            method=f"{METHOD}; of the concurrencies measured the one with the highest output rate",
            stages=(self.stage("operating_point.stages[0]", second),),
        )
        return point, stages

    def _two_mixes(self) -> tuple[Measured, Measured, Cycles, Cycles] | Unknown:
        findings = self.findings
        if not findings.plan.second_mix:
            return Unknown("a second mix was not asked for")
        if not any(load.concurrency for load in findings.main):
            return Unknown("needs a closed loop (--concurrency): an open one lets the server rest")
        if not findings.knows_work:
            return Unknown(UNTOLD_CACHE)
        if findings.second is None or not findings.second.counted:
            return Unknown("the second mix was not measured")
        chosen = at_operating_point(
            [load for load in findings.main if load.counted and load.concurrency]
        )
        found: list[Cycles] = []
        for load in (chosen, findings.second):
            cut = cycles(load.observations, load.tokens, load.span)
            if isinstance(cut, Unknown):
                return cut
            found.append(cut)
        return chosen, findings.second, found[0], found[1]


def _capacity(findings: Findings, stages: tuple[Stage, ...], unknowns: Unknowns) -> Capacity | None:
    plan = findings.plan
    if not plan.sweep and not plan.slo:
        unknowns.reasons["capacity"] = "neither a sweep (--sweep) nor an SLO (--slo) was asked for"
        return None
    found = capacity(tried(findings.main, plan.slo), stages, swept=plan.sweep)
    for name, chosen, reason in (
        ("saturation", found.saturation, NOT_SATURATED if plan.sweep else "no sweep was asked for"),
        ("within_slo", found.within_slo, NONE_MEETS if plan.slo else "no SLO was asked for"),
    ):
        if chosen is None:
            unknowns.reasons[f"capacity.{name}"] = reason
    return found


def _workload(findings: Findings) -> Workload:
    asked, run = findings.plan.workload, findings.workload
    wanted, typical = asked.typical, run.typical
    return Workload(
        name=asked.name,
        input_tokens=None if run.prompts else typical.input_tokens,
        input_tokens_p95=run.input_tokens.p95 and run.shared_prefix_tokens + run.input_tokens.p95,
        output_tokens=typical.output_tokens,
        output_tokens_p95=run.output_tokens.p95,
        shared_prefix_tokens=run.shared_prefix_tokens,
        turns=run.turns,
        scaled_from=None if run == asked else (wanted.input_tokens, wanted.output_tokens),
        seed=findings.seed,
        prompts=USERS_PROMPTS.format(len(run.prompts)) if run.prompts else PROMPTS,
        tokens_per_word=findings.tokens_per_word,
        source=run.source,
    )


def _is_partial(
    findings: Findings, stages: tuple[Stage, ...], point: OperatingPoint | None
) -> bool:
    """Whether something that was asked for is missing or failed."""
    return bool(
        findings.interrupted
        or findings.lost
        or len(stages) < len(findings.plan.levels)
        or len(findings.contexts) < len(findings.plan.contexts)
        or (findings.plan.sustained_s is not None and findings.sustained is None)
        or (findings.meter is not None and len(findings.trials) < findings.plan.energy.trials)
        or any(stage.errors or not stage.requests for stage in stages)
        or (findings.plan.second_mix and findings.knows_work and point is None)
        or (point is not None and any(stage.errors for stage in point.stages))
    )


def _gaps(stage: Stage) -> dict[str, str]:
    """Why a stage lacks what it lacks."""
    if not stage.requests:
        return {"requests": "not one request came through"}
    closed = "a closed loop: each answer is followed by the next request"
    if stage.concurrency is None:
        gaps = {"concurrency": "an open loop: requests come whether others are answered or not"}
    else:
        gaps = dict.fromkeys(("rate", "arrivals", "in_flight"), closed)
    if stage.goodput is None:
        gaps["goodput"] = "no SLO was asked for"
    if stage.prefill_tok_per_s is None:
        one = "the server does not count input tokens"
        several = "above concurrency 1 only the server's own prefill times tell, and it has none"
        gaps["prefill_tok_per_s"] = one if stage.concurrency == 1 else several
    if stage.decode_tok_per_s is None:
        gaps["decode_tok_per_s"] = "no answer had two tokens at different times"
    if stage.cross_check is None:
        gaps["cross_check"] = "the server reports neither timings nor totals of its own"
    if stage.output_tok_per_s is not None and stage.output_tok_per_s.ci95 is None:
        gaps["output_tok_per_s.ci95"] = "too few answers"
    if stage.energy is not None:
        gaps |= {f"energy.{name}": ONE_MIX for name in TOKEN_COSTS}
    return gaps
