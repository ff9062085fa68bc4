"""At which volume, price or tariff would the decision be another?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from advisor.advice.document import AnswerFlip, Flip
from advisor.advice.flow import Decision
from advisor.advice.inputs import value_at
from advisor.advice.situation import Situation, downward, turn, upward
from advisor.economics.api_cost import api_usd, blended_usd_per_mtok
from advisor.economics.break_even import ROUNDING
from advisor.economics.inputs import ApiPrice

UPKEEP = "maintenance.usd_per_month"
"""Hours of upkeep times what an hour costs: a key of the answer, not of the scenario file."""

MOST_UPKEEP_USD = 1e5

QUESTIONS = ("usage.stable", "team.validating", "usage.sensitive", "usage.can_maintain")


def flips(situation: Situation) -> tuple[Flip, ...]:
    """The nearest values of volume, API price, box price, electricity and upkeep, up and down, at
    which the decision becomes another; the nearest in proportion first.

    Upkeep that is zero today is as far away as it is large beside the API's bill.
    """
    free = replace(situation, guessed=())
    today = free.outcome().decision
    bill = _bill_usd(free)
    found = [flip for lever in _levers(free) for flip in _turns(*lever)]
    real = [flip for flip in found if _is_real(flip, today)]
    return tuple(sorted(real, key=lambda flip: _distance(flip, bill)))


def _bill_usd(free: Situation) -> float:
    case, price = free.inputs.case(), free.baseline_price
    return api_usd(case.usage, price, case.horizon) if isinstance(price, ApiPrice) else 0.0


def _is_real(flip: Flip, today: Decision) -> bool:
    """False where only load beyond the box turns the API's answer into a split: a box that did not
    pay at its full capacity does not pay by being asked for more than it can serve."""
    return not (
        flip.key == "usage.tokens_per_month"
        and flip.decision is Decision.HYBRID
        and today is Decision.API
    )


def answer_flips(situation: Situation) -> tuple[AnswerFlip, ...]:
    """The yes-or-no questions of the flow that would turn the decision if answered otherwise."""
    free = replace(situation, guessed=())
    today = free.outcome().decision
    answers = {key: bool(value_at(free.inputs, key)) for key in QUESTIONS}
    otherwise = {
        key: free.with_input(key, not now).outcome().decision for key, now in answers.items()
    }
    return tuple(
        AnswerFlip(key=key, now=answers[key], decision_otherwise=decision)
        for key, decision in otherwise.items()
        if decision is not today
    )


def lever_at(situation: Situation, key: str, value: float) -> Situation:
    """The situation with the number of a flip at another value."""
    levers = {each[0]: each[3] for each in _levers(replace(situation, guessed=()))}
    return levers[key](value)


Lever = tuple[str, str, float, Callable[[float], Situation]]
"""Key, unit, today's value, and the situation at another value."""


def _levers(free: Situation) -> Iterator[Lever]:
    inputs, case = free.inputs, free.inputs.case()
    tokens = case.usage.tokens_per_month
    if tokens > 0:
        yield (
            "usage.tokens_per_month",
            "tokens a month",
            tokens,
            lambda value: free.at_volume(value / tokens),
        )
    if free.baseline is not None:
        api = free.apis[free.baseline]
        blended = (
            blended_usd_per_mtok(case.usage, api.price) if isinstance(api.price, ApiPrice) else None
        )
        if blended:
            yield (
                f"api.{api.name}",
                "USD per million tokens, input and output together",
                blended,
                lambda value: free.at_price(value / blended),
            )
    if inputs.box.price_usd > 0:
        yield (
            "box.price_usd",
            "USD",
            inputs.box.price_usd,
            lambda value: free.with_input("box.price_usd", value),
        )
    given = inputs.box.electricity_usd_per_month
    if given:
        yield (
            "box.electricity_usd_per_month",
            "USD a month",
            given,
            lambda value: free.at_electricity(value / given),
        )
    elif given is None and inputs.usd_per_kwh > 0:
        tariff = inputs.usd_per_kwh
        yield (
            "tariff.usd_per_kwh",
            "USD per kWh",
            tariff,
            lambda value: free.at_electricity(value / tariff),
        )
    yield UPKEEP, "USD a month", free.upkeep_usd_per_month, free.at_upkeep


def _turns(
    key: str, unit: str, now: float, at_value: Callable[[float], Situation]
) -> Iterator[Flip]:
    def decision_at(value: float) -> Decision:
        return at_value(value).outcome().decision

    most = now * 1e3 if now > 0 else MOST_UPKEEP_USD
    above = turn(decision_at, now, upward(now, most))
    below = turn(decision_at, now, downward(now, 0.0))
    if above:
        yield Flip(
            key=key,
            unit=unit,
            now=now,
            at=above.at,
            direction="above",
            decision=above.decision,
        )
    if below and below.at > ROUNDING * now:
        yield Flip(
            key=key,
            unit=unit,
            now=now,
            at=below.at,
            direction="below",
            decision=below.decision,
        )


def _distance(flip: Flip, bill_usd: float) -> float:
    if flip.now == 0:
        return 1 + flip.at / bill_usd if bill_usd else math.inf
    return max(flip.at / flip.now, flip.now / flip.at)
