"""How is the ranking of boxes shown?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from advisor.advice.buy_document import Buy, BuyRow, Offer


def show_buy(found: Buy) -> None:
    """Prints the answer, the ranking with its bands, and what each box was taken to do."""
    console = result_console()
    console.print(_answer(found), style="bold")
    console.print()
    table = columns_table("", "cost", "P10", "P90", "cheapest", right=("cost", "P10", "P90"))
    for row in found.rows:
        table.add_row(*_cells(row), style=None if row.eligible else "dim")
    console.print(table)
    console.print(
        f"Mean cost in {found.months} months in today's money, {found.scenarios:,} futures; what a "
        f"box cannot serve is bought from {name(found.baseline, 40)}.{_rent_note(found)}",
        style="dim",
    )
    console.print()
    console.print(
        f"{name(found.model)}:{name(found.quantization)}, "
        f"{number(found.tok_per_s_needed)} tokens/s for each reader",
        style="bold",
    )
    console.print(facts_table((name(each.name, 30), _told(each)) for each in found.offers))
    for line in _assumptions(found):
        console.print(f"Assumed: {safe(line, 300)}.", style="dim")
    console.print(f"Prices: {safe(found.price_book)}", style="dim")


def _rent_note(found: Buy) -> str:
    rented = any(row.kind == "rented" for row in found.rows)
    return " Looking after the server on a rented GPU is not counted." if rented else ""


def _answer(found: Buy) -> str:
    first = next((row for row in found.rows if row.eligible), None)
    if first is None:
        return "None of them serves what is needed."
    if first.kind == "api":
        return f"Buy none of them: {name(first.name, 40)} costs least."
    if first.kind == "rented":
        return f"Buy none of them: renting {name(first.name, 40)} costs least."
    return f"Buy {name(first.name, 40)}: it costs least of all."


def _cells(row: BuyRow) -> tuple[str, ...]:
    kind = {"api": "API ", "rented": "rented ", "box": ""}[row.kind]
    short = "" if row.eligible else " (too slow)"
    return (
        f"{kind}{name(row.name, 40)}{short}",
        usd(row.mean_usd),
        usd(row.usd.p10),
        usd(row.usd.p90),
        f"{row.cheapest_probability:.0%}",
    )


def _told(offer: Offer) -> str:
    if offer.unknown is not None:
        return f"not ranked: {safe(offer.unknown)}"
    one, together, prompts = (
        offer.decode_tok_per_s,
        offer.output_tok_per_s,
        offer.prefill_tok_per_s,
    )
    if one is None or together is None or prompts is None:
        return "not ranked"
    speed = (
        f"{offer.concurrency} at once, {number(one.p50)} tokens/s each, {number(together.p50)} "
        f"({number(together.p10)} to {number(together.p90)}) in all, prompts at "
        f"{number(prompts.p50)}"
    )
    return speed if offer.meets_needs else f"{speed}: too slow for what is needed"


def _assumptions(found: Buy) -> Iterator[str]:
    seen: dict[str, None] = {}
    for offer in found.offers:
        seen.update(dict.fromkeys(offer.assumptions))
    yield from seen
