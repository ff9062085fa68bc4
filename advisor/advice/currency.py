"""What are amounts written in another currency worth in USD?

`price_usd = "60000 TWD"` is read at the scenario's own dated rate, before anything else sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from advisor.advice.inputs import CurrencyTable
from advisor.errors import InputError

_AMOUNT = re.compile(r"\s*(-?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*([A-Z]{3})\s*")
_LONGEST = 60
USD = "USD"


def in_usd(raw: Mapping[str, Any], currency: CurrencyTable) -> dict[str, Any]:
    """The same tables in USD: amounts are text such as "60000 TWD" under a key that names USD.

    Of several rates of one currency the newest holds. Other text is left for the reader to refuse.
    Raises InputError for a currency without a rate.
    """
    rates = {USD: 1.0}
    for rate in sorted(currency.rate, key=lambda each: each.as_of):
        rates[rate.code] = rate.usd_per_unit
    if currency.code not in rates:
        raise _no_rate("currency.code", currency.code, rates)
    return {
        name: value if name == "currency" else _converted(value, name, False, rates)
        for name, value in raw.items()
    }


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
    return InputError(
        key,
        why=f"no rate for {code} is given (known: {', '.join(sorted(rates))})",
        remedy=f'Add [[currency.rate]] with code = "{code}", usd_per_unit and as_of.',
    )
