"""The guide's worked figures, each of them, straight from the formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd, blended_usd_per_mtok
from advisor.economics.break_even import (
    blended_price_for_break_even,
    break_even_tokens_per_month,
    highest_box_price_usd,
    simple_break_even_months,
)
from advisor.economics.capacity import capacity
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, Usage
from advisor.economics.local_cost import (
    capital_and_running_usd,
    electricity,
    local_month,
    local_usd_per_mtok,
)

USAGE = Usage(6e6, 6e6)
GUIDE = Case(
    USAGE,
    Box(2000, prefill_tok_per_s=3000, decode_tok_per_s=100, electricity_usd_per_month=30),
    usd_per_kwh=0.15,
)
SAMPLE = replace(
    GUIDE,
    box=replace(GUIDE.box, electricity_usd_per_month=None, active_power_w=350.0, idle_power_w=60.0),
)
PRICES = {
    "GPT-3.5 Turbo": ApiPrice(1.5, 2, 1.5),
    "GPT-4": ApiPrice(30, 60, 30),
    "Claude 3.5 Sonnet": ApiPrice(3, 15, 3),
    "Groq": ApiPrice(2.5, 2.5, 2.5),
}


def monthly(name: str) -> float:
    return api_usd(USAGE, PRICES[name], Horizon())


def running() -> float:
    cost = local_month(GUIDE)
    assert not isinstance(cost, Unknown)
    return cost.usd


@pytest.mark.parametrize(
    ("name", "usd"),
    [("GPT-3.5 Turbo", 21), ("GPT-4", 540), ("Claude 3.5 Sonnet", 108), ("Groq", 30)],
)
def test_monthly_bill(name: str, usd: float) -> None:
    assert monthly(name) == pytest.approx(usd, abs=1e-9)


def test_ratios_of_apis() -> None:
    assert round(monthly("GPT-4") / monthly("GPT-3.5 Turbo"), 1) == 25.7
    assert monthly("GPT-4") / monthly("Groq") == pytest.approx(18)


def test_twelve_months() -> None:
    local = capital_and_running_usd(GUIDE, 12)
    assert not isinstance(local, Unknown)
    assert local == pytest.approx(2360)
    assert monthly("GPT-4") * 12 == pytest.approx(6480)
    assert monthly("GPT-3.5 Turbo") * 12 == pytest.approx(252)
    assert round(6480 / local, 1) == 2.7
    assert round(local / 252, 1) == 9.4


def test_maintenance() -> None:
    case = replace(GUIDE, maintenance=Maintenance(4, 500))
    assert capital_and_running_usd(case, 12) == pytest.approx(26360)
    cost = local_month(case)
    assert not isinstance(cost, Unknown)
    assert all(simple_break_even_months(2000, monthly(name), cost.usd) is None for name in PRICES)


@pytest.mark.parametrize(
    ("name", "months"),
    [("GPT-4", 3.92), ("Claude 3.5 Sonnet", 25.64), ("GPT-3.5 Turbo", None), ("Groq", None)],
)
def test_simple_break_even(name: str, months: float | None) -> None:
    found = simple_break_even_months(GUIDE.box.price_usd, monthly(name), running())
    assert (None if found is None else round(found, 2)) == months


@pytest.mark.parametrize(
    ("name", "million_tokens"),
    [("GPT-4", 4.37), ("Claude 3.5 Sonnet", 21.85), ("GPT-3.5 Turbo", 112.4)],
)
def test_break_even_volume(name: str, million_tokens: float) -> None:
    volume = break_even_tokens_per_month(GUIDE, PRICES[name])
    assert isinstance(volume, float)
    digits = len(str(million_tokens).split(".")[1])
    assert round(volume / 1e6, digits) == million_tokens


def test_local_price_per_million() -> None:
    price = local_usd_per_mtok(GUIDE)
    assert isinstance(price, float)
    assert round(price, 2) == 5.28


def test_utilization_and_electricity_at_the_samples_rates() -> None:
    found = capacity(SAMPLE)
    assert not isinstance(found, Unknown)
    assert round(found.utilization, 4) == 0.0236
    assert found.fits and found.overflow_share == 0
    cost = local_month(SAMPLE)
    assert not isinstance(cost, Unknown)
    assert round(cost.electricity_usd, 2) == 7.32
    model = electricity(SAMPLE)
    assert not isinstance(model, Unknown) and not model.upper_bound


@pytest.mark.parametrize(
    ("million_tokens", "months", "usd_per_mtok"), [(6, 24, 18.9), (12, 12, 16.4), (50, 3, 13.9)]
)
def test_what_the_rule_of_thumb_needs(
    million_tokens: float, months: float, usd_per_mtok: float
) -> None:
    case = GUIDE.at_volume(million_tokens / 12)
    price = blended_price_for_break_even(case, months)
    assert isinstance(price, float)
    assert round(price, 1) == usd_per_mtok


def test_price_below_which_local_never_pays_is_groqs() -> None:
    price = blended_price_for_break_even(GUIDE, float("inf"))
    assert price == pytest.approx(2.5)
    assert blended_usd_per_mtok(USAGE, PRICES["Groq"]) == pytest.approx(2.5)


def test_highest_box_price() -> None:
    assert highest_box_price_usd(GUIDE, PRICES["GPT-4"], 12) == pytest.approx(12 * 510)
    assert highest_box_price_usd(GUIDE, PRICES["Groq"], 12) is None
