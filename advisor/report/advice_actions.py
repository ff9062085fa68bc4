"""How are the other ways to run it shown: GPUs by the hour, and boxes that could be bought?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table
from advisor.report.text import months, name, number, safe, usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from advisor.advice.actions_document import CandidatePart, RentedPart
    from advisor.advice.document import Advice, Comparison


def show_other_actions(console: Console, advice: Advice) -> None:
    """Prints the rented GPUs beside box and API, and the candidates with what each saves."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    if advice.rented:
        console.print()
        console.print("A GPU by the hour", style="bold")
        console.print(
            facts_table(
                (f"Rented {name(each.name, 30)}", _rented(each, baseline, advice))
                for each in advice.rented
            )
        )
    if advice.candidates:
        console.print()
        console.print("Another box in place of this one", style="bold")
        console.print(_candidates(advice))
        console.print(
            facts_table(("•", line) for each in advice.candidates for line in _told(each, advice))
        )


def _rented(rented: RentedPart, baseline: Comparison | None, advice: Advice) -> str:
    """The rent, what it saves or costs beside both sides, and why it may not be had."""
    if rented.usd_per_month is None or rented.usd_12_months is None:
        index = advice.rented.index(rented)
        return f"unknown: {safe(advice.unknown[f'rented[{index}].usd_per_month'])}"
    text = f"{usd(rented.usd_per_month)} a month, {usd(rented.usd_12_months)} in 12 months"
    if rented.busy_hours_per_month is None:
        return f"{text} for one GPU, which may not be enough: its speed is not known"
    others = [(advice.local_usd_12_months_with_overflow, "this box")]
    if baseline is not None:
        others.append((baseline.api_usd_12_months, name(baseline.name, 30)))
    beside = [
        f"{usd(abs(other - rented.usd_12_months))} "
        f"{'cheaper' if rented.usd_12_months < other else 'dearer'} than {what}"
        for other, what in others
        if other is not None
    ]
    parts = [", ".join([text, *beside])]
    if rented.at_box_speed:
        parts.append("taken to be as fast as this box")
    if not advice.inputs.usage.can_maintain:
        parts.append("somebody must look after the server on it")
    elif advice.local_maintenance_usd_per_month:
        parts.append("looking after the server on it is not counted")
    if rented.ruled_out is not None:
        parts.append(f"ruled out: {safe(rented.ruled_out)}")
    return "; ".join(parts)


def _candidates(advice: Advice) -> Table:
    heads = ("up front", "$/month", "12 months", "pays back", "in full", "busy")
    table = columns_table("", *heads, right=heads)
    for index, each in enumerate(advice.candidates):
        known = f"candidates[{index}].break_even_months_simple" not in advice.unknown
        table.add_row(
            name(each.name, 30),
            usd(each.capital_usd),
            _money(each.local_usd_per_month),
            _money(each.usd_12_months_with_overflow),
            _months(each.break_even_months_simple, known),
            _months(each.break_even_months_full, known),
            "?" if each.utilization is None else f"{number(100 * each.utilization)} %",
        )
    return table


def _told(candidate: CandidatePart, advice: Advice) -> Iterator[str]:
    """What the table cannot show: whether it beats this box, and what is unknown of it."""
    label, less = name(candidate.name, 30), candidate.less_than_box_usd_12_months
    if less is not None:
        beats = f"beats this box: {usd(less)} less in 12 months"
        loses = f"costs {usd(-less)} more than this box in 12 months"
        yield f"{label} {beats if less > 0 else loses if less < 0 else 'costs what this box does'}"
    index = advice.candidates.index(candidate)
    for key in ("local_usd_per_month", "utilization"):
        reason = advice.unknown.get(f"candidates[{index}].{key}")
        if reason is not None:
            yield f"{label}: {safe(reason)}"
    if candidate.fits is False and candidate.overflow_share is not None:
        yield (
            f"{label} cannot serve {number(100 * candidate.overflow_share)} % of the load; the API "
            "does, and is counted"
        )
    if candidate.electricity_upper_bound:
        yield f"{label}: its electricity is an upper bound"


def _money(value: float | None) -> str:
    return "?" if value is None else usd(value)


def _months(value: float | None, known: bool) -> str:
    return months(value).replace(" months", " mo") if known else "?"
