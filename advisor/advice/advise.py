"""So what should we do, and why? From a scenario (and a measurement) to the whole advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.advice.action_costs import local_with_overflow_usd
from advisor.advice.assumptions import assumptions
from advisor.advice.best_split import found_split
from advisor.advice.candidate_part import candidate_parts
from advisor.advice.carbon import carbon_part
from advisor.advice.cheapest import cheapest_part, reversals
from advisor.advice.checks import (
    SCOPE,
    exclusions,
    regret_checks,
    verdict_of,
    wait_until_month,
)
from advisor.advice.comparison import (
    capacity_part,
    comparisons,
    electricity_part,
    prices_needed,
)
from advisor.advice.cumulative_part import cumulative_part
from advisor.advice.currency import currency_part
from advisor.advice.document import Advice, Comparison, MeasuredPart, Split
from advisor.advice.flip_points import with_flip_points
from advisor.advice.flips import answer_flips, flips
from advisor.advice.flow import Outcome, Verdict
from advisor.advice.futures import regret_table, splits
from advisor.advice.inputs import Scenario
from advisor.advice.measured import Filled, MeasuredBox, fill
from advisor.advice.not_bought_yet import not_bought_yet
from advisor.advice.options import recommend
from advisor.advice.policy import Policy
from advisor.advice.pricing import ListedPrice, PriceLookup, baseline_index, price_apis
from advisor.advice.quality import like_with_like, with_likeness
from advisor.advice.regret_part import allowance_part, split_part
from advisor.advice.rented_part import rented_parts
from advisor.advice.situation import Situation
from advisor.advice.summary import cheaper_still, summary
from advisor.documents import Unknown, Unknowns


@dataclass(frozen=True, slots=True)
class Ready:
    """A scenario with everything that it rests on, ready to be decided."""

    situation: Situation
    scenario: Scenario
    filled: Filled
    measured: MeasuredBox | None
    price_book_identity: str


def ready(
    scenario: Scenario,
    *,
    price_lookup: PriceLookup,
    price_book_identity: str,
    measured: MeasuredBox | None = None,
    same_model_hosted: Sequence[ListedPrice] = (),
    policy: Policy | None = None,
) -> Ready:
    """Fills in what was measured, prices the APIs and chooses the baseline. Raises InputError."""
    filled = fill(scenario.inputs, measured)
    apis = price_apis(filled.inputs, price_lookup, same_model_hosted)
    situation = Situation(
        filled.inputs,
        apis,
        baseline_index(filled.inputs, apis),
        policy or scenario.policy,
        scenario.guessed,
    )
    return Ready(situation, scenario, filled, measured, price_book_identity)


def advise(
    scenario: Scenario,
    *,
    price_lookup: PriceLookup,
    price_book_identity: str,
    measured: MeasuredBox | None = None,
    same_model_hosted: Sequence[ListedPrice] = (),
    policy: Policy | None = None,
) -> Advice:
    """The advice for a scenario. Pure: equal arguments give an equal document.

    `price_lookup` is asked for APIs without prices of their own; `same_model_hosted` are offers of
    the measured open model, added to the comparison. What the scenario leaves out is taken from
    `measured`; what it states stands. Raises InputError for tariff bands that make no sense.
    """
    return advise_on(
        ready(
            scenario,
            price_lookup=price_lookup,
            price_book_identity=price_book_identity,
            measured=measured,
            same_model_hosted=same_model_hosted,
            policy=policy,
        )
    )


def advise_on(start: Ready) -> Advice:
    """The advice for a scenario that is ready."""
    situation, filled, measured = start.situation, start.filled, start.measured
    outcome = situation.outcome()
    case = filled.inputs.case()
    unknown = Unknowns()
    compared = with_likeness(comparisons(situation, unknown), measured)
    baseline = None if situation.baseline is None else compared[situation.baseline]
    later = wait_until_month(situation, outcome)
    verdict = verdict_of(situation, outcome)
    hybrids = splits(situation)
    turns = flips(situation)
    rented = rented_parts(situation, unknown)
    candidates = candidate_parts(situation, unknown)
    cheapest = cheapest_part(situation, outcome, hybrids, rented)
    premium = unknown.settle(
        "privacy_premium_usd_per_month", _privacy_premium_usd(outcome, baseline, hybrids)
    )
    owned = situation.inputs.box.already_owned
    rule = None if owned else unknown.settle("ski_rental", not_bought_yet(situation))
    split = unknown.settle("best_split", found_split(situation))
    waits = verdict is Verdict.WAIT_UNTIL
    return Advice(
        basis="measurement" if filled.supplied else "scenario",
        decision=outcome.decision,
        verdict=verdict,
        summary=summary(
            situation,
            outcome,
            verdict,
            baseline,
            same_model=like_with_like(compared),
            splits=hybrids,
            best_split=split,
            wait_until_month=later,
            not_bought_yet=rule,
            privacy_premium_usd_per_month=premium,
        )
        + cheaper_still(situation, outcome, cheapest),
        leaf=outcome.leaf,
        provisional=outcome.provisional,
        measure_first=outcome.measure_first,
        overruled=outcome.overruled,
        wait_until_month=later,
        wait_until_spent_usd=rule.still_to_spend_usd if waits and rule is not None else None,
        privacy_premium_usd_per_month=premium,
        baseline=baseline.name if baseline else None,
        reversed_by=reversals(outcome, compared, rented, candidates, cheapest),
        exclusions=exclusions(situation),
        path=with_flip_points(situation, outcome, turns, unknown),
        recommendations=recommend(
            outcome.decision, outcome.leaf, filled.inputs.team.needs, situation.policy, measured
        ),
        capacity=capacity_part(case, unknown),
        local_electricity=electricity_part(case, unknown),
        local_maintenance_usd_per_month=case.maintenance.usd_per_month,
        local_capital_usd=case.box.capital_usd,
        local_usd_12_months_with_overflow=unknown.settle(
            "local_usd_12_months_with_overflow",
            local_with_overflow_usd(case, situation.baseline_price),
        ),
        comparisons=compared,
        cumulative=unknown.settle("cumulative", cumulative_part(situation)),
        rented=rented,
        candidates=candidates,
        cheapest=cheapest,
        prices_needed=prices_needed(case),
        what_would_change_it=turns,
        answers_that_would_change_it=answer_flips(situation),
        regrets=regret_checks(situation, outcome),
        hybrid_splits=hybrids,
        best_split=None if split is None else split_part(split),
        ski_rental=None if rule is None else allowance_part(rule),
        regret_table=regret_table(situation),
        assumptions=assumptions(situation, start.scenario, filled, measured),
        measured=_measured_part(situation, filled, measured) if measured else None,
        inputs=filled.inputs,
        price_book=start.price_book_identity,
        scope=SCOPE,
        carbon=carbon_part(filled.inputs, situation.apis, situation.baseline, unknown),
        currency=currency_part(filled.inputs.currency),
        unknown=unknown.reasons,
    )


def _privacy_premium_usd(
    outcome: Outcome, baseline: Comparison | None, found: Sequence[Split]
) -> float | Unknown | None:
    """What keeping data in costs a month over the API, the capital spread over a year."""
    if outcome.verdict not in (Verdict.LOCAL_FOR_PRIVACY, Verdict.SPLIT_SENSITIVE):
        return None
    private = next((each for each in found if each.kind == "sensitive_local_rest_api"), None)
    if baseline is None or baseline.api_usd_12_months is None:
        return Unknown("the API's price is unknown, so what privacy costs over it is too")
    if private is None:
        return Unknown("the box's cost is unknown, or it cannot serve all that must not leave")
    return (private.usd_12_months - baseline.api_usd_12_months) / 12


def _measured_part(situation: Situation, filled: Filled, measured: MeasuredBox) -> MeasuredPart:
    free = replace(situation, guessed=())
    decisions = tuple(
        free.with_input(key, end).outcome().decision
        for key, interval in measured.intervals().items()
        if key in filled.supplied
        for end in interval
    )
    return MeasuredPart(
        run_id=measured.run_id,
        measured_on=measured.measured_on,
        model=measured.model_name,
        server=measured.server_kind,
        concurrency=measured.concurrency,
        synthetic=measured.synthetic,
        prefill_tok_per_s=measured.prefill_tok_per_s,
        prefill_ci95=measured.prefill_ci95,
        decode_tok_per_s=measured.decode_tok_per_s,
        decode_ci95=measured.decode_ci95,
        active_power_w=measured.active_power_w,
        idle_power_w=measured.idle_power_w,
        power_grade=measured.power_grade,
        supplied=filled.supplied,
        overruled=filled.overruled,
        decisions_in_ci95=decisions,
    )
