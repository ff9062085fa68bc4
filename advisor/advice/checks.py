"""Whom does the guide not suit, and which of its three regrets loom here? Asked every time."""

from __future__ import annotations

from advisor.advice.comparison import api_months_usd
from advisor.advice.document import Exclusion, RegretCheck
from advisor.advice.flow import Decision, Leaf, Outcome, Verdict
from advisor.advice.policy import Policy
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import simple_break_even_months
from advisor.economics.inputs import ApiPrice
from advisor.economics.local_cost import local_month

TOLD = {
    "rare_use": "For rare use an API's free tier or its cheapest model is enough; a box is not "
    "worth thinking about for its cost.",
    "validating": "While it is not certain that the use will last, prove the idea on an API first.",
    "avoid_technology": "Whoever wants nothing to do with technology is better off with a finished "
    "service than with a box or a bare API.",
    "budget_unlimited": "With an unlimited budget an enterprise plan decides on support and "
    "contracts, not on the break-even computed here.",
    "performance_at_any_price": "Where performance counts at any price, compare enterprise "
    "hardware and the strongest models; this advice weighs cost.",
}
"""Whom the guide excludes, and what it tells them."""

SCOPE = "Language models (text) only: image generation is not covered."


def exclusions(situation: Situation) -> tuple[Exclusion, ...]:
    """Whom the guide sends elsewhere, told before any number."""
    usage, team = situation.inputs.usage, situation.inputs.team
    tokens = usage.input_tokens_per_month + usage.output_tokens_per_month
    limit = situation.policy.free_tier_below_tokens_per_month
    holds = {
        "rare_use": tokens < limit and not situation.guessed,
        "validating": team.validating,
        "avoid_technology": team.avoid_technology,
        "budget_unlimited": team.budget_unlimited,
        "performance_at_any_price": team.performance_at_any_price,
    }
    return tuple(Exclusion(id=key, advice=TOLD[key]) for key, true in holds.items() if true)


def wait_until_month(situation: Situation, outcome: Outcome) -> int | None:
    """The first later month of the horizon whose costs would pay a box back in time.

    None unless growth or price changes turn an answer that the break-even alone decided.
    """
    if outcome.verdict is not Verdict.STAY_WITH_API or outcome.leaf is not Leaf.PAYS_BACK_LATE:
        return None
    limit = situation.policy.break_even_below_months
    for month in range(1, situation.inputs.horizon.months):
        pays = situation.break_even_months(situation.baseline, month)
        if isinstance(pays, float) and pays < limit:
            return month
    return None


def verdict_of(situation: Situation, outcome: Outcome) -> Verdict:
    """The outcome's verdict, or to wait where a later month of the horizon would turn it."""
    if (
        outcome.verdict is Verdict.STAY_WITH_API
        and wait_until_month(situation, outcome) is not None
    ):
        return Verdict.WAIT_UNTIL
    return outcome.verdict


def regret_checks(situation: Situation, outcome: Outcome) -> tuple[RegretCheck, ...]:
    """The guide's three regrets, each with whether it applies here and why."""
    decision = outcome.provisional or outcome.decision
    return (
        _bill_outgrows_plan(situation, outcome, decision),
        _box_nobody_maintains(situation, decision),
        _data_must_not_leave(situation, outcome, decision),
    )


def _bill_outgrows_plan(situation: Situation, outcome: Outcome, decision: Decision) -> RegretCheck:
    policy, case = situation.policy, situation.inputs.case()
    money = situation.inputs.currency.shown.text
    reasons = []
    price = situation.baseline_price
    now, year = api_months_usd(case, price, 1), api_months_usd(case, price, 12)
    if isinstance(now, Unknown) or isinstance(year, Unknown):
        bill_says = "the API's price is unknown, so its bill is too"
    else:
        bill_says = f"the bill is {money(now)} a month, {money(year)} in 12 months"
        if now > policy.budget_usd_per_month:
            reasons.append(
                f"that is above {_whose_budget(policy)} of {money(policy.budget_usd_per_month)}"
            )
    pays = situation.break_even_months(situation.baseline)
    if isinstance(pays, float) and pays < policy.break_even_below_months:
        reasons.append(f"a box would pay for itself in {pays:.1f} months")
    later = wait_until_month(situation, outcome)
    if later is not None:
        reasons.append(
            f"by month {later} a box would pay for itself within "
            f"{policy.break_even_below_months:g} months"
        )
    applies = bool(reasons)
    return RegretCheck(
        id="bill_outgrows_plan",
        question="Would an API's bill outgrow the plan?",
        applies=applies,
        choice="api",
        avoided=decision in (Decision.LOCAL, Decision.HYBRID) if applies else None,
        why="; ".join([bill_says, *(reasons or ["nothing here makes it outgrow the plan"])]),
    )


def _whose_budget(policy: Policy) -> str:
    """The budget is the guide's small team's, unless the scenario states one."""
    stated = "budget_usd_per_month" in policy.given
    return "the budget" if stated else "the guide's small-team budget"


def _box_nobody_maintains(situation: Situation, decision: Decision) -> RegretCheck:
    upkeep = situation.inputs.case().maintenance.usd_per_month
    reasons = []
    if not situation.inputs.usage.can_maintain:
        reasons.append("nobody on the team can maintain a box")
    if upkeep > 0:
        reasons.append(_upkeep_says(situation, upkeep))
    applies = not situation.inputs.usage.can_maintain or _upkeep_decides(situation)
    return RegretCheck(
        id="box_nobody_maintains",
        question="Would the box stand there with nobody to maintain it?",
        applies=applies,
        choice="local",
        avoided=decision is Decision.API if applies else None,
        why="; ".join(
            reasons or ["someone can maintain it, and its upkeep is said to cost nothing"]
        ),
    )


def _upkeep_says(situation: Situation, upkeep: float) -> str:
    decides = " and alone keeps the box from paying back in time"
    says = f"upkeep costs {situation.inputs.currency.shown.text(upkeep)} a month"
    return says + (decides if _upkeep_decides(situation) else "")


def _upkeep_decides(situation: Situation) -> bool:
    """Whether the box would pay back in time but for its upkeep."""
    limit = situation.policy.break_even_below_months
    case = situation.inputs.case()
    running = local_month(case)
    price = situation.baseline_price
    if isinstance(running, Unknown) or not isinstance(price, ApiPrice):
        return False
    bill = api_usd(case.usage, price, case.horizon)
    without = simple_break_even_months(case.box.capital_usd, bill, running.electricity_usd)
    with_upkeep = simple_break_even_months(case.box.capital_usd, bill, running.usd)
    return without is not None and without < limit and (with_upkeep is None or with_upkeep >= limit)


def _data_must_not_leave(situation: Situation, outcome: Outcome, decision: Decision) -> RegretCheck:
    usage = situation.inputs.usage
    if not usage.sensitive:
        why = "no data are said to be sensitive"
    else:
        why = f"{usage.sensitive_share:.0%} of the usage must not leave"
        if outcome.overruled:
            why += (
                f"; the flow alone would have sent everything to an API "
                f"({outcome.overruled.value.replace('_', ' ')}), which these data forbid"
            )
    return RegretCheck(
        id="data_must_not_leave",
        question="Would data leave that must not?",
        applies=usage.sensitive,
        choice="api",
        avoided=decision in (Decision.LOCAL, Decision.HYBRID) if usage.sensitive else None,
        why=why,
    )
