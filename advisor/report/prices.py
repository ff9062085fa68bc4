"""How are API prices shown? One line a model in a list; one model with its history and sources."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from advisor.prices.money import Currency
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.language import N_, _, sentence
from advisor.report.language.numbers import symbol
from advisor.report.text import name, safe, tokens

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.prices.document import Price, Prices, Rates, Tier

STALE_DAYS = 60
STATES = {
    "current": N_("current"),
    "historic": N_("historic"),
    "announced": N_("announced"),
    "local": N_("local"),
    "unpriced": N_("unpriced"),
}
_NONE = "–"


def show_prices(document: Prices, nearest: list[str]) -> None:
    """Prints one line a price: USD per million tokens, historic ones dimmed."""
    console = result_console()
    if not document.items:
        said = _("No price matches. Nearest: {names}.") if nearest else _("No price matches.")
        console.print(said.format(names=_(", ").join(map(name, nearest))))
        return
    heads = (_("input"), _("output"), _("cached"))
    table = columns_table(_("provider/model"), *heads, "", right=heads)
    for price in document.items:
        table.add_row(
            name(price.name, 200),
            _money(price.input_usd_per_mtok),
            _money(price.output_usd_per_mtok),
            _money(price.cached_input_usd_per_mtok),
            _mark(price),
            style="dim" if price.status == "historic" else None,
        )
    console.print(table)
    book = document.book
    console.print(
        _("USD per million tokens on {day}; {book} of {as_of}.").format(
            day=document.valid_on, book=f"{book.name} {book.version}", as_of=book.as_of
        ),
        style="dim",
    )
    age_days = (date.fromisoformat(document.valid_on) - date.fromisoformat(book.as_of)).days
    if age_days > STALE_DAYS:
        console.print(
            _("That is {days} days old: `pip install -U genai-prices` brings newer prices.").format(
                days=age_days
            ),
            style="dim",
        )


def show_price(price: Price) -> None:
    """Prints one price: what it is, where it comes from, how it changed."""
    console = result_console()
    title = f" ({name(price.title)})" if price.title else ""
    console.print(f"{name(price.name, 200)}{title}", style="bold")
    console.print(facts_table(_facts(price)))
    if len(price.history) > 1:
        console.print(_history(price))
    if price.comment:
        console.print(
            _("Note: {note}").format(note=safe(sentence(" ".join(price.comment.split())), 600)),
            style="dim",
        )


def _facts(price: Price) -> list[tuple[str, RenderableType]]:
    if price.state == "local":
        return [(_("status"), _status(price))]
    as_of = price.as_of or sentence(price.unknown["as_of"])
    if price.confirmed_on:
        as_of = _("{day}, last confirmed {confirmed}").format(
            day=as_of, confirmed=price.confirmed_on
        )
    return [
        (_("status"), _status(price)),
        (_("USD per million tokens"), _rates(price)),
        *(
            (
                _("above {count} input").format(count=tokens(tier.above_input_tokens)),
                _rates(tier),
            )
            for tier in price.tiers
        ),
        *((f"{each.from_utc}–{each.until_utc} UTC", _rates(each.rates)) for each in price.by_time),
        (_("batch"), _rates(price.batch) if price.batch else sentence(price.unknown["batch"])),
        *(
            (
                _("batch above {count}").format(count=tokens(tier.above_input_tokens)),
                _rates(tier),
            )
            for tier in (price.batch.tiers if price.batch else ())
        ),
        *([(_("per request"), _money(price.usd_per_request))] if price.usd_per_request else []),
        (_("source"), safe(price.source)),
        (_("as of"), as_of),
    ]


def _status(price: Price) -> str:
    parts = [_word(price.status)]
    if price.state != "priced":
        parts = [f"{parts[0]}, {_word(price.state)}"]
    parts += [safe(sentence(part)) for part in (price.status_reason, price.status_source) if part]
    return _("; ").join(parts)


def _rates(rates: Price | Rates | Tier) -> str:
    parts = []
    for label, key in (
        (_("input"), "input_usd_per_mtok"),
        (_("output"), "output_usd_per_mtok"),
        (_("cached input"), "cached_input_usd_per_mtok"),
        (_("cache write"), "cache_write_usd_per_mtok"),
    ):
        value = getattr(rates, key, None)
        if value is not None:
            parts.append(f"{label} {_money(value)}")
    return _(", ").join(parts) or _("no price")


def _history(price: Price) -> RenderableType:
    heads = (_("input"), _("output"), _("cached"))
    table = columns_table(_("from"), *heads, "", right=heads)
    for change in price.history:
        status = _word(change.status)
        mark = f"{status}, {sentence(change.note)}" if change.note else status
        table.add_row(
            change.from_date or _("not recorded"),
            _money(change.input_usd_per_mtok),
            _money(change.output_usd_per_mtok),
            _money(change.cached_input_usd_per_mtok),
            safe(mark),
        )
    return table


def _money(value: float | None) -> str:
    """A unit price with every digit that it has: $15  $2.50  $0.0375."""
    if value is None:
        return _NONE
    digits = f"{value:,.9f}".rstrip("0")
    whole, _point, cents = digits.partition(".")
    amount = f"{symbol(Currency())}{whole}"
    return f"{amount}.{cents:0<2}" if cents else amount


def _mark(price: Price) -> str:
    if price.status == "current" and price.retires_on:
        return _("until {day}").format(day=price.retires_on)
    if price.state != "priced":
        return _word(price.state)
    return "" if price.status == "current" else _word(price.status)


def _word(state: str) -> str:
    return _(STATES[state]) if state in STATES else name(state)
