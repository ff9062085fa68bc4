"""How does the answer move along a range of one input, and where does the decision turn?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from msgspec import inspect

from advisor.advice.asked_document import DecisionChange, Sensitivity, SensitivityPoint
from advisor.advice.checks import verdict_of
from advisor.advice.comparison import api_months_usd
from advisor.advice.flow import Decision, Leaf
from advisor.advice.key_names import Key, bounds
from advisor.advice.situation import BISECTIONS, Situation, upward
from advisor.documents import Unknown
from advisor.economics.break_even import Ahead, balance_usd, crossings
from advisor.economics.local_cost import capital_and_running_usd, local_month
from advisor.errors import InputError

STEPS = 10
"""Points to each side of today's value."""

DECADES = 1.0
"""How far a range on a logarithmic scale reaches to each side."""

AROUND = {"per_month": 0.1, "per_year": 0.5}
"""How far a rate that may be negative is varied to each side."""

BETWEEN = 3
"""Values decided between two points shown, so that changes that cancel each other are found."""

MOST_TURNS = 8
"""Turns of the path that are followed between two values tried."""

SituationAt = Callable[[float | bool], Situation]
"""The situation with the key at another value. May raise InputError where that makes no sense."""


@dataclass(frozen=True, slots=True)
class _Range:
    scale: Literal["log", "linear", "choice"]
    values: tuple[float | bool, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """What the flow said: where it ended and each answer on the way."""

    decision: Decision
    leaf: Leaf
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    value: float | bool
    state: _State


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
    found = [point for value in span.values if (point := _point(value, at)) is not None]
    tried = [each for value in _between(span, key) if (each := _try(value, at)) is not None]
    return Sensitivity(
        key=key.dotted,
        now=now,
        scale=span.scale,
        points=tuple(found),
        changes=tuple(_changes(tried, at, whole=isinstance(key.kind, inspect.IntType))),
        resolution=_resolution(tried, span.scale),
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
    case = there.inputs.case()
    price = Unknown("no API") if there.baseline is None else there.apis[there.baseline].price
    local, year = local_month(case), capital_and_running_usd(case, 12)
    bill, bills = (api_months_usd(case, price, months) for months in (1, 12))
    balance = price if isinstance(price, Unknown) else balance_usd(case, price)
    found = [] if isinstance(balance, Unknown) else crossings(balance)
    simple = there.break_even_months(there.baseline)
    return SensitivityPoint(
        value=value,
        decision=outcome.decision,
        verdict=verdict_of(there, outcome),
        api_usd_per_month=None if isinstance(bill, Unknown) else bill,
        local_usd_per_month=None if isinstance(local, Unknown) else local.usd,
        break_even_months_simple=None if isinstance(simple, Unknown) else simple,
        break_even_months_full=next(
            (each.month for each in found if each.ahead is Ahead.LOCAL), None
        ),
        saved_usd_12_months=None
        if isinstance(bills, Unknown) or isinstance(year, Unknown)
        else bills - year,
    )


def _changes(tried: Sequence[_Tried], at: SituationAt, *, whole: bool) -> Iterator[DecisionChange]:
    """Where the decision turns between the values tried.

    A turn of any step's answer is followed too, for two that cancel each other for the decision
    need not do so on the path.
    """
    for low, high in pairwise(tried):
        here = low
        for _ in range(MOST_TURNS):
            if here.state == high.state:
                break
            if isinstance(high.value, bool):
                turned = high
            else:
                turned = _narrowed(here, float(high.value), at, whole=whole) or high
            if turned.state.decision is not here.state.decision:
                yield DecisionChange(
                    at=turned.value, before=here.state.decision, after=turned.state.decision
                )
            here = turned


def _narrowed(before: _Tried, outside: float, at: SituationAt, *, whole: bool) -> _Tried | None:
    """The value nearest to `before` at which its state is another; None where that makes no
    sense."""
    inside = float(before.value)
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        if whole:
            middle = math.floor(middle)
        if middle in (inside, outside):
            break
        found = _try(middle, at)
        if found is not None and found.state == before.state:
            inside = middle
        else:
            outside = middle
    return _try(outside, at)


def _between(span: _Range, key: Key) -> tuple[float | bool, ...]:
    """The values of the range with `BETWEEN` more in each gap."""
    if span.scale == "choice":
        return span.values
    log = span.scale == "log"
    parts = [step / (BETWEEN + 1) for step in range(BETWEEN + 1)]
    inner = (
        low * (high / low) ** part if log else low + (high - low) * part
        for low, high in pairwise(span.values)
        for part in parts
    )
    return _in_order(key, (*inner, span.values[-1]))


def _try(value: float | bool, at: SituationAt) -> _Tried | None:
    try:
        outcome = at(value).outcome()
    except InputError:
        return None
    answers = tuple((step.id, step.answer) for step in outcome.path)
    return _Tried(value, _State(outcome.decision, outcome.leaf, answers))


def _resolution(tried: Sequence[_Tried], scale: str) -> float | None:
    """The widest gap between two values tried: a factor on a logarithmic scale, else a step."""
    if scale == "choice" or len(tried) < 2:
        return None
    values = [float(each.value) for each in tried]
    return max(high / low if scale == "log" else high - low for low, high in pairwise(values))
