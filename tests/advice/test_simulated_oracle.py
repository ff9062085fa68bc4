"""Is every simulated future what the scalar economics says of its drawn values?"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from every_cost import OPTIONAL, UNCERTAIN, put, scenario, settable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.advice.inputs import Inputs
from advisor.advice.pricing import PricedApi, baseline_index, price_apis
from advisor.advice.simulated_plan import plan_of
from advisor.advice.uncertain import take_uncertain
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import Ahead, balance_usd, crossings
from advisor.economics.capacity import busy_hours
from advisor.economics.flows import Flows, api_flows, local_flows, rented_flows
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import electricity, local_month
from advisor.economics.per_call import parts
from advisor.economics.simulation.engine import monthly_costs, simulate
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.split import BoxCosts, best_split
from advisor.economics.tiers import Tiers
from advisor.economics.work import Work

SCENARIOS = 4


def read(tables: Mapping[str, Any]) -> tuple[Inputs, tuple[PricedApi, ...]]:
    inputs = msgspec.convert(tables, Inputs)
    return inputs, price_apis(inputs, Unknown)


def planned(tables: Mapping[str, Any]) -> Plan:
    inputs, apis = read(tables)
    plan = plan_of(inputs, apis, baseline_index(inputs, apis))
    assert isinstance(plan, Plan)
    return plan


def hybrid_usd(case: Case, price: ApiPrice) -> float:
    """The box with the cheapest split of every month, found one by one."""
    box, rate = case.box, case.horizon.discount_rate_per_month
    hours, model, running = busy_hours(case.usage, box), electricity(case), local_month(case)
    assert not isinstance(hours, Unknown)
    assert not isinstance(model, Unknown)
    assert not isinstance(running, Unknown)
    total = box.capital_usd
    for month in range(case.horizon.months):
        growth = case.usage.growth(month)
        work = []
        for shape in case.usage.shapes:
            usage = replace(
                case.usage,
                input_tokens_per_month=case.usage.input_tokens_per_month * shape.input_share,
                output_tokens_per_month=case.usage.output_tokens_per_month * shape.output_share,
                shapes_given=(),
            )
            bill = sum(
                share
                * sum(part.usd for part in parts(case.usage, now) if part.shape == shape)
                * case.horizon.api_price_factor(max(0.0, month - since))
                for share, since, now in price.in_force(month)
            )
            alone = busy_hours(usage, box)
            assert not isinstance(alone, Unknown)
            work.append(Work("", 1.0, alone * growth, bill * growth))
        costs = BoxCosts(
            0.0,
            model.base_usd_per_month + running.maintenance_usd + running.spare_parts_usd,
            Tiers.flat(model.usd_per_busy_hour),
            box.powered_hours_per_month,
        )
        split = best_split([work], costs, [1.0])
        assert not isinstance(split, Unknown)
        total += split.usd / (1 + rate) ** (month + 1)
    months = case.horizon.months
    return total - box.resale_usd(months) / (1 + rate) ** months


def scalar_usd(plan: Plan) -> list[float]:
    """Every action's cost by the scalar economics."""
    case, baseline = plan.case, plan.apis[plan.baseline].price
    flows = [
        *(api_flows(case, api.price) for api in plan.apis),
        local_flows(case, baseline),
        *(local_flows(replace(case, box=each.box), baseline) for each in plan.candidates),
        *(rented_flows(case, each) for each in plan.rented),
    ]
    totals = []
    for flow in flows:
        assert isinstance(flow, Flows)
        totals.append(flow.total_usd(case.horizon))
    return [*totals, hybrid_usd(case, baseline)] if plan.hybrid else totals


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(st.sampled_from(OPTIONAL)),
    st.sets(st.sampled_from(sorted(UNCERTAIN)), min_size=1, max_size=8),
    st.integers(0, 2**32),
)
def test_a_simulated_future_is_the_scenario_with_its_drawn_values(
    has: set[str], keys: set[str], seed: int
) -> None:
    plain = scenario(frozenset(has))
    uncertain = copy.deepcopy(plain)
    for key in keys & settable(plain):
        low, high = UNCERTAIN[key]
        put(uncertain, key, {"low": low, "high": high})
    medians, stated = take_uncertain(uncertain)
    plan = planned(medians)
    assert [each.name for each in plan.candidates] == ["big", "old"]
    sampler = Sampler(stated.distributions, seed=seed)
    found = simulate(plan, sampler, SCENARIOS)
    months = monthly_costs(plan, sampler, SCENARIOS)
    drawn = sampler.draw(0, SCENARIOS)
    for number in range(SCENARIOS):
        tables = copy.deepcopy(medians)
        for key, values in drawn.items():
            put(tables, key, float(values[number]))
        one = planned(tables)
        expected = scalar_usd(one)
        scale = max(map(abs, expected))
        assert found.costs_usd[:, number] == pytest.approx(expected, rel=1e-9, abs=1e-12 * scale)
        check_break_even(one, found.break_even_months[:, number], found.crossings[:, number])
        api = [api_usd(one.case.usage, one.apis[0].price, one.case.horizon, t) for t in range(14)]
        rate = 1 + one.case.horizon.discount_rate_per_month
        today = [usd / rate ** (t + 1) for t, usd in enumerate(api)]
        assert months[0, :, number] == pytest.approx(today, rel=1e-9, abs=1e-12 * scale)


def check_break_even(plan: Plan, first: Any, count: Any) -> None:
    for index, api in enumerate(plan.apis):
        balance = balance_usd(plan.case, api.price)
        assert isinstance(balance, list)
        size = max(map(abs, balance))
        if any(0 < abs(step) < 1e-9 * size for step in balance):
            continue
        expected = crossings(balance)
        assert count[index] == len(expected)
        month = next((each.month for each in expected if each.ahead is Ahead.LOCAL), np.nan)
        whole = 0 if np.isnan(month) else int(month)
        slope = abs(balance[min(whole + 1, len(balance) - 1)] - balance[whole])
        slack = 1e-9 * (1 + size / slope) if slope else 1e-9
        assert first[index] == pytest.approx(month, abs=slack, nan_ok=True)
