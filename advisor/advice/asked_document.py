"""What do the parts of the advice look like that are there only when asked for?

Money is USD, null is unknown or, in `break_even_*`, never.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.advice.flow import Decision, Verdict

Value = bool | float | str | tuple[str, ...] | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the scenario, as it is and as it was asked to be."""

    key: str
    before: Value
    after: Value


class OtherAction(msgspec.Struct, frozen=True, kw_only=True):
    """A rented GPU or a candidate box, named as in the regret table, and its 12 months with what
    it cannot serve; null where unknown."""

    action: str
    usd_12_months: float | None
    decision: Decision | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the numbers that carry it; those of the comparison are the baseline's."""

    decision: Decision
    verdict: Verdict
    summary: str
    baseline: str | None
    api_usd_per_month: float | None
    local_usd_per_month: float | None
    api_usd_12_months: float | None
    local_usd_12_months: float | None
    break_even_months_simple: float | None
    break_even_months_full: float | None
    break_even_tokens_per_month: float | None
    net_present_value_usd: float | None
    utilization: float | None
    other_actions: tuple[OtherAction, ...] = ()


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """Today's answer and the answer with `changes`; `moved` names the parts that differ."""

    changes: tuple[Change, ...]
    before: Side
    after: Side
    moved: tuple[str, ...]


class SensitivityPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The answer at one value of the key."""

    value: float | bool
    decision: Decision
    verdict: Verdict
    api_usd_per_month: float | None
    local_usd_per_month: float | None
    break_even_months_simple: float | None
    break_even_months_full: float | None
    saved_usd_12_months: float | None


class DecisionChange(msgspec.Struct, frozen=True, kw_only=True):
    """The value from which on the decision is another."""

    at: float | bool
    before: Decision
    after: Decision


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """The answer along a range of one key. `changes` lists every change of the decision between
    two points. `saved_usd_12_months` is the API's bills less the box with its price."""

    key: str
    now: float | bool
    scale: Literal["log", "linear", "choice"]
    points: tuple[SensitivityPoint, ...]
    changes: tuple[DecisionChange, ...]


class ExplainedInput(msgspec.Struct, frozen=True, kw_only=True):
    """A name in a formula with its value; a tuple holds one value a month, from month 0 on.

    `source` says who says so: the scenario, a default, the price book with its date, a measurement
    with its id, or the `id` of the explanation that computes it.
    """

    name: str
    value: float | tuple[float, ...]
    unit: str
    source: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the advice and how to compute it again.

    `id` is its path in the document, or a name for a step on the way. `formula` is a Python
    expression in the names of `inputs`, with `min`, `max`, `sum` and `range`; where `value` holds
    one number a month, `t` in it is the month. Null where there is none, for the reason in `note`.
    """

    id: str
    label: str
    value: float | tuple[float, ...] | None
    unit: str
    formula: str | None
    inputs: tuple[ExplainedInput, ...]
    note: str | None = None
