"""How does the box look beside each API? The table, what its marks mean, what prices left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.advice_path import crossings_line
from advisor.report.console import columns_table, facts_table
from advisor.report.text import months, name, number, safe, tokens, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.document import Advice, CarbonPart, Comparison


def show_comparison(console: Console, advice: Advice) -> None:
    """Prints each API beside the box, with its notes, and the carbon where a grid is given."""
    console.print(_comparison_table(advice))
    console.print(_legend(advice), style="dim")
    notes = [
        (name(each.name, 24), safe(note)) for each in advice.comparisons for note in each.notes
    ]
    if notes:
        console.print(facts_table(notes))
    if advice.carbon is not None:
        console.print(_carbon(advice.carbon))
    for each in advice.comparisons:
        if len(each.crossings) > 1:
            console.print(crossings_line(each))


def _comparison_table(advice: Advice) -> Table:
    table = columns_table(
        "",
        "$/month",
        "12 months",
        "pays back",
        "in full",
        "from use of",
        right=("$/month", "12 months", "pays back", "in full", "from use of"),
    )
    for each in advice.comparisons:
        label = f"{'*' if each.baseline else ' '} {name(each.name, 40)}{_mark(each)}"
        table.add_row(
            label,
            _money(each.api_usd_per_month),
            _money(each.api_usd_12_months),
            _months(each, each.break_even_months_simple),
            _months(each, each.break_even_months_full),
            tokens(each.break_even_tokens_per_month) if each.break_even_tokens_per_month else "–",
        )
    first = advice.comparisons[0] if advice.comparisons else None
    if first is not None:
        table.add_row(
            "  this box",
            _money(first.local_usd_per_month),
            _money(first.local_usd_12_months),
            "",
            "",
            "",
            style="bold",
        )
    return table


def _carbon(carbon: CarbonPart) -> str:
    kilograms = carbon.local_kg_co2e_per_month
    box = (
        "unknown, as its energy is" if kilograms is None else f"{number(kilograms)} kg CO2e a month"
    )
    dated = f", {safe(carbon.as_of)}" if carbon.as_of else ""
    return (
        f"Carbon: this box {box} ({number(carbon.grid_g_per_kwh)} g/kWh, {name(carbon.source)}"
        f"{dated}); APIs do not tell theirs. Not part of the verdict."
    )


def _legend(advice: Advice) -> str:
    parts = ["* decides", "from use of: tokens a month that pay back within 12 months"]
    if any(each.status == "historic" for each in advice.comparisons):
        parts.append("° no longer sold at this price")
    if any(each.added for each in advice.comparisons):
        parts.append("+ the same open model, hosted")
    return "   ".join(parts)


def _mark(comparison: Comparison) -> str:
    return (" °" if comparison.status == "historic" else "") + (" +" if comparison.added else "")


def _months(comparison: Comparison, value: float | None) -> str:
    if comparison.local_usd_per_month is None or comparison.api_usd_per_month is None:
        return "?"
    return months(value).replace(" months", " mo")


def _money(value: float | None) -> str:
    return "?" if value is None else usd(value)
