"""How are numbers, money, dates and lengths of time written in each language?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from advisor.prices.money import Currency
from advisor.report.language import ENGLISH, TAIWAN, use
from advisor.report.language.numbers import (
    counted,
    day,
    duration,
    energy_kwh,
    moment,
    money,
    months,
    symbol,
)

TWD = Currency("TWD", 0.03125)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use(ENGLISH)


@pytest.mark.parametrize(
    ("language", "dollars", "taiwanese"),
    [(ENGLISH, "$1,234", "NT$1,600"), (TAIWAN, "US$1,234", "NT$1,600")],
)
def test_money_says_whose_dollars_it_is_in(language: str, dollars: str, taiwanese: str) -> None:
    use(language)
    assert money(Currency(), 1234) == dollars
    assert money(Currency(), -1234) == f"-{dollars}"
    assert money(TWD, 50) == taiwanese
    assert symbol(TWD) == "NT$"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (950, "950", "950"),
        (12_000, "12 k", "1.2 萬"),
        (6_000_000, "6 M", "600 萬"),
        (1_500_000_000, "1.5 B", "15 億"),
        (99_999_999, "100 M", "1 億"),
    ],
)
def test_large_counts_go_by_the_steps_of_the_language(
    value: float, english: str, chinese: str
) -> None:
    assert counted(value) == english
    use(TAIWAN)
    assert counted(value) == chinese


def test_times_and_energy_have_their_words() -> None:
    moments = datetime(2026, 11, 28, 20, 35, tzinfo=UTC)
    assert (duration(125), duration(4200), duration(0.8)) == ("2 min 5 s", "1 h 10 min", "0.8 s")
    assert (months(3.92), months(None), energy_kwh(12.34)) == ("3.9 months", "never", "12.3 kWh")
    assert (day(date(2026, 11, 28)), moment(moments)) == ("2026-11-28", "2026-11-28 20:35")
    use(TAIWAN)
    assert (duration(125), duration(4200), duration(0.8)) == ("2 分 5 秒", "1 小時 10 分", "0.8 秒")
    assert (months(3.92), months(None), energy_kwh(12.34)) == ("3.9 個月", "永不", "12.3 度")
    assert (day(date(2026, 11, 28)), moment(moments)) == ("2026年11月28日", "2026年11月28日 20:35")
