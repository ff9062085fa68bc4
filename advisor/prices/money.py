"""How is an amount of money written, and in which currency?

Amounts are USD inside; a currency with a rate says them at the edges.
"""

from __future__ import annotations

from dataclasses import dataclass

USD = "USD"
CENT = 0.01


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency that amounts are shown in, and what one unit of it is worth in USD."""

    code: str = USD
    usd_per_unit: float = 1.0

    @property
    def per_usd(self) -> float:
        """What one USD is worth in it."""
        return 1.0 / self.usd_per_unit

    @property
    def symbol(self) -> str:
        """How it is written before an amount: `$`, `NT$`, `€`, `CHF`."""
        if self.code == USD:
            return "$"
        from babel.numbers import get_currency_symbol

        return str(get_currency_symbol(self.code, locale="en"))

    def text(self, usd: float) -> str:
        """An amount of USD in this currency: whole units from 1,000 on, two decimals below, more
        digits below a hundredth. A currency without cents is whole from 100 on."""
        amount = usd / self.usd_per_unit
        magnitude = abs(amount)
        if magnitude >= 1000 or (magnitude >= 100 and not self._has_cents):
            written = f"{magnitude:,.0f}"
        elif magnitude >= CENT or magnitude == 0:
            written = f"{magnitude:,.2f}".removesuffix(".00")
        else:
            written = _digits(magnitude, 2)
        return self._signed(amount, written)

    def unit_price(self, usd: float) -> str:
        """A price of one token, call or kWh in this currency, with six significant digits."""
        amount = usd / self.usd_per_unit
        return self._signed(amount, f"{abs(amount):,.6g}")

    @property
    def _has_cents(self) -> bool:
        if self.code == USD:
            return True
        from babel.numbers import get_currency_precision

        return bool(get_currency_precision(self.code) > 0)

    def _signed(self, amount: float, written: str) -> str:
        sign, symbol = "-" if amount < 0 else "", self.symbol
        return f"{sign}{symbol}{' ' if symbol[-1].isalpha() else ''}{written}"


def is_currency(code: str) -> bool:
    """Whether there is, or was, a currency with this ISO 4217 code."""
    from babel.numbers import is_currency as listed

    return bool(listed(code))


def _digits(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.{digits + 6}f}".rstrip("0").rstrip(".")
