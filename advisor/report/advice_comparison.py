"""How does the box look beside each API? The table, what its marks mean, what prices left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report import carbon, money
from advisor.report.advice_path import crossings_line
from advisor.report.console import columns_table
from advisor.report.text import months, name, safe, tokens, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.document import Advice, Comparison


def show_comparison(console: Console, advice: Advice) -> None:
    """Prints each API beside the box, with its notes, and the carbon where a grid is given."""
    console.print(_comparison_table(advice))
    console.print(_legend(advice), style="dim")
    for note, apis in _notes(advice).items():
        console.print(f"{', '.join(apis)}: {safe(note)}.", style="dim")
    if advice.carbon is not None:
        console.print(carbon.carbon_line(advice.carbon), style="dim")
    for each in advice.comparisons:
        if len(each.crossings) > 1:
            console.print(crossings_line(each))


def _comparison_table(advice: Advice) -> Table:
    """One row an API and one for the box. Pay-back in full has a column where it differs."""
    beside, compared = advice.carbon, advice.comparisons
    full = any(each.break_even_months_full != each.break_even_months_simple for each in compared)
    heads = [f"{money.shown().symbol}/month", "12 months", "pays back"]
    heads += ["in full", "from use"] if full else ["from use"]
    heads += [] if beside is None else [carbon.HEAD]
    table = columns_table("", "", *heads, right=heads)
    table.collapse_padding = True
    for each in compared:
        volume = each.break_even_tokens_per_month
        table.add_row(
            "*" if each.baseline else "",
            f"{name(each.name, 40)}{_mark(each)}",
            _money(each.api_usd_per_month),
            _money(each.api_usd_12_months),
            _months(each, each.break_even_months_simple),
            *([_months(each, each.break_even_months_full)] if full else []),
            tokens(volume) if volume else "–",
            *([] if beside is None else [carbon.cell(beside, f"api:{each.name}")]),
        )
    if compared:
        table.add_row(
            "",
            "this box",
            _money(compared[0].local_usd_per_month),
            _money(compared[0].local_usd_12_months),
            *[""] * (3 if full else 2),
            *([] if beside is None else [carbon.cell(beside, "local")]),
            style="bold",
        )
    return table


def _notes(advice: Advice) -> dict[str, list[str]]:
    """What of an API's prices could not be applied or is still to come, with whose they are."""
    found: dict[str, list[str]] = {}
    for each in advice.comparisons:
        for note in each.notes:
            found.setdefault(note, []).append(name(each.name, 40))
    return found


def _legend(advice: Advice) -> str:
    parts = ["* decides", "from use: tokens a month that pay back within 12 months"]
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
