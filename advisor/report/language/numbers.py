"""How are numbers, money, dates and lengths of time written in the current language?

Figures are grouped alike in both languages. Chinese counts in 萬 and 億, says whose dollars they
are, and has words for units of time and energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.prices.money import USD, Currency
from advisor.report.language import ENGLISH, TAIWAN, _, current
from advisor.report.language.catalogues import FOLDERS

if TYPE_CHECKING:
    from datetime import date, datetime

_COUNTED = {
    ENGLISH: ((1e9, " B"), (1e6, " M"), (1e3, " k")),
    TAIWAN: ((1e8, " 億"), (1e4, " 萬")),
}


def number(value: float, digits: int = 3) -> str:
    """`value` with `digits` significant digits, thousands separated: 1,230  45.6  0.00789."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.{digits + 6}f}".rstrip("0").rstrip(".")


def money(currency: Currency, usd: float) -> str:
    """An amount of USD in `currency`: $540, NT$1,234; US$540 in Chinese."""
    return currency.text(usd).replace(currency.symbol, symbol(currency), 1)


def symbol(currency: Currency) -> str:
    """How `currency` is written before an amount: $, NT$; US$ in Chinese, which has its own."""
    if current() == ENGLISH or currency.code != USD:
        return currency.symbol
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(USD, locale=FOLDERS[current()]))


def counted(value: float) -> str:
    """A large count: 950, 12 k, 6 M, 1.5 B; in Chinese 950, 1.2 萬, 600 萬, 15 億."""
    rounded = float(f"{value:.3g}")
    for step, unit in _COUNTED[current()]:
        if abs(rounded) >= step:
            return f"{number(rounded / step)}{unit}"
    return number(rounded) if current() != ENGLISH else f"{rounded:.0f}"


def duration(seconds: float) -> str:
    """A length of time: 0.8 s, 45 s, 2 min 5 s, 1 h 10 min."""
    if seconds < 10:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        if rest:
            return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
        return _("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if minutes:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    return _("{hours} h").format(hours=hours)


def months(value: float | None) -> str:
    """A number of months, or never."""
    return _("never") if value is None else _("{months} months").format(months=f"{value:.1f}")


def energy_kwh(value: float) -> str:
    """An amount of electricity in a sentence: 12.3 kWh, 12.3 度."""
    return _("{kwh} kWh").format(kwh=number(value))


def day(value: date) -> str:
    """A date as it is read: 2026-11-28, 2026年11月28日."""
    if current() == ENGLISH:
        return value.isoformat()
    from babel.dates import format_date

    return str(format_date(value, format="long", locale=FOLDERS[current()]))


def moment(value: datetime) -> str:
    """A date and time of day as they are read: 2026-11-28 20:35, 2026年11月28日 20:35."""
    return f"{day(value.date())} {value:%H:%M}"
