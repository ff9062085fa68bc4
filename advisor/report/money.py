"""In which currency is money shown? One currency for a whole report, set where it begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from advisor.prices.money import Currency

if TYPE_CHECKING:
    from advisor.advice.document import CurrencyPart

_SHOWN: ContextVar[Currency] = ContextVar("currency shown")
_USD = Currency()


@contextmanager
def shown_in(currency: Currency) -> Iterator[None]:
    """Every amount that is written inside is in this currency; USD outside."""
    before = _SHOWN.set(currency)
    try:
        yield
    finally:
        _SHOWN.reset(before)


def shown() -> Currency:
    """The currency that amounts are in here."""
    return _SHOWN.get(_USD)


def text(usd: float) -> str:
    """An amount of USD, in the currency and the language that are shown."""
    from advisor.report.language.numbers import money

    return money(shown(), usd)


def symbol() -> str:
    """What stands before an amount in the currency and the language that are shown."""
    from advisor.report.language.numbers import symbol as written

    return written(shown())


def rate_line(part: CurrencyPart) -> str:
    """The rate behind every amount, said once."""
    from advisor.report.language import _
    from advisor.report.text import name, number

    return _(
        "Amounts in {code}: 1 USD = {rate} {code} on {day} ({source}). A key with usd in its name "
        "holds USD."
    ).format(
        code=part.code, rate=number(part.per_usd, 5), day=part.as_of, source=name(part.source, 100)
    )
