"""How is the ranking of boxes shown?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.language import N_, _, sentence
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from advisor.advice.buy_document import Buy, BuyRow, Offer

SCENARIOS_BOX = N_("the box of the scenario")


def show_buy(found: Buy) -> None:
    """Prints the answer, the ranking with its bands, and what each box was taken to do."""
    console = result_console()
    console.print(_answer(found), style="bold")
    console.print()
    heads = (_("cost"), "P10", "P90", _("cheapest"))
    table = columns_table("", *heads, right=heads)
    for row in found.rows:
        table.add_row(*_cells(row), style=None if row.eligible else "dim")
    console.print(table)
    console.print(
        _(
            "Mean cost in {months} months in today's money, {scenarios} futures; what "
            "a box cannot serve is bought from {baseline}."
        ).format(
            months=found.months,
            scenarios=f"{found.scenarios:,}",
            baseline=name(found.baseline, 40),
        ),
        style="dim",
    )
    if any(row.kind == "rented" for row in found.rows):
        console.print(_("Looking after the server on a rented GPU is not counted."), style="dim")
    console.print()
    console.print(
        _("{model}:{quantization}, {rate} tokens/s for each reader").format(
            model=name(found.model),
            quantization=name(found.quantization),
            rate=number(found.tok_per_s_needed),
        ),
        style="bold",
    )
    console.print(facts_table((name(each.name, 30), _told(each)) for each in found.offers))
    for line in _assumptions(found):
        console.print(_("Assumed: {line}.").format(line=safe(sentence(line), 300)), style="dim")
    console.print(
        _("Prices: {price_book}").format(price_book=safe(sentence(found.price_book))), style="dim"
    )


def _answer(found: Buy) -> str:
    first = next((row for row in found.rows if row.eligible), None)
    if first is None:
        return _("None of them serves what is needed.")
    if first.kind == "api":
        return _("Buy none of them: {name} costs least.").format(name=name(first.name, 40))
    if first.kind == "rented":
        return _("Buy none of them: renting {name} costs least.").format(name=name(first.name, 40))
    return _("Buy {name}: it costs least of all.").format(name=name(first.name, 40))


def _cells(row: BuyRow) -> tuple[str, ...]:
    called = name(row.name, 40) if row.name != SCENARIOS_BOX else _(SCENARIOS_BOX)
    if row.kind != "box":
        kind = "API" if row.kind == "api" else _("rented")
        called = f"{kind} {called}"
    return (
        called if row.eligible else _("{name} (too slow)").format(name=called),
        usd(row.mean_usd),
        usd(row.usd.p10),
        usd(row.usd.p90),
        f"{row.cheapest_probability:.0%}",
    )


def _told(offer: Offer) -> str:
    if offer.unknown is not None:
        return _("not ranked: {unknown}").format(unknown=safe(sentence(offer.unknown)))
    one, together, prompts = (
        offer.decode_tok_per_s,
        offer.output_tok_per_s,
        offer.prefill_tok_per_s,
    )
    if one is None or together is None or prompts is None:
        return _("not ranked")
    speed = _(
        "{concurrency} at once, {each} tokens/s each, {together} ({low} to {high}) in all, "
        "prompts at {prompts}"
    ).format(
        concurrency=offer.concurrency,
        each=number(one.p50),
        together=number(together.p50),
        low=number(together.p10),
        high=number(together.p90),
        prompts=number(prompts.p50),
    )
    return (
        speed
        if offer.meets_needs
        else _("{speed}: too slow for what is needed").format(speed=speed)
    )


def _assumptions(found: Buy) -> Iterator[str]:
    seen: dict[str, None] = {}
    for offer in found.offers:
        seen.update(dict.fromkeys(offer.assumptions))
    yield from seen
