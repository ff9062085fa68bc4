"""How is the verdict said, with the number that decided and what it does not weigh?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from advisor.advice.actions_document import CheapestPart
from advisor.advice.document import Comparison, Split
from advisor.advice.flow import Decision, Leaf, Missing, Outcome, Verdict
from advisor.advice.situation import Situation
from advisor.economics.capacity import Capacity, capacity
from advisor.economics.ski_rental import Allowance
from advisor.economics.split import BestSplit

IN_WORDS = {
    Missing.USAGE: "how many tokens you use a month (advisor usage import counts them)",
    Missing.BOX_PRICE: "what the box costs (box.price_usd)",
    Missing.API_PRICE: "what {api} charges (its prices under [[api]])",
    Missing.ELECTRICITY: "what the box draws (advisor bench, or box.active_power_w)",
}

WEIGHED = (Leaf.PAYS_BACK, Leaf.PAYS_BACK_LATE, Leaf.SENSITIVE)
"""Where the flow came as far as a box."""

ANSWERS = {
    Decision.LOCAL: "run it on your own box",
    Decision.API: "stay with the API",
    Decision.HYBRID: "use both",
    Decision.MEASURE: "measure first",
}


def summary(
    situation: Situation,
    outcome: Outcome,
    verdict: Verdict,
    baseline: Comparison | None,
    *,
    same_model: Comparison | None,
    splits: Sequence[Split],
    best_split: BestSplit | None,
    wait_until_month: int | None,
    not_bought_yet: Allowance | None,
    privacy_premium_usd_per_month: float | None,
) -> str:
    """The verdict in plain English with the number that decided.

    Like goes first: where an API hosts the very model that was measured and the baseline is
    another one, the answer against that API comes before the baseline's.
    """
    name = baseline.name if baseline else "an API"
    limit = f"{situation.policy.break_even_below_months:g} months"
    money = situation.inputs.currency.shown.text
    if verdict is Verdict.MEASURE_FIRST:
        return _measure_first(outcome, baseline, money)
    if verdict is Verdict.API_FREE_TIER:
        return "Stay with an API: so little use fits a free tier or its cheapest model."
    if verdict in (Verdict.LOCAL_FOR_PRIVACY, Verdict.SPLIT_SENSITIVE):
        private = _private(situation, verdict, name, privacy_premium_usd_per_month)
        return private + _more_than_must(situation, best_split)
    first = _like_first(baseline, same_model)
    if verdict is Verdict.WAIT_UNTIL:
        as_good = _if_as_good(outcome, baseline)
        return (
            f"{first}{_wait(name, not_bought_yet, money)} From month {wait_until_month} on the box "
            f"would pay for itself within {limit}{as_good}."
        )
    if verdict is Verdict.STAY_WITH_API:
        return f"{first}Stay with {name}: {_why_api(outcome, baseline, limit)}."
    if verdict is Verdict.LOCAL:
        as_good = _if_as_good(outcome, baseline)
        return f"{first}Run it on your own box: {_pays_back(baseline)}{as_good}."
    share = next(
        (each.local_share for each in splits if verdict.value == f"split_{each.kind}"), 1.0
    )
    rest = f"the {1 - share:.0%} that it cannot serve"
    if best_split is not None and best_split.is_mixed:
        share = best_split.months[0].local_share
        rest = f"the other {1 - share:.0%}"
    return (
        f"{first}Split it: {share:.0%} of the load on your own box, {rest} at {name}; "
        f"{_pays_back(baseline)}{_if_as_good(outcome, baseline)}"
        f"{_saved(situation, best_split, name)}."
    )


def with_measuring(text: str, verdict: Verdict, worth: str | None) -> str:
    """The summary with what the best measurement is worth, where one pays."""
    if worth is None:
        return text
    if verdict is Verdict.MEASURE_FIRST:
        return f"{text} {worth[:1].upper()}{worth[1:]}."
    return f"{text} Before you decide, measuring pays: {worth}."


def _wait(name: str, rule: Allowance | None, money: Callable[[float], str]) -> str:
    """How long to wait, in dollars, where the rule says to buy within the horizon."""
    if rule is None or not rule.still_to_spend_usd or rule.month is None:
        return f"Wait, and stay with {name} for now."
    return (
        f"Wait until you have spent {money(rule.still_to_spend_usd)} more on {name} (in "
        f"{rule.month:.1f} months, if all moves as stated): whoever buys then pays at most "
        f"{promised(rule.at_most_times_hindsight)} times the best cost in hindsight."
    )


def promised(at_most_times: float) -> str:
    """A factor that nothing exceeds, so rounded up."""
    return f"{ceil(at_most_times * 100 - 1e-6) / 100:g}"


def _saved(situation: Situation, best_split: BestSplit | None, name: str) -> str:
    """What the cheapest split saves over the horizon."""
    if best_split is None or best_split.api_only_usd is None:
        return ""
    months, money = situation.inputs.horizon.months, situation.inputs.currency.shown.text
    if not best_split.uses_box:
        return f"; over the {months} months of the horizon, though, {name} alone costs less"
    saved = best_split.api_only_usd - best_split.usd
    return f"; over {months} months the split saves {money(saved)} against {name} alone"


def _more_than_must(situation: Situation, best_split: BestSplit | None) -> str:
    """That more than what must not leave is best kept on the box, where it is."""
    must = situation.inputs.usage.sensitive_share
    share = 0.0 if best_split is None else best_split.months[0].local_share
    if share < must + 0.005:
        return ""
    return f" The cheapest split has {share:.0%} of the load on the box."


def cheaper_still(situation: Situation, outcome: Outcome, cheapest: CheapestPart | None) -> str:
    """A sentence to follow the verdict, where a rented GPU or a candidate costs least of all; empty
    where no cost decided, as while the use is not stable."""
    if cheapest is None or outcome.leaf not in WEIGHED:
        return ""
    kind, _, name = cheapest.action.partition(":")
    if kind not in ("rented", "candidate"):
        return ""
    what = f"renting {name}" if kind == "rented" else f"{name} in place of this box"
    if kind == "rented" and situation.upkeep_usd_per_month:
        what += " (its upkeep not counted)"
    return (
        f" Of all that was weighed, {what} costs least: ${cheapest.usd_12_months:,.0f} in 12 "
        f"months, ${cheapest.less_than_decided_usd:,.0f} less."
    )


def _like_first(baseline: Comparison | None, same_model: Comparison | None) -> str:
    """What the answer is against the same open model, where the baseline is another one."""
    if baseline is None or same_model is None or baseline.same_open_model:
        return ""
    return (
        f"Like with like ({same_model.name} hosts the same open model): "
        f"{ANSWERS[same_model.decision]}, {_when(same_model)}. "
        f"Against {baseline.name}, another model: "
    )


def _when(compared: Comparison) -> str:
    months = compared.break_even_months_simple
    if compared.local_usd_per_month is None:
        return "as the box's cost is unknown"
    return "as the box never pays" if months is None else f"as the box pays in {months:.1f} months"


def _if_as_good(outcome: Outcome, baseline: Comparison | None) -> str:
    """The condition that no cost can show: another model may do the work better."""
    on_money = outcome.leaf in (Leaf.PAYS_BACK, Leaf.PAYS_BACK_LATE)
    if baseline is None or baseline.same_open_model or not on_money:
        return ""
    return f", if its model does the work as well as {baseline.name}"


def _private(situation: Situation, verdict: Verdict, name: str, premium: float | None) -> str:
    """Where data must not leave: what it costs, or that the box is too small for them."""
    usage = situation.inputs.usage
    here = f"the {usage.sensitive_share:.0%} that must not leave"
    served = capacity(situation.inputs.case())
    load = served.utilization * usage.sensitive_share if isinstance(served, Capacity) else 0.0
    has_rest = verdict is Verdict.SPLIT_SENSITIVE and usage.sensitive_share < 1
    rest = f", the rest goes to {name}" if has_rest else ""
    if load > 1:
        return (
            f"Run what must not leave on your own machines{rest}; this box alone serves only "
            f"{1 / load:.0%} of it."
        )
    costs = _premium(name, premium, situation.inputs.currency.shown.text)
    if has_rest:
        return f"Split it: {here} on your own box{rest}{costs}."
    return f"Run it on your own box for privacy, as the data must not leave{costs}."


def _measure_first(
    outcome: Outcome, baseline: Comparison | None, money: Callable[[float], str]
) -> str:
    api = baseline.name if baseline else "the API"
    wanted = [IN_WORDS[missing].replace("{api}", api) for missing in outcome.measure_first]
    listed = ", ".join([*wanted[:-2], " and ".join(wanted[-2:])])
    text = f"Measure first: what is missing is {listed}"
    if baseline is None:
        return f"{text}."
    hints = []
    if baseline.break_even_tokens_per_month is not None:
        millions = baseline.break_even_tokens_per_month / 1e6
        hints.append(f"more than {millions:,.2f} M tokens a month")
    if baseline.highest_box_price_usd is not None:
        hints.append(f"a box under {money(baseline.highest_box_price_usd)}")
    if not hints:
        return f"{text}."
    return (
        f"{text}; against {baseline.name} a box pays back in 12 months with {' or '.join(hints)}."
    )


def _why_api(outcome: Outcome, baseline: Comparison | None, limit: str) -> str:
    if outcome.leaf is Leaf.UNSTABLE:
        return "the usage is not stable yet"
    if outcome.leaf is Leaf.NO_MAINTAINER:
        return "nobody can maintain a box"
    another = baseline is not None and not baseline.same_open_model
    even = ", even if its model does the work as well" if another else ""
    if baseline is None or baseline.break_even_months_simple is None:
        return f"the box never pays for itself{even}"
    months = baseline.break_even_months_simple
    return f"the box takes {months:.1f} months to pay for itself, not under {limit}{even}"


def _pays_back(baseline: Comparison | None) -> str:
    if baseline is None or baseline.break_even_months_simple is None:
        return "it costs less than an API"
    months = baseline.break_even_months_simple
    return f"it pays for itself in {months:.1f} months against {baseline.name}"


def _premium(name: str, usd_per_month: float | None, money: Callable[[float], str]) -> str:
    if usd_per_month is None:
        return ""
    if usd_per_month <= 0:
        return f"; over the first year it also saves {money(-usd_per_month)} a month against {name}"
    return f"; over the first year that costs {money(usd_per_month)} a month more than {name}"
