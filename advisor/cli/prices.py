"""`advisor prices`: what do APIs charge, and since when?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from advisor.cli.output import json_option, print_json

if TYPE_CHECKING:
    from advisor.prices.book import PriceBook
    from advisor.prices.document import Price


@click.group()
def prices() -> None:
    """Look up what APIs charge per million tokens.

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
