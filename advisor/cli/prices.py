"""`advisor prices`: what do APIs charge, and since when?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from advisor.cli.output import json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.prices.book import PriceBook
    from advisor.prices.currencies.document import Currencies
    from advisor.prices.document import Price


@click.group()
def prices() -> None:
    """Look up what APIs charge per million tokens, and what currencies are worth.

    From the embedded price book, without network. Every price has its date and
    source; models no longer sold are marked historic.
    """


@prices.command()
@click.argument("text", nargs=-1, required=True)
@json_option
def search(text: tuple[str, ...], as_json: bool) -> None:
    """Find prices by words in provider, model or title."""
    book = _book()
    wanted = " ".join(text)
    _list(book, book.search(wanted), as_json, book.nearest(wanted))


@prices.command("list")
@click.option("--provider", metavar="NAME", help="Only this provider's, such as groq.")
@json_option
def list_(provider: str | None, as_json: bool) -> None:
    """List the price of every model."""
    book = _book()
    _list(book, book.listing(provider), as_json)


@prices.command()
@click.argument("model", nargs=-1, required=True)
@json_option
def show(model: tuple[str, ...], as_json: bool) -> None:
    """Show one model's price with its history.

    MODEL is provider/model, a model's name or its usual spelling:
    openai/gpt-4o, claude-3-5-sonnet, GPT-3.5 Turbo.
    """
    book = _book()
    price = book.show(" ".join(model))
    if as_json:
        print_json(price)
        return
    from advisor.report.prices import show_price

    show_price(price)


@prices.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option(
    "--fetch",
    is_flag=True,
    help="Ask the ECB (for TWD the central bank of Taiwan) for today's, and keep them.",
)
@json_option
def currency(codes: tuple[str, ...], fetch: bool, as_json: bool) -> None:
    """Show what currencies are worth in USD.

    Without --fetch only rates that were kept are shown. A scenario that names a
    currency without a rate of its own is read at the kept one, and says so.
    """
    from advisor.history.place import default_folder
    from advisor.prices.currencies.document import Currencies
    from advisor.prices.currencies.keep import kept_rates

    wanted = tuple(code.upper() for code in codes)
    _check_codes(wanted)
    unknown = _fetch_currencies(wanted) if fetch else {}
    kept = kept_rates(default_folder())
    items = tuple(rate for rate in kept if rate.code in wanted or not wanted)
    document = Currencies(items=items, unknown=unknown)
    if as_json:
        print_json(document)
    elif items or not (wanted or unknown):
        from advisor.report.currencies import show_currencies

        show_currencies(document, date.today())
    _check_found(wanted, document, fetched=fetch)


def _fetch_currencies(codes: Sequence[str]) -> dict[str, str]:
    """Keeps what the publishers of these currencies say; why each of the others said nothing."""
    from advisor.advice.exchange_rates import fetch_each
    from advisor.errors import AdvisorError
    from advisor.history.place import default_folder
    from advisor.prices.currencies.keep import keep_rates
    from advisor.prices.currencies.sources import sources_of

    unknown = {}
    for source, found in fetch_each(sources_of(codes), date.today()):
        if isinstance(found, AdvisorError):
            unknown[source.name] = str(found)
        else:
            keep_rates(default_folder(), found)
    return unknown


def _check_codes(codes: Sequence[str]) -> None:
    from advisor.advice.currency import ISO_CODES
    from advisor.errors import InputError
    from advisor.prices.money import USD, is_currency

    for code in codes:
        if not is_currency(code):
            raise InputError(f"'{code}' is no currency", remedy=ISO_CODES)
        if code == USD:
            raise InputError("all prices are in USD", remedy="Name another currency.")


def _check_found(codes: Sequence[str], document: Currencies, *, fetched: bool) -> None:
    from advisor.errors import AdvisorError, InputError

    if document.unknown:
        raise AdvisorError(" ".join(document.unknown.values()))
    found = {rate.code for rate in document.items}
    for code in codes:
        if code not in found:
            where = "nobody who is asked lists it" if fetched else "none was fetched"
            hand = "Give it in the scenario as [[currency.rate]]"
            ask = "" if fetched else f", or run `advisor prices currency {code} --fetch`"
            raise InputError(f"no rate of {code} is kept", why=where, remedy=f"{hand}{ask}.")


def _book() -> PriceBook:
    from advisor.prices.book import PriceBook

    return PriceBook.load(date.today())


def _list(
    book: PriceBook, found: list[Price], as_json: bool, nearest: list[str] | None = None
) -> None:
    document = book.document(found)
    if as_json:
        print_json(document)
        return
    from advisor.report.prices import show_prices

    show_prices(document, nearest or [])
