"""How does the answer move along a range of one input, and where does the decision turn?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from msgspec import inspect

from advisor.advice.asked_document import DecisionChange, Sensitivity, SensitivityPoint
from advisor.advice.checks import verdict_of
from advisor.advice.comparison import api_months_usd, first_local
from advisor.advice.flow import Decision
from advisor.advice.situation import Situation, narrowed, upward
from advisor.advice.what_if_keys import Key, bounds
from advisor.documents import Unknown
from advisor.economics.break_even import balance_usd, crossings
from advisor.economics.local_cost import capital_and_running_usd, local_month
from advisor.errors import InputError

STEPS = 10
"""Points to each side of today's value."""

DECADES = 1.0
"""How far a range on a logarithmic scale reaches to each side."""

QUARTERS = 4
"""Parts of a step between two points: two changes within one of them may both be missed."""

AROUND = {"per_month": 0.1, "per_year": 0.5}
"""How far a rate that may be negative is varied to each side."""

SituationAt = Callable[[float | bool], Situation]
"""The situation with the key at another value. May raise InputError where that makes no sense."""


@dataclass(frozen=True, slots=True)
class _Range:
    scale: Literal["log", "linear", "choice"]
    values: tuple[float | bool, ...]


def sensitivity(key: Key, now: object, at: SituationAt) -> Sensitivity:
    """The answer along a sensible range of `key` around `now`, within the key's bounds.

    Raises InputError for a key that holds no number and no yes-or-no, or nothing yet.
    """
    if now is None:
        raise InputError(
            f"--sensitivity {key.dotted}",
            why="nobody has given it a value yet",
            remedy=f"Give one with --set {key.dotted}=VALUE.",
        )
    if not isinstance(now, bool | int | float):
        raise InputError(
            f"--sensitivity {key.dotted}",
            why="is neither a number nor true or false",
            remedy="Choose a number such as usage.output_tokens_per_month.",
        )
    span = _range(key, now, at)
    found = [(value, point) for value in span.values if (point := _point(value, at)) is not None]
    return Sensitivity(
        key=key.dotted,
        now=now,
        scale=span.scale,
        points=tuple(point for _, point in found),
        changes=tuple(_changes(key, [point for _, point in found], at)),
    )


def _range(key: Key, now: float | bool, at: SituationAt) -> _Range:
    if isinstance(now, bool):
        return _Range("choice", (False, True))
    least, most, least_is_out = bounds(key)
    if least >= 0 and most <= 1:
        return _linear(key, least, most, now, least_is_out)
    if least < 0:
        around = next((width for name, width in AROUND.items() if name in key.field), 1.0)
        return _linear(key, max(least, now - around), min(most, now + around), now, least_is_out)
    if now > 0:
        factors = (10 ** (DECADES * step / STEPS) for step in range(-STEPS, STEPS + 1))
        values = (min(most, max(least, now * factor)) for factor in factors)
        return _Range("log", _in_order(key, values))
    return _linear(key, least, _reach(most, at), now, least_is_out)


def _reach(most: float, at: SituationAt) -> float:
    """How far to go from zero: twice as far as the decision turns, else to a round number."""
    today = at(0.0).outcome().decision
    for value in upward(0.0, min(most, 1e6)):
        try:
            if at(value).outcome().decision is not today:
                return min(most, 2 * value)
        except InputError:
            break
    return min(most, 1.0 if most <= 10 else 100.0)


def _linear(key: Key, low: float, high: float, now: float, least_is_out: bool) -> _Range:
    step = (high - low) / (2 * STEPS)
    values = [low + step * index for index in range(2 * STEPS + 1)]
    if least_is_out:
        values[0] = low + step / 10
    return _Range("linear", _in_order(key, (*values, now)))


def _in_order(key: Key, values: Iterator[float] | tuple[float, ...]) -> tuple[float, ...]:
    whole = isinstance(key.kind, inspect.IntType)
    rounded = (round(value) if whole else float(f"{value:.12g}") for value in values)
    return tuple(sorted(set(rounded)))


def _point(value: float | bool, at: SituationAt) -> SensitivityPoint | None:
    """The answer at one value; None where the scenario would contradict itself."""
    try:
        there = at(value)
        outcome = there.outcome()
    except InputError:
        return None
    case, price = there.inputs.case(), there.baseline_price
    local, year = local_month(case), capital_and_running_usd(case, 12)
    bill, bills = (api_months_usd(case, price, months) for months in (1, 12))
    balance = price if isinstance(price, Unknown) else balance_usd(case, price)
    simple = there.break_even_months(there.baseline)
    return SensitivityPoint(
        value=value,
        decision=outcome.decision,
        verdict=verdict_of(there, outcome),
        api_usd_per_month=None if isinstance(bill, Unknown) else bill,
        local_usd_per_month=None if isinstance(local, Unknown) else local.usd,
        break_even_months_simple=None if isinstance(simple, Unknown) else simple,
        break_even_months_full=None
        if isinstance(balance, Unknown)
        else first_local(crossings(balance)),
        saved_usd_12_months=None
        if isinstance(bills, Unknown) or isinstance(year, Unknown)
        else bills - year,
    )


def _changes(key: Key, points: list[SensitivityPoint], at: SituationAt) -> Iterator[DecisionChange]:
    """Every change between points, looked for at each quarter of the way from one to the next."""
    whole = isinstance(key.kind, inspect.IntType)
    for low, high in pairwise(points):
        if isinstance(high.value, bool):
            if low.decision is not high.decision:
                yield DecisionChange(at=high.value, before=low.decision, after=high.decision)
            continue
        here, before = float(low.value), low.decision
        for there in _way(here, float(high.value), whole=whole):
            after = _decision(there, at)
            if after is not before:
                turned = _turned(before, here, there, at, whole=whole)
                yield DecisionChange(at=turned, before=before, after=_decision(turned, at))
            here, before = there, after


def _way(low: float, high: float, *, whole: bool) -> Iterator[float]:
    """Steps from one point to the next, the next included."""
    for part in range(1, QUARTERS):
        between = low + (high - low) * part / QUARTERS
        between = math.floor(between) if whole else between
        if low < between < high:
            yield between
    yield round(high) if whole else high


def _turned(
    before: Decision, inside: float, outside: float, at: SituationAt, *, whole: bool
) -> float:
    """The value nearest to `inside` at which the decision is no longer `before`."""
    return narrowed(lambda value: _decision(value, at) is before, inside, outside, whole=whole)


def _decision(value: float, at: SituationAt) -> Decision:
    return at(value).outcome().decision
