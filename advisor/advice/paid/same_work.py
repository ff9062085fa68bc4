"""What do a box and the APIs beside it make of the same requests, and at what price?"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import msgspec

from advisor.advice.paid.measure import PaidBench
from advisor.advice.quality import is_same_model
from advisor.bench.document import Bench, Stage
from advisor.bench.energy import LEAST_SHARE
from advisor.bench.paid import ELSEWHERE
from advisor.bench.plan import Replayed
from advisor.bench.replay import stage_of
from advisor.bench.same_work import SameWork, Side
from advisor.documents import Unknown, Unknowns

J_PER_KWH = 3.6e6
SAME_LENGTH = 0.02
NOTHING_TO_COMPARE = (
    "no API was asked: the local server ended none of the requests meant for both in time "
    "(--max-time)"
)
NO_RUNNING_COST = "an API bills by the token, not by the time"


def with_same_work(
    bench: Bench,
    replayed: Replayed,
    apis: Sequence[PaidBench],
    failures: Sequence[str],
    *,
    usd_per_kwh: float,
) -> Bench:
    """The box's document with one side for the box and one for each API, in that order.

    `failures` says which APIs could not be measured, and why.
    """
    local = local_side(bench, replayed, usd_per_kwh)
    work = SameWork(
        requests=len(replayed.script),
        seed=bench.workload.seed,
        usd_per_kwh=usd_per_kwh,
        sides=(local, *(api_side(each, bench, local) for each in apis)),
    )
    unknown = {path: reason for path, reason in bench.unknown.items() if path != "same_work"}
    return msgspec.structs.replace(
        bench, same_work=work, unknown=unknown, warnings=(*bench.warnings, *failures)
    )


def with_warning(bench: Bench, warning: str) -> Bench:
    """The document with one more warning, which is also why there is no same work."""
    return msgspec.structs.replace(
        bench,
        unknown={**bench.unknown, "same_work": warning},
        warnings=(*bench.warnings, warning),
    )


def local_side(bench: Bench, replayed: Replayed, usd_per_kwh: float) -> Side:
    """The box: its joules by its meter, its dollars by the tariff."""
    unknowns = Unknowns()
    total, marginal = _joules(replayed)
    for name, joules in (("", total), ("_marginal", marginal)):
        unknowns.settle(f"j_per_request{name}", joules)
        unknowns.settle(f"usd_per_1000_requests{name}", joules)
    total_j, marginal_j = (None if isinstance(j, Unknown) else j for j in (total, marginal))
    differs = ("its weights are random: its text means nothing",) if bench.model.synthetic else ()
    return _side(
        stage_of(replayed.replay),
        name=bench.measured_on,
        kind="local",
        model=bench.model.name,
        quantization=bench.model.quantization,
        usd_per_1000_requests=_usd(total_j, usd_per_kwh),
        usd_per_1000_requests_marginal=_usd(marginal_j, usd_per_kwh),
        j_per_request=total_j,
        j_per_request_marginal=marginal_j,
        spend=None,
        differs=differs,
        unknown=unknowns.reasons,
    )


def api_side(paid: PaidBench, local_bench: Bench, local: Side) -> Side:
    """An API: its dollars by what it billed for these very answers."""
    document = paid.run.document
    replay = paid.done.replays[0]
    bills = [seen.reading.billing for seen in replay.answered]
    costs_usd = [
        bill.cost_usd if bill.cost_usd is not None else paid.rates.cost_usd(bill)
        for bill in bills
        if bill is not None
    ]
    unknown = {
        "quantization": "the API does not tell it",
        "j_per_request": ELSEWHERE,
        "j_per_request_marginal": ELSEWHERE,
        "usd_per_1000_requests_marginal": NO_RUNNING_COST,
    }
    if not costs_usd:
        unknown["usd_per_1000_requests"] = "no answer told its usage"
    stage = document.stages[0]
    return _side(
        stage,
        name=document.measured_on,
        kind="api",
        model=document.model.name,
        quantization=None,
        usd_per_1000_requests=1000 * fmean(costs_usd) if costs_usd else None,
        usd_per_1000_requests_marginal=None,
        j_per_request=None,
        j_per_request_marginal=None,
        spend=document.spend,
        differs=_differences(document, stage, local_bench, local),
        unknown=unknown,
    )


def _differences(api: Bench, stage: Stage, local_bench: Bench, local: Side) -> tuple[str, ...]:
    """What keeps the two from being the same work, in plain words."""
    quantization = local_bench.model.quantization or "an unknown quantization"
    found = []
    if not is_same_model(local_bench.model.name, api.model.name):
        found.append(
            "another model, as far as the names tell: its answers are of another quality by "
            "construction"
        )
    else:
        found.append(
            f"the same open model by name, here as {quantization}; the API does not tell its "
            "quantization, so the quality of answers may differ"
        )
    ours, theirs = local.input_tokens, stage.input_tokens
    if ours and theirs and abs(ours - theirs) > SAME_LENGTH * ours:
        found.append(
            f"another tokenizer or chat template: the same prompts are {ours:.0f} tokens here and "
            f"{theirs:.0f} there"
        )
    told, asked = stage.output_tokens, stage.output_tokens_asked
    if told and asked and told < (1 - SAME_LENGTH) * asked:
        found.append(
            f"its answers ended by themselves at {told:.0f} of the {asked} tokens asked, as an API "
            "cannot be told to go on"
        )
    found.append("its times hold the way over the network and back")
    return tuple(found)


def _side(stage: Stage, **rest: object) -> Side:
    return Side(
        requests=stage.requests,
        errors=stage.errors,
        stopped_by=stage.stopped_by,
        input_tokens=stage.input_tokens,
        output_tokens=stage.output_tokens,
        ttft_ms=stage.ttft_ms,
        e2e_ms=stage.e2e_ms,
        decode_tok_per_s=stage.decode_tok_per_s,
        output_tok_per_s=stage.output_tok_per_s,
        **rest,  # type: ignore[arg-type]
    )


def _joules(replayed: Replayed) -> tuple[float | Unknown, float | Unknown]:
    """Joules of one request: all that the box drew meanwhile, and without its idle share.

    The meter's own figures where the whole box's are unknown.
    """
    energy = replayed.energy
    if isinstance(energy, Unknown):
        return energy, energy
    box = energy.box
    active_w = box.active_w if box and box.active_w is not None else energy.active_w
    idle_w = box.idle_w if box and box.active_w is not None else energy.idle_w
    if active_w is None:
        return Unknown("the power was not read"), Unknown("the power was not read")
    seconds = replayed.replay.measured.span.seconds / len(replayed.replay.answered)
    if idle_w is None:
        return active_w * seconds, Unknown("the idle power is not known")
    if active_w - idle_w <= LEAST_SHARE * active_w:
        return active_w * seconds, Unknown("the load drew no more than the idle box")
    return active_w * seconds, (active_w - idle_w) * seconds


def _usd(joules: float | None, usd_per_kwh: float) -> float | None:
    return None if joules is None else 1000 * joules / J_PER_KWH * usd_per_kwh
