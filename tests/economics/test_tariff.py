"""Bands of the week, averaged."""

from __future__ import annotations

import pytest

from advisor.economics.tariff import Band, mean_usd_per_kwh, parse_days, parse_minute
from advisor.errors import InputError


def band(days: str, start: str, end: str, usd_per_kwh: float) -> Band:
    return Band(parse_days(days), parse_minute("from", start), parse_minute("to", end), usd_per_kwh)


def test_day_and_night() -> None:
    bands = [band("mon-fri", "07:00", "23:00", 0.30)]
    hours = 5 * 16
    assert mean_usd_per_kwh(bands, 0.10) == pytest.approx(
        (hours * 0.30 + (168 - hours) * 0.10) / 168
    )


def test_band_past_midnight_covers_the_rest() -> None:
    bands = [band("daily", "07:00", "23:00", 0.30), band("daily", "23:00", "07:00", 0.10)]
    assert mean_usd_per_kwh(bands, None) == pytest.approx((16 * 0.30 + 8 * 0.10) / 24)


def test_sunday_night_runs_into_monday() -> None:
    bands = [band("sun", "22:00", "06:00", 1.0)]
    assert mean_usd_per_kwh(bands, 0.0) == pytest.approx(8 / 168)
    with pytest.raises(InputError, match="mon 05:00"):
        mean_usd_per_kwh([*bands, band("mon", "05:00", "08:00", 1.0)], 0.0)


def test_uncovered_hours_need_a_price() -> None:
    with pytest.raises(InputError, match=r"sat 00:00.*tariff\.usd_per_kwh"):
        mean_usd_per_kwh([band("mon-fri", "00:00", "24:00", 0.30)], None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat, sun", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Wed", {2}),
        ("daily", set(range(7))),
    ],
)
def test_days(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "1-5", "mon..fri"])
def test_no_days(text: str) -> None:
    with pytest.raises(InputError, match=r"tariff\.band\.days"):
        parse_days(text)


@pytest.mark.parametrize("text", ["24:01", "7:00", "07:60", "", "07:00:00", "²³:00", "07.00"])
def test_no_time(text: str) -> None:
    with pytest.raises(InputError, match=r"tariff\.band\.from"):
        parse_minute("from", text)
