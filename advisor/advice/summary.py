"""How is the decision said in one sentence?"""

from __future__ import annotations

from advisor.advice.document import Comparison
from advisor.advice.flow import Leaf, Missing, Outcome, Verdict
from advisor.advice.situation import Situation
from advisor.economics.capacity import Capacity, capacity

IN_WORDS = {
    Missing.USAGE: "how many tokens you use a month",
    Missing.BOX_PRICE: "what the box costs",
    Missing.API_PRICE: "what the API charges",
    Missing.ELECTRICITY: "what the box draws",
}


def summary(
    situation: Situation,
    outcome: Outcome,
    verdict: Verdict,
    baseline: Comparison | None,
    *,
    wait_until_month: int | None,
    privacy_premium_usd_per_month: float | None,
) -> str:
    """One plain English sentence with the number that decided."""
    name = baseline.name if baseline else "an API"
    limit = f"{situation.policy.break_even_below_months:g} months"
    if verdict is Verdict.MEASURE_FIRST:
        return _measure_first(outcome, baseline)
    if verdict is Verdict.API_FREE_TIER:
        return "Stay with an API: so little use fits a free tier or its cheapest model."
    if verdict is Verdict.WAIT_UNTIL:
        return (
            f"Stay with {name} for now: from month {wait_until_month} on the box would pay for "
            f"itself within {limit}."
        )
    if verdict is Verdict.STAY_WITH_API:
        return f"Stay with {name}: {_why_api(outcome, baseline, limit)}."
    if verdict is Verdict.LOCAL:
        return f"Run it on your own box: {_pays_back(baseline)}."
    if verdict is Verdict.SPLIT_BASE_LOAD:
        return (
            f"Split it: {_pays_back(baseline)}, but the box cannot serve the whole load, so what "
            f"it cannot serve goes to {name}."
        )
    return _private(situation, verdict, name, privacy_premium_usd_per_month)


def _private(situation: Situation, verdict: Verdict, name: str, premium: float | None) -> str:
    """Where data must not leave: what it costs, or that the box is too small for them."""
    usage = situation.inputs.usage
    served = capacity(situation.inputs.case())
    load = served.utilization * usage.sensitive_share if isinstance(served, Capacity) else 0.0
    has_rest = verdict is Verdict.SPLIT_SENSITIVE and usage.sensitive_share < 1
    rest = f", the rest goes to {name}" if has_rest else ""
    if load > 1:
        return (
            f"Run what must not leave on your own machines{rest}; this box alone serves only "
            f"{1 / load:.0%} of it."
        )
    if has_rest:
        return f"Split it: what must not leave runs on your own box{rest}{_premium(name, premium)}."
    return f"Run it on your own box because the data must not leave{_premium(name, premium)}."


def _measure_first(outcome: Outcome, baseline: Comparison | None) -> str:
    wanted = [IN_WORDS[missing] for missing in outcome.measure_first]
    listed = ", ".join([*wanted[:-2], " and ".join(wanted[-2:])])
    text = f"Measure first: what is missing is {listed}"
    if baseline is None:
        return f"{text}."
    hints = []
    if baseline.break_even_tokens_per_month is not None:
        millions = baseline.break_even_tokens_per_month / 1e6
        hints.append(f"more than {millions:,.2f} M tokens a month")
    if baseline.highest_box_price_usd is not None:
        hints.append(f"a box under ${baseline.highest_box_price_usd:,.0f}")
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
    if baseline is None or baseline.break_even_months_simple is None:
        return "the box never pays for itself"
    months = baseline.break_even_months_simple
    return f"the box takes {months:.1f} months to pay for itself, not under {limit}"


def _pays_back(baseline: Comparison | None) -> str:
    if baseline is None or baseline.break_even_months_simple is None:
        return "it costs less than an API"
    months = baseline.break_even_months_simple
    return f"it pays for itself in {months:.1f} months against {baseline.name}"


def _premium(name: str, usd_per_month: float | None) -> str:
    if usd_per_month is None:
        return ""
    if usd_per_month <= 0:
        return f"; over the first year it also saves ${-usd_per_month:,.2f} a month against {name}"
    return f"; over the first year that costs ${usd_per_month:,.2f} a month more than {name}"
