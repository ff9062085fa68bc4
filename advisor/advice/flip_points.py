"""At which value of its number would each step of the path lead to another decision?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from advisor.advice.document import Flip
from advisor.advice.flips import UPKEEP
from advisor.advice.flow import Decision, Leaf, Outcome, Step
from advisor.advice.inputs import value_at
from advisor.advice.situation import Situation
from advisor.documents import Unknown, Unknowns

VOLUME = "usage.tokens_per_month"


def with_flip_points(
    situation: Situation, outcome: Outcome, found: Sequence[Flip], unknown: Unknowns
) -> tuple[Step, ...]:
    """The path with each step's flip point; where there is none, its reason in `unknown`.

    `found` are the flips of the numbers, the nearest first. Yes-or-no steps are decided again with
    the other answer. A step on money names the upkeep that turns it, else the nearest number that
    does.
    """
    return tuple(
        _with(step, _flip_point(step, situation, outcome, found), f"path[{index}].", unknown)
        for index, step in enumerate(outcome.path)
    )


def _with(
    step: Step, point: Flip | tuple[str, bool, Decision] | Unknown, at: str, unknown: Unknowns
) -> Step:
    if isinstance(point, Unknown):
        unknown.settle(f"{at}flips_at", point)
        return step
    if isinstance(point, Flip):
        return msgspec.structs.replace(
            step,
            flips_key=point.key,
            flips_now=point.now,
            flips_at=point.at,
            flips_unit=point.unit,
            flips_to=point.decision,
        )
    key, now, decision = point
    return msgspec.structs.replace(
        step, flips_key=key, flips_now=now, flips_at=not now, flips_to=decision
    )


def _flip_point(
    step: Step, situation: Situation, outcome: Outcome, found: Sequence[Flip]
) -> Flip | tuple[str, bool, Decision] | Unknown:
    free = replace(situation, guessed=())
    today = free.outcome().decision
    if today is Decision.MEASURE:
        return Unknown("nothing is decided yet: what is missing comes first")
    if step.id in ("stable", "sensitive", "maintain"):
        return _other_answer(_key_of_answer(step, free), free, today)
    if step.id == "maintainer_exception":
        return Unknown("the flow shows this exception of the guide's text and does not use it")
    if step.id == "fits" and outcome.leaf is Leaf.SENSITIVE:
        return Unknown("data that must not leave stay on the box whether it fits or not")
    for keys in _keys_of_number(step):
        for flip in found:
            if step.id == "fits" and Decision.HYBRID not in (today, flip.decision):
                continue
            if flip.key in keys or (flip.key.startswith("api.") and "api" in keys):
                return flip
    return Unknown(f"within a thousandfold the decision stays {today.value}")


def _key_of_answer(step: Step, free: Situation) -> str:
    if step.id == "stable":
        return "team.validating" if free.inputs.team.validating else "usage.stable"
    return "usage.sensitive" if step.id == "sensitive" else "usage.can_maintain"


def _other_answer(
    key: str, free: Situation, today: Decision
) -> tuple[str, bool, Decision] | Unknown:
    now = bool(value_at(free.inputs, key))
    decision = free.with_input(key, not now).outcome().decision
    if decision is today:
        return Unknown(f"with {key} = {str(not now).lower()} it would still be {today.value}")
    return key, now, decision


def _keys_of_number(step: Step) -> tuple[tuple[str, ...], ...]:
    """The keys whose flips answer this step, the more telling ones first."""
    if step.id in ("usage", "fits"):
        return ((VOLUME,),)
    money = ("api", "box.price_usd", "box.electricity_usd_per_month", "tariff.usd_per_kwh")
    return (UPKEEP,), money
