"""The flows of every action: one engine, sums that agree."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.break_even import balance_usd, crossings, simple_break_even_months
from advisor.economics.flows import Flows, api_flows, local_flows, rented_flows
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, Usage
from advisor.economics.rented import RentalKind, Rented

PRICE = ApiPrice(30, 60, 30)
CASE = Case(
    Usage(6e6, 6e6, growth_per_month=0.05),
    Box(2000, 0.3, 3000, 100, 350, 60, setup_usd=300, spare_parts_usd_per_year=60),
    0.15,
    Maintenance(1, 40),
    Horizon(60, 0.05, 0.2),
)
GPU = Rented("H100", 2.5, prefill_tok_per_s=20_000, decode_tok_per_s=1000)

growing = st.builds(
    lambda growth, rate, price: replace(
        CASE,
        usage=replace(CASE.usage, growth_per_month=growth),
        horizon=replace(CASE.horizon, discount_rate_per_year=rate),
        box=replace(CASE.box, price_usd=price),
    ),
    st.floats(-0.05, 0.3),
    st.floats(0, 0.5),
    st.floats(0, 20_000),
)


def known(flows: Flows | Unknown) -> Flows:
    assert isinstance(flows, Flows)
    return flows


@settings(deadline=None)
@given(growing)
def test_the_balance_at_the_horizon_is_the_difference_of_the_totals(case: Case) -> None:
    balance = balance_usd(case, PRICE)
    assert not isinstance(balance, Unknown)
    local = known(local_flows(case, PRICE)).total_usd(case.horizon)
    api = api_flows(case, PRICE).total_usd(case.horizon)
    assert balance[-1] == pytest.approx(local - api, abs=1e-6 * (local + api))


@settings(deadline=None)
@given(growing, st.floats(1.01, 10))
def test_the_break_even_falls_when_the_api_price_rises(case: Case, factor: float) -> None:
    def months(price: ApiPrice) -> float:
        balance = balance_usd(case, price)
        assert not isinstance(balance, Unknown)
        return next((each.month for each in crossings(balance)), math.inf)

    assert months(PRICE.scaled(factor)) <= months(PRICE) + 1e-9
    local = known(local_flows(case)).monthly_usd[0]
    first = [
        simple_break_even_months(case.box.capital_usd, usd, local) or math.inf
        for usd in (540.0, 540.0 * factor)
    ]
    assert case.box.capital_usd == 0 or first[1] <= first[0]


def test_a_rented_gpu_is_paid_for_its_busy_hours_over_its_utilization() -> None:
    busy = (6e6 / 20_000 + 6e6 / 1000) / 3600
    assert known(rented_flows(CASE, GPU)).monthly_usd[0] == pytest.approx(2.5 * busy / 0.7)
    spot = replace(GPU, kind=RentalKind.SPOT, usd_per_hour=1.0, interrupted_share=0.1)
    assert known(rented_flows(CASE, spot)).monthly_usd[0] == pytest.approx(busy * 1.1 / 0.7)


def test_a_reserved_gpu_is_paid_whole_and_joined_by_others() -> None:
    reserved = replace(GPU, kind=RentalKind.RESERVED)
    assert known(rented_flows(CASE, reserved)).monthly_usd[0] == 2.5 * 730
    often = known(rented_flows(CASE.at_volume(1000), reserved))
    busy = 1000 * (6e6 / 20_000 + 6e6 / 1000) / 3600
    assert often.monthly_usd[0] == 2.5 * 730 * math.ceil(busy / 0.7 / 730)
    given_hours = replace(GPU, hours_per_month=100)
    assert known(rented_flows(CASE, given_hours)).monthly_usd[0] == 250


def test_a_rented_gpu_takes_the_boxs_speed_or_says_that_it_is_unknown() -> None:
    bare = replace(GPU, prefill_tok_per_s=None, decode_tok_per_s=None)
    busy = (6e6 / 3000 + 6e6 / 100) / 3600
    assert known(rented_flows(CASE, bare)).monthly_usd[0] == pytest.approx(2.5 * busy / 0.7)
    slow = replace(CASE, box=replace(CASE.box, decode_tok_per_s=None))
    assert isinstance(rented_flows(slow, bare), Unknown)
    assert known(rented_flows(slow, replace(bare, kind=RentalKind.RESERVED))).monthly_usd[0] == 1825
