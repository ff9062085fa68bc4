"""How is it shown what currencies are worth?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.language import _, sentence
from advisor.report.text import name, number

if TYPE_CHECKING:
    from advisor.prices.currencies.document import Currencies

STALE_DAYS = 30


def show_currencies(document: Currencies, today: date) -> None:
    """Prints one line a currency, and under them who says so."""
    console = result_console()
    if not document.items:
        console.print(_("No rate is kept. `advisor prices currency --fetch` asks for today's."))
        return
    heads = ("1 USD", _("USD for one"))
    table = columns_table("", *heads, _("on"), _("by"), right=heads)
    sources = list(dict.fromkeys(rate.source for rate in document.items))
    for rate in document.items:
        age = (today - date.fromisoformat(rate.as_of)).days
        table.add_row(
            name(rate.code),
            number(rate.per_usd, 5),
            number(rate.usd_per_unit, 5),
            _("{as_of} ({age} days old)").format(as_of=rate.as_of, age=age)
            if age > STALE_DAYS
            else rate.as_of,
            f"[{sources.index(rate.source) + 1}]",
        )
    console.print(table)
    for index, source in enumerate(sources, 1):
        console.print(f"[{index}] {name(sentence(source), 200)}", style="dim")
