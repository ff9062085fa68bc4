"""What are amounts written in another currency worth in USD, and which currency is shown?

`price_usd = "60000 TWD"` is read at the scenario's own dated rate, before anything else sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from advisor.advice.document import CurrencyPart
from advisor.advice.inputs import CurrencyTable
from advisor.errors import InputError
from advisor.prices.currencies.document import Rate
from advisor.prices.money import USD, is_currency

_AMOUNT = re.compile(r"\s*(-?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*([A-Z]{3})\s*")
_LONGEST = 60
ISO_CODES = "Write its ISO 4217 code, such as TWD, EUR or JPY."


def in_usd(raw: Mapping[str, Any], currency: CurrencyTable) -> dict[str, Any]:
    """The same tables in USD: amounts are text such as "60000 TWD" under a key that names USD.

    Of several rates of one currency the newest holds. Other text is left for the reader to refuse.
    Raises InputError for a code that is no currency, or one without a rate.
    """
    rates = {USD: 1.0}
    for code in dict.fromkeys(each.code for each in currency.rate):
        rate = currency.newest(code)
        if code != USD and rate is not None:
            if not is_currency(code):
                raise InputError(
                    "currency.rate.code", why=f"'{code}' is no currency", remedy=ISO_CODES
                )
            rates[code] = rate.usd_per_unit
        elif rate is not None and rate.usd_per_unit != 1.0:
            raise InputError(
                "currency.rate.usd_per_unit",
                why=f"a USD is one USD, not {rate.usd_per_unit:g}",
                remedy="Leave the rate of USD out.",
            )
    if currency.code not in rates:
        raise _no_rate("currency.code", currency.code, rates)
    return {
        name: value if name == "currency" else _converted(value, name, False, rates)
        for name, value in raw.items()
    }


def currency_part(currency: CurrencyTable) -> CurrencyPart | UnsetType:
    """The currency shown with its rate, its day and who says so; nothing where it is USD."""
    rate = currency.newest(currency.code)
    if currency.code == USD or rate is None:
        return UNSET
    return CurrencyPart(
        code=rate.code,
        per_usd=currency.shown.per_usd,
        as_of=rate.as_of,
        source=rate.source,
    )


def codes_without_rate(raw: Mapping[str, Any], *settings: str) -> tuple[str, ...]:
    """The currencies that tables (and `KEY=VALUE` settings) show or name in amounts, and give no
    rate for; in their order."""
    table = raw.get("currency")
    currency = table if isinstance(table, Mapping) else {}
    entries = currency.get("rate")
    given = {
        each.get("code")
        for each in (entries if isinstance(entries, list) else [])
        if isinstance(each, Mapping)
    }
    amounts = {name: value for name, value in raw.items() if name != "currency"}
    said = [each.partition("=")[2].strip() for each in settings]
    named = dict.fromkeys([str(currency.get("code", USD)), *_codes(amounts), *_codes(said), *said])
    return tuple(code for code in named if code != USD and code not in given)


def with_rates(raw: Mapping[str, Any], rates: Iterable[Rate]) -> dict[str, Any]:
    """The tables with these rates among their own, as a scenario file would state them."""
    table = raw.get("currency")
    currency = table if isinstance(table, Mapping) else {}
    entries = currency.get("rate")
    own = list(entries) if isinstance(entries, list) else []
    return {
        **raw,
        "currency": {**currency, "rate": [*own, *(msgspec.to_builtins(each) for each in rates)]},
    }


def _codes(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _codes(inner)
    elif isinstance(value, str) and len(value) <= _LONGEST and (amount := _AMOUNT.fullmatch(value)):
        yield amount[2]


def _converted(value: Any, path: str, is_usd: bool, rates: Mapping[str, float]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _converted(inner, f"{path}.{name}", is_usd or "usd" in name.split("_"), rates)
            for name, inner in value.items()
            if isinstance(name, str)
        }
    if isinstance(value, list):
        return [_converted(inner, path, is_usd, rates) for inner in value]
    if not is_usd or not isinstance(value, str) or len(value) > _LONGEST:
        return value
    amount = _AMOUNT.fullmatch(value)
    if amount is None:
        return value
    if amount[2] not in rates:
        raise _no_rate(path, amount[2], rates)
    return float(amount[1]) * rates[amount[2]]


def _no_rate(key: str, code: str, rates: Mapping[str, float]) -> InputError:
    add = (
        f'Add [[currency.rate]] with code = "{code}", usd_per_unit and as_of, or fetch one: '
        f"`advisor prices currency {code} --fetch`."
    )
    return InputError(
        key,
        why=f"no rate for {code} is given (known: {', '.join(sorted(rates))})",
        remedy=add if is_currency(code) else f"'{code}' is no currency. {ISO_CODES}",
    )
