"""The corners of the exact meanings: nothing owed, never, unknown, several crossings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.documents import Unknown
from advisor.economics.break_even import (
    Ahead,
    Crossing,
    balance_usd,
    break_even_tokens_per_month,
    crossings,
    simple_break_even_months,
)
from advisor.economics.capacity import capacity
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Usage
from advisor.economics.local_cost import (
    ElectricityBasis,
    capital_and_running_usd,
    electricity,
    local_month,
    local_usd_per_mtok,
)

PRICE = ApiPrice(30, 60, 30)
CASE = Case(Usage(6e6, 6e6), Box(2000, electricity_usd_per_month=30), 0.15)


def full(case: Case, price: ApiPrice = PRICE) -> list[Crossing]:
    balance = balance_usd(case, price)
    assert not isinstance(balance, Unknown)
    return crossings(balance)


def test_a_free_box_pays_at_once_or_never() -> None:
    assert simple_break_even_months(0, 540, 30) == 0
    assert simple_break_even_months(0, 30, 30) is None
    free = replace(CASE, box=replace(CASE.box, price_usd=0))
    assert full(free) == [Crossing(0.0, Ahead.LOCAL)]
    assert full(free, ApiPrice(0, 0, 0)) == []


def test_beyond_the_horizon_is_never_in_full_but_not_in_simple() -> None:
    claude = ApiPrice(3, 15, 3)
    assert full(replace(CASE, horizon=Horizon(25)), claude) == []
    assert full(replace(CASE, horizon=Horizon(26)), claude)[0].month == pytest.approx(2000 / 78)


def test_resale_counts_only_after_month_zero() -> None:
    keeps_value = replace(CASE, box=replace(CASE.box, resale_decline_per_year=0.0))
    balance = balance_usd(keeps_value, PRICE)
    assert balance == pytest.approx([2000 * (t == 0) - 510 * t for t in range(61)])
    assert full(keeps_value)[0].month == pytest.approx(2000 / 2510)


def test_shrinking_use_crosses_back_and_every_crossing_is_listed() -> None:
    case = replace(
        CASE,
        usage=replace(CASE.usage, growth_per_month=-0.2),
        box=replace(CASE.box, resale_decline_per_year=0.3),
    )
    balance = balance_usd(case, PRICE)
    assert not isinstance(balance, Unknown)
    first, second = full(case)
    assert (first.ahead, second.ahead) == (Ahead.LOCAL, Ahead.API)
    assert balance[int(second.month)] <= 0 < balance[int(second.month) + 1]


def test_discount_is_monthly_compound_at_the_months_end() -> None:
    case = replace(CASE, horizon=Horizon(12, discount_rate_per_year=0.21))
    balance = balance_usd(case, PRICE)
    assert not isinstance(balance, Unknown)
    month = 1.21 ** (1 / 12)
    assert balance[2] == pytest.approx(2000 - 510 / month - 510 / month**2)
    assert balance[12] == pytest.approx(
        2000 - 510 * sum(month**-k for k in range(1, 13)), rel=1e-12
    )


def test_overflow_is_bought_from_the_api() -> None:
    slow = Box(
        2000,
        prefill_tok_per_s=1e9,
        decode_tok_per_s=6e6 / (365 * 3600),
        powered_hours_per_month=182.5,
        electricity_usd_per_month=30,
    )
    case = replace(CASE, box=slow)
    load = capacity(case)
    assert not isinstance(load, Unknown)
    assert load.utilization == pytest.approx(2, rel=1e-6)
    assert not load.fits and load.overflow_share == pytest.approx(0.5, rel=1e-6)
    balance = balance_usd(case, PRICE)
    assert not isinstance(balance, Unknown)
    assert balance[1] == pytest.approx(2000 + 30 + 270 - 540, rel=1e-6)
    assert capital_and_running_usd(case, 12) == pytest.approx(2360)


def test_growth_outruns_the_box() -> None:
    case = Case(
        Usage(0, 1e6, growth_per_month=0.1),
        Box(0, decode_tok_per_s=1e6 / 3600, powered_hours_per_month=2, active_power_w=100),
        0.1,
    )
    load = capacity(case)
    assert not isinstance(load, Unknown)
    assert load.fits and load.first_month_over == 8
    assert load.tokens_per_month == pytest.approx(2e6)


def test_break_even_volume_above_capacity_is_never() -> None:
    box = Box(2000, prefill_tok_per_s=3000, decode_tok_per_s=3, electricity_usd_per_month=30.0)
    tight = replace(CASE, box=box)
    assert break_even_tokens_per_month(tight, ApiPrice(1.5, 2, 1.5)) is None
    assert isinstance(break_even_tokens_per_month(tight, PRICE), float)
    unknown_rates = replace(box, prefill_tok_per_s=None, decode_tok_per_s=None)
    free_to_grow = break_even_tokens_per_month(
        replace(CASE, box=unknown_rates), ApiPrice(1.5, 2, 1.5)
    )
    assert free_to_grow == pytest.approx(112.38e6, rel=1e-4)


def test_energy_per_token_dearer_than_the_api_never_breaks_even() -> None:
    box = Box(0, prefill_tok_per_s=10, decode_tok_per_s=1, active_power_w=1000, idle_power_w=0)
    cheap = ApiPrice(0.1, 0.1, 0.1)
    assert break_even_tokens_per_month(replace(CASE, box=box), cheap) is None


def test_unknown_rates_charge_active_power_throughout() -> None:
    box = Box(2000, active_power_w=350, idle_power_w=60)
    model = electricity(replace(CASE, box=box))
    assert not isinstance(model, Unknown)
    assert model.basis is ElectricityBasis.ACTIVE_THROUGHOUT and model.upper_bound
    cost = local_month(replace(CASE, box=box))
    assert not isinstance(cost, Unknown)
    assert cost.usd == pytest.approx(350 * 730 / 1000 * 0.15)
    no_idle = Box(2000, prefill_tok_per_s=3000, decode_tok_per_s=100, active_power_w=350)
    without_idle = electricity(replace(CASE, box=no_idle))
    assert not isinstance(without_idle, Unknown) and without_idle.upper_bound


def test_unknown_power_is_unknown_money() -> None:
    dark = replace(CASE, box=Box(2000, prefill_tok_per_s=3000, decode_tok_per_s=100))
    for value in (
        electricity(dark),
        local_month(dark),
        capital_and_running_usd(dark, 12),
        local_usd_per_mtok(dark),
        balance_usd(dark, PRICE),
        break_even_tokens_per_month(dark, PRICE),
    ):
        assert isinstance(value, Unknown)
        assert "power" in value.reason


def test_no_tokens_have_no_price() -> None:
    silent = replace(CASE, usage=Usage(0, 0))
    assert isinstance(local_usd_per_mtok(silent), Unknown)
    assert isinstance(break_even_tokens_per_month(silent, PRICE), Unknown)
