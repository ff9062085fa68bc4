"""How are API prices shown? One line a model in a list; one model with its history and sources."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.text import name, safe, tokens

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.prices.document import Price, Prices, Rates, Tier

STALE_DAYS = 60
_NONE = "–"


def show_prices(document: Prices, nearest: list[str]) -> None:
    """Prints one line a price: USD per million tokens, historic ones dimmed."""
    console = result_console()
    if not document.items:
        hint = f" Nearest: {', '.join(map(name, nearest))}." if nearest else ""
        console.print(f"No price matches.{hint}")
        return
    table = columns_table(
        "provider/model", "input", "output", "cached", "", right=("input", "output", "cached")
    )
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
        f"USD per million tokens on {document.valid_on}; "
        f"{book.name} {book.version} of {book.as_of}.{_stale(document.valid_on, book.as_of)}",
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
        console.print(f"Note: {safe(' '.join(price.comment.split()), 600)}", style="dim")


def _facts(price: Price) -> list[tuple[str, RenderableType]]:
    if price.state == "local":
        return [("status", _status(price))]
    confirmed = f", last confirmed {price.confirmed_on}" if price.confirmed_on else ""
    return [
        ("status", _status(price)),
        ("USD per million tokens", _rates(price)),
        *((f"above {tokens(tier.above_input_tokens)} input", _rates(tier)) for tier in price.tiers),
        *((f"{each.from_utc}–{each.until_utc} UTC", _rates(each.rates)) for each in price.by_time),
        ("batch", _rates(price.batch) if price.batch else price.unknown["batch"]),
        *(
            (f"batch above {tokens(tier.above_input_tokens)}", _rates(tier))
            for tier in (price.batch.tiers if price.batch else ())
        ),
        *([("per request", _money(price.usd_per_request))] if price.usd_per_request else []),
        ("source", safe(price.source)),
        ("as of", f"{price.as_of or price.unknown['as_of']}{confirmed}"),
    ]


def _status(price: Price) -> str:
    parts = [price.status if price.state == "priced" else f"{price.status}, {price.state}"]
    parts += [safe(part) for part in (price.status_reason, price.status_source) if part]
    return "; ".join(parts)


def _rates(rates: Price | Rates | Tier) -> str:
    parts = []
    for label, key in (
        ("input", "input_usd_per_mtok"),
        ("output", "output_usd_per_mtok"),
        ("cached input", "cached_input_usd_per_mtok"),
        ("cache write", "cache_write_usd_per_mtok"),
    ):
        value = getattr(rates, key, None)
        if value is not None:
            parts.append(f"{label} {_money(value)}")
    return ", ".join(parts) or "no price"


def _history(price: Price) -> RenderableType:
    table = columns_table(
        "from", "input", "output", "cached", "", right=("input", "output", "cached")
    )
    for change in price.history:
        mark = f"{change.status}, {change.note}" if change.note else change.status
        table.add_row(
            change.from_date or "not recorded",
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
    whole, _, cents = digits.partition(".")
    return f"${whole}.{cents:0<2}" if cents else f"${whole}"


def _mark(price: Price) -> str:
    if price.status == "current" and price.retires_on:
        return f"until {price.retires_on}"
    if price.state != "priced":
        return price.state
    return "" if price.status == "current" else price.status


def _stale(today: str, as_of: str) -> str:
    age = (date.fromisoformat(today) - date.fromisoformat(as_of)).days
    if age <= STALE_DAYS:
        return ""
    return f" That is {age} days old: `pip install -U genai-prices` brings newer prices."
