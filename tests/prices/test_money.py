"""Is an amount written as its currency is, with as many digits as it needs?"""

import pytest

from advisor.prices.money import Currency, is_currency

TWD, JPY, CHF, EUR = (
    Currency(code, usd_per_unit)
    for code, usd_per_unit in (("TWD", 1 / 32), ("JPY", 1 / 160), ("CHF", 1.25), ("EUR", 1.0))
)


@pytest.mark.parametrize(
    ("currency", "usd", "written"),
    [
        (Currency(), 540, "$540"),
        (Currency(), 7.319, "$7.32"),
        (Currency(), 26360, "$26,360"),
        (Currency(), 999.999, "$1,000"),
        (Currency(), -3.5, "-$3.50"),
        (Currency(), 0.00012, "$0.00012"),
        (Currency(), 0.00000012, "$0.00000012"),
        (Currency(), 0, "$0"),
        (TWD, 540, "NT$17,280"),
        (TWD, 7.319, "NT$234.21"),
        (TWD, -1000, "-NT$32,000"),
        (JPY, 5.391, "¥863"),
        (JPY, 0.14, "¥22.40"),
        (CHF, 5, "CHF 4"),
        (EUR, 1234.5, "€1,234"),
    ],
)
def test_amounts(currency: Currency, usd: float, written: str) -> None:
    assert currency.text(usd) == written


@pytest.mark.parametrize(
    ("currency", "usd", "written"),
    [(Currency(), 0.0375, "$0.0375"), (Currency(), 60, "$60"), (TWD, 60, "NT$1,920")],
)
def test_unit_prices_keep_their_digits(currency: Currency, usd: float, written: str) -> None:
    assert currency.unit_price(usd) == written


def test_codes_are_those_of_iso_4217() -> None:
    assert all(map(is_currency, ("TWD", "EUR", "USD")))
    assert not any(map(is_currency, ("NTD", "RMB", "XYZ", "", "twd")))
