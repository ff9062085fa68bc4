"""How does the box look beside each API? The table, what its marks mean, what prices left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report import carbon, money
from advisor.report.advice_path import crossings_line
from advisor.report.console import columns_table, is_plain, mark
from advisor.report.language import _, sentence
from advisor.report.metrics import months_cell
from advisor.report.text import name, pair, safe, tokens, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.document import Advice, Comparison


def show_comparison(console: Console, advice: Advice) -> None:
    """Prints each API beside the box, with its notes, and the carbon where a grid is given."""
    console.print(_comparison_table(advice))
    console.print(_legend(advice), style="dim")
    for note, apis in _notes(advice).items():
        console.print(pair(_(", ").join(apis), safe(sentence(f"{note}."))), style="dim")
    if advice.carbon is not None:
        console.print(carbon.carbon_line(advice.carbon), style="dim")
    for each in advice.comparisons:
        if len(each.crossings) > 1:
            console.print(crossings_line(each))


def _comparison_table(advice: Advice) -> Table:
    """One row an API and one for the box. Pay-back in full has a column where it differs."""
    beside, compared = advice.carbon, advice.comparisons
    full = any(each.break_even_months_full != each.break_even_months_simple for each in compared)
    heads = [_("{symbol}/month").format(symbol=money.symbol()), _("12 months"), _("pays back")]
    heads += [_("in full"), _("from use")] if full else [_("from use")]
    heads += [] if beside is None else [carbon.HEAD]
    table = columns_table("", "", *heads, right=heads)
    table.collapse_padding = True
    for each in compared:
        volume = each.break_even_tokens_per_month
        table.add_row(
            mark("*", "") if each.baseline else "",
            _called(each),
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
            _("this box"),
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
    used = _("from use: tokens a month that pay back within 12 months")
    if is_plain():
        return used
    parts = ["* " + _("decides"), used]
    if any(each.status == "historic" for each in advice.comparisons):
        parts.append("° " + _("no longer sold at this price"))
    if any(each.added for each in advice.comparisons):
        parts.append("+ " + _("the same open model, hosted"))
    return "   ".join(parts)


def _called(comparison: Comparison) -> str:
    """An API's name with the signs behind it, or with their words in brackets."""
    told = [
        (sign, words)
        for sign, words, is_so in (
            ("°", _("no longer sold at this price"), comparison.status == "historic"),
            ("+", _("the same open model, hosted"), comparison.added),
        )
        if is_so
    ]
    called = name(comparison.name, 40)
    if not is_plain():
        return " ".join([called, *(sign for sign, _words in told)])
    spoken = [*([_("decides")] if comparison.baseline else []), *(words for _sign, words in told)]
    return f"{called} ({_(', ').join(spoken)})" if spoken else called


def _months(comparison: Comparison, value: float | None) -> str:
    known = comparison.local_usd_per_month is not None and comparison.api_usd_per_month is not None
    return months_cell(value, known=known)


def _money(value: float | None) -> str:
    return "?" if value is None else usd(value)
