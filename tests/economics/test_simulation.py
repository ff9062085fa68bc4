"""Do the arrays say what the scalar formulas and a hand-written loop say?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.economics.blocks import Blocks
from advisor.economics.break_even import Ahead, balance_usd, crossings
from advisor.economics.candidates import Candidate
from advisor.economics.flows import Flows, api_flows, local_flows, rented_flows
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, PriceChange, Usage
from advisor.economics.rented import RentalKind, Rented
from advisor.economics.simulation.distributions import Lognormal, Normal, Uniform
from advisor.economics.simulation.engine import follow_scenarios, monthly_costs, simulate
from advisor.economics.simulation.plan import ApiPlan, Plan
from advisor.economics.simulation.sampling import Sampler

SURE = Sampler({}, seed=1)
UNCERTAIN = {
    "usage.input_tokens_per_month": Lognormal(30e6, 2.0),
    "usage.growth_per_month": Normal(0.02, 0.02, -1, 1),
    "box.decode_tok_per_s": Normal(100, 5, 0, 1e9),
    "horizon.api_decline_per_year": Uniform(0.0, 0.4),
}


def number(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False, allow_infinity=False)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    idle = draw(number(0, 200))
    return Case(
        Usage(
            draw(st.one_of(st.just(0.0), number(1e3, 1e9))),
            draw(number(1e3, 5e8)),
            draw(number(0, 1)),
            draw(st.one_of(st.just(0.0), number(-0.2, 0.2))),
        ),
        Box(
            draw(st.one_of(st.just(0.0), number(1, 50_000))),
            draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
            draw(number(100, 10_000)),
            draw(number(5, 500)),
            idle + draw(number(0, 800)),
            idle,
            draw(number(100, 744)),
            draw(number(0.9, 1.5)),
            draw(st.one_of(st.none(), number(0, 200))),
        ),
        draw(number(0, 0.6)),
        Maintenance(draw(number(0, 10)), draw(number(0, 200))),
        Horizon(draw(st.integers(1, 72)), draw(number(0, 0.3)), draw(number(-0.2, 1.0))),
    )


prices = st.builds(ApiPrice, number(0, 60), number(0, 120), number(0, 60))


@settings(max_examples=300, deadline=None)
@given(cases(), prices, prices)
def test_one_scenario_is_what_the_scalar_economics_says(
    case: Case, price: ApiPrice, other: ApiPrice
) -> None:
    plan = Plan(case, (ApiPlan("one", price), ApiPlan("other", other)), baseline=1)

    found = follow_scenarios(plan, SURE, 0, 1)

    balances = [balance_usd(case, each) for each in (price, other)]
    api_usd, local_usd = found.costs_usd[1, 0], found.costs_usd[2, 0]
    scale = abs(api_usd) + abs(local_usd) + case.box.price_usd
    assert local_usd - api_usd == pytest.approx(balances[1][-1], abs=1e-9 * scale + 1e-12)
    for index, balance in enumerate(balances):
        expected = crossings(balance)
        size = max(map(abs, balance))
        if any(0 < abs(step) < 1e-9 * size for step in balance):
            continue
        assert found.crossings[index, 0] == len(expected)
        first = next((each.month for each in expected if each.ahead is Ahead.LOCAL), math.nan)
        month = int(first) if not math.isnan(first) else 0
        slope = abs(balance[min(month + 1, len(balance) - 1)] - balance[month])
        slack = 1e-9 * (1 + size / slope) if slope else 1e-9
        assert found.break_even_months[index, 0] == pytest.approx(first, abs=slack, nan_ok=True)


def loop(case: Case, prices_by_month: list[tuple[int, ApiPrice]]) -> list[float]:
    """Costs of the API alone, of the box, and of the cheapest split, month by month, by hand."""
    usage, box, horizon = case.usage, case.box, case.horizon
    v = (1 + horizon.discount_rate_per_year) ** (1 / 12)
    api = 0.0
    local = hybrid = box.price_usd
    for t, (since, price) in enumerate(prices_by_month):
        volume = (1 + usage.growth_per_month) ** t
        t_in, t_out = usage.input_tokens_per_month * volume, usage.output_tokens_per_month * volume
        c = usage.cached_input_share
        p_in = (1 - c) * price.input_usd_per_mtok + c * price.cached_input_usd_per_mtok
        bill = (t_in * p_in + t_out * price.output_usd_per_mtok) / 1e6
        bill *= (1 - horizon.api_decline_per_year) ** ((t - since) / 12)
        hours = (t_in / box.prefill_tok_per_s + t_out / box.decode_tok_per_s) / 3600
        run = min(hours, box.powered_hours_per_month)
        kwh = box.active_power_w * run + box.idle_power_w * (box.powered_hours_per_month - run)
        served = run / hours if hours else 1.0
        month = kwh / 1000 * box.wall_factor * case.usd_per_kwh
        month += case.maintenance.hours_per_month * case.maintenance.usd_per_hour
        month += (1 - served) * bill
        idle = box.idle_power_w / 1000 * box.powered_hours_per_month
        idle *= box.wall_factor * case.usd_per_kwh
        idle += case.maintenance.hours_per_month * case.maintenance.usd_per_hour
        api += bill / v ** (t + 1)
        local += month / v ** (t + 1)
        hybrid += min(month, bill, idle + bill) / v ** (t + 1)
    t = len(prices_by_month)
    resale = box.price_usd * (1 - box.resale_decline_per_year) ** (t / 12) / v**t
    return [api, local - resale, hybrid - resale]


@settings(max_examples=200, deadline=None)
@given(cases(), prices, prices, st.integers(0, 71))
def test_a_hand_written_loop_agrees_on_overflow_splits_and_announced_prices(
    case: Case, price: ApiPrice, later: ApiPrice, month: int
) -> None:
    case = replace(case, box=replace(case.box, electricity_usd_per_month=None))
    changing = replace(price, changes=(PriceChange(month, later),))
    plan = Plan(case, (ApiPlan("api", changing),), hybrid=True)
    by_month = [(0, price) if t < month else (month, later) for t in range(case.horizon.months)]

    found = follow_scenarios(plan, SURE, 0, 1).costs_usd[:, 0]

    api, local, hybrid = loop(case, by_month)
    scale = abs(api) + abs(local) + abs(hybrid) + case.box.price_usd
    assert found == pytest.approx([api, local, hybrid], rel=1e-9, abs=1e-9 * scale + 1e-12)


def test_an_announced_price_moves_the_break_even_from_its_month_on() -> None:
    case = Case(
        Usage(6e6, 6e6), Box(2000, electricity_usd_per_month=0.0), 0.15, horizon=Horizon(24)
    )
    dear, free = ApiPrice(30, 60, 30), ApiPrice(0, 0, 0)
    months = follow_scenarios(
        Plan(
            case,
            (
                ApiPlan("falls", replace(dear, changes=(PriceChange(3, free),))),
                ApiPlan("stays", dear),
            ),
        ),
        SURE,
        0,
        1,
    ).break_even_months[:, 0]
    assert np.isnan(months[0])
    assert months[1] == pytest.approx(2000 / 540)


def test_a_rented_gpu_costs_its_busy_hours_or_its_reserved_ones() -> None:
    case = Case(Usage(36e6, 3.6e6), Box(0, 1, 1000, 100, 0, 0), 0, horizon=Horizon(10))
    plan = Plan(
        case,
        (ApiPlan("api", ApiPrice(1, 1, 1)),),
        rented=(
            Rented("demand", 2.0, max_utilization=0.5),
            Rented("reserved", 1.5, hours_per_month=10, max_utilization=0.5),
        ),
    )
    found = follow_scenarios(plan, SURE, 0, 1)
    costs = dict(zip(plan.actions, found.costs_usd[:, 0], strict=True))
    assert costs["rented:demand"] == pytest.approx(10 * 2.0 * 20 / 0.5)
    assert costs["rented:reserved"] == pytest.approx(10 * 1.5 * 10 * 4)


def test_the_same_seed_gives_the_same_bytes_whatever_the_chunks_and_threads() -> None:
    case = Case(
        Usage(30e6, 20e6, 0.1, 0.02), Box(2000, 0.3, 3000, 100, 350, 60), 0.15, horizon=Horizon(36)
    )
    plan = Plan(case, (ApiPlan("api", ApiPrice(3, 15, 0.3)),), hybrid=True)
    sampler = Sampler(UNCERTAIN, seed=7)
    whole = simulate(plan, sampler, 5000, threads=1, chunk=5000)
    for threads, chunk in ((1, 37), (2, 1000), (3, 4096)):
        parts = simulate(plan, sampler, 5000, threads=threads, chunk=chunk)
        assert parts.costs_usd.tobytes() == whole.costs_usd.tobytes()
        assert parts.break_even_months.tobytes() == whole.break_even_months.tobytes()
    other = simulate(plan, Sampler(UNCERTAIN, seed=8), 5000)
    assert other.costs_usd.tobytes() != whole.costs_usd.tobytes()


@pytest.mark.parametrize("peak_to_mean", [None, 3.0])
def test_so_it_does_month_by_month_and_with_a_peak(peak_to_mean: float | None) -> None:
    case = Case(
        Usage(300e6, 90e6, 0.1, 0.02, 90_000.0),
        Box(2000, 0.3, 3000, 100, 350, 60, resale_by_age=((40.0, 0.1),)),
        0.15,
        horizon=Horizon(36),
        blocks=Blocks((100.0,), (0.1, 0.3)),
    )
    price = ApiPrice(3, 15, 0.3, changes=(PriceChange(2.5, ApiPrice(2, 9, 1)),))
    plan = Plan(
        case,
        (ApiPlan("api", price), ApiPlan("other", ApiPrice(1, 2, 1))),
        rented=(Rented("kept", 1.0, RentalKind.RESERVED),),
        candidates=(Candidate("other", replace(case.box, resale_by_age=())),),
        peak_to_mean=peak_to_mean,
    )
    sampler = Sampler({**UNCERTAIN, "arrivals.peak_to_mean": Uniform(1, 6)}, seed=7)
    whole = simulate(plan, sampler, 3000, threads=1, chunk=3000)
    for threads, chunk in ((1, 37), (2, 1000), (3, 2048), (None, None)):
        parts = simulate(plan, sampler, 3000, threads=threads, chunk=chunk)
        assert parts.costs_usd.tobytes() == whole.costs_usd.tobytes()
        assert parts.break_even_months.tobytes() == whole.break_even_months.tobytes()
        assert parts.crossings.tobytes() == whole.crossings.tobytes()


def test_a_scenario_is_the_scalar_case_at_its_own_draws() -> None:
    case = Case(
        Usage(30e6, 20e6, 0.1, 0.02), Box(2000, 0.3, 3000, 100, 350, 60), 0.15, horizon=Horizon(36)
    )
    price = ApiPrice(3, 15, 0.3)
    sampler = Sampler(UNCERTAIN, seed=7)
    found = simulate(Plan(case, (ApiPlan("api", price),)), sampler, 50)
    drawn = sampler.draw(0, 50)
    for i in range(50):
        one = {key: float(values[i]) for key, values in drawn.items()}
        usage = replace(
            case.usage,
            input_tokens_per_month=one["usage.input_tokens_per_month"],
            growth_per_month=one["usage.growth_per_month"],
        )
        box = replace(case.box, decode_tok_per_s=one["box.decode_tok_per_s"])
        horizon = replace(case.horizon, api_decline_per_year=one["horizon.api_decline_per_year"])
        balance = balance_usd(replace(case, usage=usage, box=box, horizon=horizon), price)
        difference = found.costs_usd[1, i] - found.costs_usd[0, i]
        assert difference == pytest.approx(balance[-1], rel=1e-9, abs=1e-9 * found.costs_usd[0, i])


def test_the_months_come_to_the_whole_without_purchase_and_resale() -> None:
    case = Case(
        Usage(30e6, 20e6, 0.1, 0.02),
        Box(2000, 0.3, 3000, 100, 350, 60),
        0.15,
        horizon=Horizon(36, 0.08, 0.1),
    )
    price = ApiPrice(3, 15, 0.3)
    plan = Plan(
        case,
        (ApiPlan("api", price),),
        rented=(Rented("demand", 2.0), Rented("reserved", 1.5, hours_per_month=200)),
        candidates=(Candidate("big", replace(case.box, price_usd=9000, decode_tok_per_s=900)),),
        hybrid=True,
    )
    sampler = Sampler(UNCERTAIN, seed=7)
    months = monthly_costs(plan, sampler, 9000)
    whole = simulate(plan, sampler, 9000).costs_usd
    assert months.shape == (6, 36, 9000)
    left = 0.7**3 / 1.08**3
    bought = [0.0, 2000 * (1 - left), 9000 * (1 - left), 0.0, 0.0, 2000 * (1 - left)]
    for row, capital in enumerate(bought):
        assert months[row].sum(axis=0) + capital == pytest.approx(whole[row], rel=1e-12)
    sure = monthly_costs(plan, SURE, 1)[:, :, 0]
    scalar = [
        api_flows(case, price),
        local_flows(case, price),
        local_flows(replace(case, box=plan.candidates[0].box), price),
        *(rented_flows(case, each) for each in plan.rented),
    ]
    for row, flows in zip(sure, scalar, strict=False):
        assert isinstance(flows, Flows)
        today = [usd / 1.08 ** ((t + 1) / 12) for t, usd in enumerate(flows.monthly_usd)]
        assert row == pytest.approx(today, rel=1e-11)


def test_too_many_months_at_once_are_refused() -> None:
    case = Case(Usage(1e6, 1e6), Box(2000, electricity_usd_per_month=9), 0.15)
    plan = Plan(case, (ApiPlan("api", ApiPrice(1, 1, 1)),))
    with pytest.raises(ValueError, match="too many at once"):
        monthly_costs(plan, SURE, 10_000_000)
