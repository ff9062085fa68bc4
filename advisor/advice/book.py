"""What does the price book say of the APIs in a scenario, and who hosts the measured model?"""

from __future__ import annotations

from advisor.advice.pricing import ListedPrice, PriceLookup
from advisor.documents import Unknown
from advisor.models.catalogue import recognize
from advisor.prices.book import PriceBook
from advisor.prices.document import Price

MOST_HOSTS = 3


def lookup_in(book: PriceBook) -> PriceLookup:
    """Finds an API's price by the name that a scenario gives it.

    The lookup raises InputError for a name that the book does not know or that several providers
    share; a model that it knows without a price is Unknown.
    """

    def lookup(name: str) -> ListedPrice | Unknown:
        return _listed(book.show(name))

    return lookup


def identity_of(book: PriceBook) -> str:
    """The book's name, version and date in one line, for documents that rest on it."""
    identity = book.identity
    return f"{identity.name} {identity.version}, as of {identity.as_of} ({identity.source})"


def hosts_of_model(
    book: PriceBook, model: str, *, input_tokens: float, output_tokens: float
) -> tuple[ListedPrice, ...]:
    """The cheapest current APIs that host the same open model as `model`, a server's name for it.

    Empty where the model is not in the catalogue: a mere likeness of names proves nothing.
    """
    known = recognize(model)
    if known is None:
        return ()
    hosts = book.hosts_of(
        known.name, *known.aliases, input_tokens=input_tokens, output_tokens=output_tokens
    )
    prices = [_listed(host) for host in hosts[:MOST_HOSTS]]
    return tuple(price for price in prices if isinstance(price, ListedPrice))


def _listed(price: Price) -> ListedPrice | Unknown:
    if price.input_usd_per_mtok is None or price.output_usd_per_mtok is None:
        reason = next(iter(price.unknown.values()), price.state)
        return Unknown(f"{price.name} has no price in the book: {reason}")
    return ListedPrice(
        name=price.name,
        input_usd_per_mtok=price.input_usd_per_mtok,
        output_usd_per_mtok=price.output_usd_per_mtok,
        cached_input_usd_per_mtok=price.cached_input_usd_per_mtok,
        status=price.status,
        as_of=price.as_of or price.confirmed_on,
        source=price.source,
    )
