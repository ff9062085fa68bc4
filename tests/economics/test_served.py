"""Does a box that overflows by the hour serve in the simulation what the queueing says?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import busy_hours
from advisor.economics.hours import HourBand
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, Usage
from advisor.economics.local_cost import electricity
from advisor.economics.queueing.profile import sharper_profiles, week_profile
from advisor.economics.simulation.distributions import Uniform
from advisor.economics.simulation.engine import follow_scenarios, simulate
from advisor.economics.simulation.plan import ApiPlan, Plan
from advisor.economics.simulation.sampling import Correlation, Sampler
from advisor.economics.simulation.served import Served
from advisor.economics.split import BoxCosts, best_split
from advisor.economics.tiers import Tiers
from advisor.economics.work import Work

OFFICE = (HourBand(frozenset(range(5)), 8 * 60, 18 * 60, 0.9),)
CASE = Case(
    Usage(300e6, 120e6, growth_per_month=0.05),
    Box(2000, 0.3, 3000, 100, 350, 60),
    0.15,
    Maintenance(1, 50),
    Horizon(12, 0.05),
)
PRICE = ApiPrice(1, 4, 1)
bands = st.sampled_from([(), OFFICE])


def peak_range(hours: tuple[HourBand, ...]) -> tuple[float, float]:
    least, most = sharper_profiles(hours, 2)
    return least.peak_to_mean, most.peak_to_mean


def by_hand(profile: tuple[float, ...], room: float) -> float:
    return sum(min(share * 168, room) for share in profile) / 168


@settings(max_examples=60, deadline=None)
@given(bands, st.floats(0, 1), st.floats(0.01, 30))
def test_each_hour_serves_what_it_can(
    hours: tuple[HourBand, ...], part: float, room: float
) -> None:
    least, most = peak_range(hours)
    peak = least + part * (most - least)
    expected = by_hand(week_profile(hours, peak).shares, room)
    exact = Served(hours, peak).share(np.array([room]))
    assert exact[0] == pytest.approx(expected, rel=1e-9)
    between = Served(hours, np.array([peak])).share(np.array([room]))
    assert between[0] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("hours", [(), OFFICE])
def test_a_peak_beyond_what_the_hours_allow_counts_as_the_nearest(
    hours: tuple[HourBand, ...],
) -> None:
    least, most = peak_range(hours)
    served = Served(hours, np.array([0.5, least, most, 500.0])).share(np.full(4, 1.0))
    assert served[0] == served[1]
    assert served[2] == served[3] < served[1]
    assert Served(hours, np.array([most])).share(np.array([most]))[0] == pytest.approx(1)


@pytest.mark.parametrize("hours", [(), OFFICE])
def test_local_and_hybrid_are_the_splits_of_each_hour(hours: tuple[HourBand, ...]) -> None:
    plan = Plan(CASE, (ApiPlan("api", PRICE),), hybrid=True, peak_to_mean=peak_range(hours)[0] + 2)
    plan = replace(plan, bands=hours)
    found = follow_scenarios(plan, Sampler({}, seed=1), 0, 1).costs_usd[:, 0]
    profile = week_profile(hours, plan.peak_to_mean).shares
    needed, model = busy_hours(CASE.usage, CASE.box), electricity(CASE)
    assert not isinstance(needed, Unknown)
    assert not isinstance(model, Unknown)
    bill = api_usd(CASE.usage, PRICE, CASE.horizon)
    work = Work("all", 1.0, needed, bill, by_hour=profile)
    split = best_split(
        [[work.scaled(1.05**month)] for month in range(12)],
        BoxCosts(
            2000 - CASE.box.resale_usd(12) / 1.05,
            model.base_usd_per_month + 50,
            Tiers.flat(model.usd_per_busy_hour),
            730.0,
        ),
        [1.05 ** (-(month + 1) / 12) for month in range(12)],
    )
    assert not isinstance(split, Unknown)
    assert found[1] == pytest.approx(split.local_first_usd, rel=1e-9)
    assert split.uses_box
    assert found[2] == pytest.approx(split.usd, rel=1e-9)


def test_volume_and_peak_that_rise_together_cost_more() -> None:
    """Convexity: what overflows grows more than in proportion where both are high at once."""
    plan = Plan(CASE, (ApiPlan("api", PRICE),), peak_to_mean=3.0)
    keys = ("usage.input_tokens_per_month", "arrivals.peak_to_mean")
    uncertain: dict[str, Any] = {keys[0]: Uniform(1e8, 9e8), keys[1]: Uniform(1.0, 8.0)}
    means = [
        simulate(
            plan,
            Sampler(uncertain, seed=1, correlations=[Correlation(*keys, rank)]),
            20_000,
        )
        .costs_usd[1]
        .mean()
        for rank in (-0.8, 0.0, 0.8)
    ]
    assert means[0] < means[1] < means[2]
