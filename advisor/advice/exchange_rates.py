"""What do the publishers of exchange rates say today? Asked only where a command says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit

from advisor.errors import AdvisorError
from advisor.prices.currencies.document import Rate
from advisor.prices.currencies.sources import Source
from advisor.servers.address import parse_url
from advisor.servers.client import fetch
from advisor.servers.http import Answer, printable
from advisor.servers.opening import reach

TIMEOUT_S = 30.0


def fetch_rates(source: Source, today: date) -> tuple[Rate, ...]:
    """A publisher's rates of these days. Raises AdvisorError that says what it answered instead."""
    parts = urlsplit(source.url)
    try:
        endpoint = reach(parse_url(f"{parts.scheme}://{parts.netloc}"))
        answer = fetch(endpoint, parts.path, timeout_s=TIMEOUT_S)
        return source.rates(_body(answer), today)
    except AdvisorError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        raise AdvisorError(
            f"{source.url} gives no rates",
            why=printable(why.encode()),
            remedy="Give the rate by hand as [[currency.rate]], or try again later.",
        ) from None


def fetch_each(
    sources: Sequence[Source], today: date
) -> Iterator[tuple[Source, tuple[Rate, ...] | AdvisorError]]:
    """Each publisher with its rates, or with why it gave none."""
    for source in sources:
        try:
            yield source, fetch_rates(source, today)
        except AdvisorError as error:
            yield source, error


def _body(answer: Answer) -> bytes:
    if answer.error:
        raise AdvisorError("no whole answer", why=answer.error)
    if answer.status != 200:
        where = answer.headers.get("location")
        raise AdvisorError(
            f"it answers HTTP {answer.status}", why=f"it points to {where}" if where else ""
        )
    return answer.body
