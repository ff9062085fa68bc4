"""What must hold of every case, and agreement with a slow loop written apart from the engine."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, getcontext

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import (
    Ahead,
    balance_usd,
    break_even_tokens_per_month,
    crossings,
    net_present_value_usd,
    simple_break_even_months,
)
from advisor.economics.capacity import capacity, overflow_share
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, Usage
from advisor.economics.local_cost import capital_and_running_usd, local_month, local_usd_per_mtok
from advisor.economics.regret import regrets
from advisor.errors import InputError

getcontext().prec = 40

unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


usages = st.builds(Usage, numbers(0, 1e9), numbers(1, 1e9), numbers(0, 1), numbers(-0.1, 0.2))
boxes = st.builds(
    Box,
    numbers(0, 20000),
    numbers(0, 1),
    numbers(50, 20000),
    numbers(5, 3000),
    numbers(100, 2000),
    numbers(0, 100),
    numbers(1, 744),
    numbers(1, 1.5),
    st.none() | numbers(0, 500),
)
cases = st.builds(
    Case,
    usages,
    boxes,
    numbers(0, 1),
    st.builds(Maintenance, numbers(0, 20), numbers(0, 500)),
    st.builds(Horizon, st.integers(1, 80), numbers(0, 0.5), numbers(0, 0.9)),
)
prices = st.builds(ApiPrice, numbers(0, 100), numbers(0, 200), numbers(0, 100))


def slow_balance(case: Case, price: ApiPrice, month: int) -> Decimal:
    """D(t) from scratch, in decimals, one flow after the other."""

    def d(value: float) -> Decimal:
        return Decimal(value)

    usage, box, horizon = case.usage, case.box, case.horizon
    monthly = (1 + d(horizon.discount_rate_per_year)) ** (Decimal(1) / 12) - 1
    local, api_total = d(box.price_usd), Decimal(0)
    for k in range(month):
        growth = (1 + d(usage.growth_per_month)) ** k
        tokens_in, tokens_out = (
            d(usage.input_tokens_per_month) * growth,
            d(usage.output_tokens_per_month) * growth,
        )
        cached = d(usage.cached_input_share)
        api = (
            tokens_in * (1 - cached) * d(price.input_usd_per_mtok)
            + tokens_in * cached * d(price.cached_input_usd_per_mtok)
            + tokens_out * d(price.output_usd_per_mtok)
        ) / 1_000_000
        if k:
            api *= (1 - d(horizon.api_decline_per_year)) ** (Decimal(k) / 12)
        assert box.prefill_tok_per_s and box.decode_tok_per_s
        assert box.active_power_w and box.idle_power_w is not None
        busy = (tokens_in / d(box.prefill_tok_per_s) + tokens_out / d(box.decode_tok_per_s)) / 3600
        hours_on = d(box.powered_hours_per_month)
        overflow = api * (1 - hours_on / busy) if busy > hours_on else Decimal(0)
        busy = min(busy, hours_on)
        watt_hours = d(box.active_power_w) * busy + d(box.idle_power_w) * (hours_on - busy)
        energy = watt_hours / 1000 * d(box.wall_factor) * d(case.usd_per_kwh)
        if box.electricity_usd_per_month is not None:
            energy = d(box.electricity_usd_per_month)
        upkeep = d(case.maintenance.hours_per_month) * d(case.maintenance.usd_per_hour)
        discount = (1 + monthly) ** (k + 1)
        local += (energy + upkeep + overflow) / discount
        api_total += api / discount
    if month:
        kept = 1 - d(box.resale_decline_per_year)
        resale = d(box.price_usd) * kept ** (Decimal(month) / 12) if kept else Decimal(0)
        local -= resale / (1 + monthly) ** month
    return local - api_total


@unhurried
@given(cases, prices)
def test_balance_agrees_with_the_slow_loop_to_the_cent(case: Case, price: ApiPrice) -> None:
    balance = balance_usd(case, price)
    assert not isinstance(balance, Unknown)
    assert len(balance) == case.horizon.months + 1
    for month in {0, 1, case.horizon.months // 2, case.horizon.months}:
        expected = float(slow_balance(case, price, month))
        assert balance[month] == pytest.approx(expected, rel=1e-9, abs=0.005)
    assert net_present_value_usd(balance) == -balance[-1]


@unhurried
@given(cases, prices)
def test_curves_cross_where_the_solver_says(case: Case, price: ApiPrice) -> None:
    balance = balance_usd(case, price)
    assert not isinstance(balance, Unknown)
    found = crossings(balance)
    assert [crossing.ahead for crossing in found] == [
        (Ahead.LOCAL, Ahead.API)[index % 2] for index in range(len(found))
    ]
    scale = max(abs(value) for value in balance) or 1.0
    for crossing in found:
        month = min(int(crossing.month), len(balance) - 2)
        share = crossing.month - month
        assert (1 - share) * balance[month] + share * balance[month + 1] == pytest.approx(
            0, abs=1e-6 * scale
        )
    if not found:
        assert min(balance[1:]) > 0


@unhurried
@given(cases, prices, numbers(1.01, 10))
def test_break_even_falls_when_the_api_costs_more(
    case: Case, price: ApiPrice, factor: float
) -> None:
    first, dearer = balance_usd(case, price), balance_usd(case, price.scaled(factor))
    assert not isinstance(first, Unknown) and not isinstance(dearer, Unknown)
    before, after = crossings(first), crossings(dearer)
    if before:
        assert after and after[0].month <= before[0].month + 1e-6


@unhurried
@given(cases, prices)
def test_full_equals_simple_without_growth_decline_resale_and_rates(
    case: Case, price: ApiPrice
) -> None:
    plain = replace(
        case,
        usage=replace(case.usage, growth_per_month=0.0),
        box=replace(case.box, resale_decline_per_year=1.0),
        horizon=Horizon(case.horizon.months),
    )
    load, cost = capacity(plain), local_month(plain)
    assert not isinstance(load, Unknown) and not isinstance(cost, Unknown)
    assume(load.fits)
    simple = simple_break_even_months(
        plain.box.price_usd, api_usd(plain.usage, price, plain.horizon), cost.usd
    )
    balance = balance_usd(plain, price)
    assert not isinstance(balance, Unknown)
    found = crossings(balance)
    if simple is not None and 0 < simple < plain.horizon.months - 1e-6:
        assert found[0].month == pytest.approx(simple, rel=1e-6, abs=1e-6)
    elif simple is not None and simple > plain.horizon.months + 1e-6:
        assert not found


@unhurried
@given(cases, prices)
def test_twelve_months_cost_the_same_at_the_break_even_volume(case: Case, price: ApiPrice) -> None:
    flat = replace(case, usage=replace(case.usage, growth_per_month=0.0))
    volume = break_even_tokens_per_month(flat, price)
    assume(isinstance(volume, float) and volume > 0)
    assert isinstance(volume, float)
    there = flat.at_volume(volume / flat.usage.tokens_per_month)
    local = capital_and_running_usd(there, 12)
    assert local == pytest.approx(
        sum(api_usd(there.usage, price, there.horizon, t) for t in range(12)), rel=1e-6
    )
    load = capacity(there)
    assert not isinstance(load, Unknown) and load.utilization <= 1 + 1e-9


@unhurried
@given(cases, prices, numbers(0.1, 10))
def test_money_scales(case: Case, price: ApiPrice, factor: float) -> None:
    scaled = replace(
        case,
        box=replace(
            case.box,
            price_usd=case.box.price_usd * factor,
            electricity_usd_per_month=None
            if case.box.electricity_usd_per_month is None
            else case.box.electricity_usd_per_month * factor,
        ),
        usd_per_kwh=case.usd_per_kwh * factor,
        maintenance=replace(case.maintenance, usd_per_hour=case.maintenance.usd_per_hour * factor),
    )
    before, after = balance_usd(case, price), balance_usd(scaled, price.scaled(factor))
    assert not isinstance(before, Unknown) and not isinstance(after, Unknown)
    scale = max(abs(value) for value in before) + case.box.price_usd
    assert after == pytest.approx([value * factor for value in before], abs=1e-6 * scale * factor)


@unhurried
@given(cases)
def test_tokens_beyond_capacity_are_not_counted_as_served(case: Case) -> None:
    per_mtok, whole = local_usd_per_mtok(case), capital_and_running_usd(case, case.horizon.months)
    assert isinstance(per_mtok, float) and isinstance(whole, float)
    tokens = sum(
        case.usage.tokens_per_month * case.usage.growth(t) for t in range(case.horizon.months)
    )
    net = whole - case.box.resale_usd(case.horizon.months)
    assert per_mtok >= net / tokens * 1e6 * (1 - 1e-9)
    load = capacity(case)
    assert not isinstance(load, Unknown)
    if load.first_month_over is None:
        assert per_mtok == pytest.approx(net / tokens * 1e6)


@unhurried
@given(numbers(0, 50))
def test_overflow_and_served_share_make_the_whole(utilization: float) -> None:
    served = min(1.0, 1 / utilization) if utilization else 1.0
    assert overflow_share(utilization) + served == pytest.approx(1)


@unhurried
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(numbers(0, 1e6), min_size=n, max_size=n), min_size=1, max_size=6
        )
    )
)
def test_the_best_action_has_no_regret(costs: list[list[float]]) -> None:
    found = regrets(costs)
    for scenario in range(len(costs[0])):
        column = [row[scenario] for row in found.usd]
        assert min(column) == 0
        best = column.index(0)
        assert costs[best][scenario] == min(row[scenario] for row in costs)
    assert found.worst_usd[found.minimax] == min(found.worst_usd)
    even = found.expected_usd([1.0] * len(costs[0]))
    assert all(mean <= worst + 1e-6 for mean, worst in zip(even, found.worst_usd, strict=True))


def test_regret_of_nothing_is_an_error() -> None:
    for costs in ([], [[]], [[1.0], [1.0, 2.0]]):
        with pytest.raises(InputError):
            regrets(costs)
    with pytest.raises(InputError):
        regrets([[1.0, 2.0]]).expected_usd([1.0])
