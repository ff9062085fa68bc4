"""What would be advised if some of the inputs were different, side by side with today's answer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from advisor.advice.action_costs import candidate_action, rented_action
from advisor.advice.asked_document import Change, OtherAction, Side, Value, WhatIf
from advisor.advice.document import Advice
from advisor.advice.what_if_keys import Key, find_key, split_setting, value_of


def what_if(
    before: Advice, after: Advice, settings: Sequence[str], tables: Mapping[str, Any]
) -> WhatIf:
    """Both answers and what moved. `tables` are those of the changed scenario."""
    keys = dict.fromkeys(split_setting(text, "--what-if")[0] for text in settings)
    sides = side_of(before), side_of(after)
    fields = [field.name for field in msgspec.structs.fields(Side)]
    return WhatIf(
        changes=tuple(
            Change(
                key=dotted,
                before=_plain(value_now(find_key(dotted, tables), before)),
                after=_plain(value_now(find_key(dotted, tables), after)),
            )
            for dotted in keys
        ),
        before=sides[0],
        after=sides[1],
        moved=tuple(name for name in fields if getattr(sides[0], name) != getattr(sides[1], name)),
    )


def side_of(advice: Advice) -> Side:
    """An advice in the numbers that carry it."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)

    def of_baseline(field: str) -> float | None:
        value = getattr(baseline, field, None)
        return value if isinstance(value, float) else None

    return Side(
        decision=advice.decision,
        verdict=advice.verdict,
        summary=advice.summary,
        baseline=advice.baseline,
        api_usd_per_month=of_baseline("api_usd_per_month"),
        local_usd_per_month=of_baseline("local_usd_per_month"),
        api_usd_12_months=of_baseline("api_usd_12_months"),
        local_usd_12_months=of_baseline("local_usd_12_months"),
        break_even_months_simple=of_baseline("break_even_months_simple"),
        break_even_months_full=of_baseline("break_even_months_full"),
        break_even_tokens_per_month=of_baseline("break_even_tokens_per_month"),
        net_present_value_usd=of_baseline("net_present_value_usd"),
        utilization=advice.capacity.utilization,
        other_actions=_other_actions(advice),
    )


def _other_actions(advice: Advice) -> tuple[OtherAction, ...]:
    rented = (
        OtherAction(
            action=rented_action(each.name),
            usd_12_months=each.usd_12_months,
            decision=each.decision,
        )
        for each in advice.rented
    )
    candidates = (
        OtherAction(
            action=candidate_action(each.name),
            usd_12_months=each.usd_12_months_with_overflow,
            decision=each.decision,
        )
        for each in advice.candidates
    )
    return (*rented, *candidates)


def value_now(key: Key, advice: Advice) -> object:
    """The value that the advice rests on; the book's, where the scenario leaves a price to it."""
    value = value_of(key, advice.inputs)
    if value is None and key.dotted == "tariff.usd_per_kwh":
        return advice.inputs.usd_per_kwh
    if value is None and key.api is not None:
        return getattr(advice.comparisons[key.api], key.field, None)
    return value


def _plain(value: object) -> Value:
    if isinstance(value, tuple):
        return tuple(str(each) for each in value)
    if value is None or isinstance(value, bool | str | float):
        return value
    return float(value) if isinstance(value, int) else str(value)
