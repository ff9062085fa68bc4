"""What does the price book say of the APIs in a scenario, and who hosts the measured model?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from advisor.advice.pricing import ListedPrice, PriceLookup
from advisor.documents import Unknown
from advisor.economics.rates import Rates, Tier
from advisor.models.catalogue import recognize
from advisor.prices.book import PriceBook
from advisor.prices.document import Price
from advisor.prices.document import Rates as BookRates
from advisor.prices.document import Tier as BookTier

MOST_HOSTS = 3


def lookup_in(book: PriceBook) -> PriceLookup:
    """Finds an API's price by the name that a scenario gives it.

    The lookup raises InputError for a name that the book does not know or that several providers
    share; a model that it knows without a price is Unknown.
    """

    def lookup(name: str) -> ListedPrice | Unknown:
        return _listed(book.show(name), book)

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
    prices = [_listed(host, book) for host in hosts[:MOST_HOSTS]]
    return tuple(price for price in prices if isinstance(price, ListedPrice))


def _listed(price: Price, book: PriceBook) -> ListedPrice | Unknown:
    now = _on_its_day(price)
    if isinstance(now, Unknown):
        return now
    days = [each.from_date for each in price.history if each.status == "announced"]
    later = [
        (day, _on_its_day(book.on(date.fromisoformat(day)).show(price.name)))
        for day in days
        if day is not None and day > price.valid_on
    ]
    return replace(
        now,
        later=tuple((day, each) for day, each in later if isinstance(each, ListedPrice)),
    )


def _on_its_day(price: Price) -> ListedPrice | Unknown:
    if price.input_usd_per_mtok is None or price.output_usd_per_mtok is None:
        reason = next(iter(price.unknown.values()), price.state)
        return Unknown(f"{price.name} has no price in the book: {reason}")
    listed = ListedPrice(
        name=price.name,
        input_usd_per_mtok=price.input_usd_per_mtok,
        output_usd_per_mtok=price.output_usd_per_mtok,
        cached_input_usd_per_mtok=price.cached_input_usd_per_mtok,
        status=price.status,
        as_of=price.as_of or price.confirmed_on,
        source=price.source,
        cache_write_usd_per_mtok=price.cache_write_usd_per_mtok,
        usd_per_request=price.usd_per_request or 0.0,
        valid_on=price.valid_on,
    )
    base = listed.rates
    return replace(
        listed,
        tiers=_tiers(price.tiers, base),
        batch=None if price.batch is None else _rates(price.batch, base),
        times=tuple(
            (each.from_utc, each.until_utc, _rates(each.rates, base)) for each in price.by_time
        ),
    )


def _rates(stated: BookRates, base: Rates) -> Rates:
    """The book's rates; input and output that it leaves out cost as they do without."""
    input_usd, output_usd, cached = (
        stated.input_usd_per_mtok,
        stated.output_usd_per_mtok,
        stated.cached_input_usd_per_mtok,
    )
    input_usd = base.input_usd_per_mtok if input_usd is None else input_usd
    fee = stated.usd_per_request
    found = Rates(
        input_usd,
        base.output_usd_per_mtok if output_usd is None else output_usd,
        input_usd if cached is None else cached,
        stated.cache_write_usd_per_mtok,
        base.usd_per_request if fee is None else fee,
    )
    return replace(found, tiers=_tiers(stated.tiers, found))


def _tiers(stated: tuple[BookTier, ...], base: Rates) -> tuple[Tier, ...]:
    return tuple(
        Tier(
            each.above_input_tokens,
            _or(each.input_usd_per_mtok, base.input_usd_per_mtok),
            _or(each.output_usd_per_mtok, base.output_usd_per_mtok),
            _or(
                each.cached_input_usd_per_mtok,
                _or(each.input_usd_per_mtok, base.input_usd_per_mtok),
            ),
        )
        for each in stated
    )


def _or(price: float | None, otherwise: float) -> float:
    return otherwise if price is None else price
