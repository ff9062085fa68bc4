"""What does each side cost a month, and when does it pay back, all under one scenario?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.advice.answer import answer
from advisor.advice.document import Advice, Comparison
from advisor.documents import Unknowns
from advisor.errors import InputError
from advisor.history.compare.document import Money
from advisor.history.compare.sides import Side

Tables = Mapping[str, Any]


def money(sides: Sequence[Side], tables: Tables, origin: str, unknown: Unknowns) -> list[Money]:
    """The advice for the newest run of each side.

    Usage, tariff and APIs are those of `tables`, else of what was said at the first side's run; a
    box costs what `tables` say, else what was said of that very box. Where usage was never told
    there is no money to compare. Raises InputError for a scenario that cannot be read.
    """
    said = {**sides[0].newest.said, **tables}
    if not said.get("usage"):
        unknown.reasons["money"] = (
            "the team's usage is not known: give --scenario FILE or --input-tokens-per-month and "
            "--output-tokens-per-month"
        )
        return []
    found = []
    for index, side in enumerate(sides):
        box = {**side.newest.said.get("box", {}), **tables.get("box", {})}
        case = {**said, "box": box} if box else {k: v for k, v in said.items() if k != "box"}
        try:
            advice = answer(
                case,
                origin=origin,
                machine=side.newest.machine,
                bench=side.newest.bench,
                guess_missing=not tables.get("box"),
            )
        except InputError:
            if tables:
                raise
            unknown.reasons[f"money[{index}]"] = "what was said then makes no scenario"
            continue
        found.append(_money(side.name, advice, box.get("price_usd")))
        if found[-1].local_usd_per_month is None:
            unknown.reasons[f"money[{index}].local_usd_per_month"] = (
                f"the rates or the power of {side.name} are not known"
            )
    return found


def _money(name: str, advice: Advice, price_usd: float | None) -> Money:
    base = _baseline(advice.comparisons)
    return Money(
        side=name,
        decision=str(advice.decision),
        baseline=advice.baseline,
        local_usd_per_month=base.local_usd_per_month if base else None,
        local_usd_per_mtok=base.local_usd_per_mtok if base else None,
        break_even_months_simple=base.break_even_months_simple if base else None,
        break_even_months_full=base.break_even_months_full if base else None,
        utilization=advice.capacity.utilization,
        box_price_usd=price_usd,
    )


def _baseline(compared: Sequence[Comparison]) -> Comparison | None:
    return next((each for each in compared if each.baseline), None)
