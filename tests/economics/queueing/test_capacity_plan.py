"""From curve, profile and SLO to what the box keeps and what it sends away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.documents import Unknown
from advisor.economics.hours import HourBand
from advisor.economics.queueing.capacity_plan import (
    CapacityPlan,
    Demand,
    admission_room,
    closed_form_wait_s,
    plan_capacity,
)
from advisor.economics.queueing.curve import Curve, Point
from advisor.economics.queueing.formulas import load_dependent, mg1
from advisor.economics.queueing.profile import week_profile
from advisor.economics.queueing.requests import Kind, Mix, Work
from advisor.economics.queueing.week import Server, Slo, Week, simulate_week

CURVE = Curve((Point(1, 1.0, 0.1, 0.15), Point(2, 1.8, 0.15, 0.25), Point(4, 2.6, 0.3, 0.6)))
SERVER = Server(CURVE, Work(0.0, 0.01), 500.0)
"""A request of 100 output tokens is one unit of work: one second alone."""
MIX = Mix((Kind(1.0, 500.0, 100.0),))
FLAT = week_profile()
OFFICE = week_profile([HourBand(frozenset(range(5)), 540, 1080, 0.9)])
SLO = Slo(ttft_s=1.0, request_s=8.0)


def at_utilization(mean: float, **other: object) -> Demand:
    """So many requests that the mean hour loads the box that much."""
    demand = Demand(mean * CURVE.full_speed * 730 * 3600, FLAT, MIX)
    return replace(demand, **other)  # type: ignore[arg-type]


def week(found: object) -> Week:
    assert isinstance(found, Week)
    return found


@pytest.fixture(scope="module")
def at_ease() -> CapacityPlan:
    return plan_capacity(SERVER, at_utilization(0.1, profile=OFFICE), SLO)


@pytest.fixture(scope="module")
def crowded() -> CapacityPlan:
    return plan_capacity(SERVER, at_utilization(0.5, profile=OFFICE), SLO)


def test_speeds_lie_on_the_measured_line_and_end_with_it() -> None:
    assert CURVE.speeds() == pytest.approx([1.0, 1.8, 2.2, 2.6])
    assert CURVE.largest == 4


def test_below_the_lowest_measured_each_is_as_fast_as_there() -> None:
    assert Curve((Point(4, 2.0),)).speeds() == pytest.approx([0.5, 1.0, 1.5, 2.0])


def test_utilization_is_work_over_full_speed(at_ease: CapacityPlan) -> None:
    assert at_ease.now.utilization_mean == pytest.approx(0.1)
    assert at_ease.now.utilization_peak_hour == pytest.approx(0.1 * OFFICE.peak_to_mean)


def test_a_light_load_keeps_the_slo_and_sends_little(at_ease: CapacityPlan) -> None:
    share = week(at_ease.all_local).quality.share_within_slo
    assert share is not None
    assert share > 0.95
    assert at_ease.overflow_share_peak < 0.01
    assert at_ease.now.overflow_smooth == 0


def test_a_peak_above_the_box_overflows_though_the_mean_fits(crowded: CapacityPlan) -> None:
    assert crowded.now.utilization_mean == pytest.approx(0.5)
    assert crowded.now.overflow_smooth == 0
    peak = 0.5 * OFFICE.peak_to_mean
    assert crowded.now.overflow_by_hour == pytest.approx(0.9 * (1 - 1 / peak))
    assert crowded.overflow_share_peak > crowded.now.overflow_by_hour


def test_what_the_router_keeps_is_within_the_slo(crowded: CapacityPlan) -> None:
    kept = week(crowded.with_api).quality.share_within_slo
    assert kept is not None
    assert kept >= 0.95


def test_overflow_of_tokens_is_that_of_requests_where_all_are_of_a_kind(
    crowded: CapacityPlan,
) -> None:
    for share in crowded.overflow_token_shares():
        assert share == pytest.approx(crowded.overflow_share_peak, rel=0.02)


def test_the_largest_load_keeps_the_slo_and_a_little_more_does_not(at_ease: CapacityPlan) -> None:
    assert isinstance(at_ease.largest_requests_per_month, float)
    demand = at_utilization(0.1, profile=OFFICE)
    for factor, keeps in ((1.0, True), (1.03, False)):
        rates = replace(
            demand, requests_per_month=factor * at_ease.largest_requests_per_month
        ).rates_per_s()
        share = week(
            simulate_week(SERVER, MIX, rates, SLO, room=None, seed=1)
        ).quality.share_within_slo
        assert share is not None
        assert (share >= 0.95) is keeps


def test_growth_outruns_the_slo_in_the_month_that_the_largest_load_says() -> None:
    plan = plan_capacity(SERVER, at_utilization(0.2, growth_per_month=0.05), SLO)
    assert isinstance(plan.largest_requests_per_month, float)
    month = plan.first_month_outside_slo
    assert month is not None
    now = at_utilization(0.2).requests_per_month
    assert now * 1.05 ** (month - 1) <= plan.largest_requests_per_month < now * 1.05**month
    shares = [load.overflow_to_keep_slo or 0.0 for load in plan.months]
    assert shares == sorted(shares)
    assert [load.month for load in plan.months] == [0, 12, 24, 36, 48, 59]


def test_an_slo_that_nothing_meets_sends_everything() -> None:
    plan = plan_capacity(SERVER, at_utilization(0.1), Slo(ttft_s=0.01))
    assert plan.room == 0
    assert plan.overflow_share_peak == 1.0
    assert plan.largest_requests_per_month == 0.0
    assert plan.first_month_outside_slo == 0


def test_without_an_slo_only_what_exceeds_its_hour_goes() -> None:
    plan = plan_capacity(SERVER, at_utilization(0.5, profile=OFFICE), Slo())
    assert plan.overflow_share_peak == plan.now.overflow_by_hour > 0
    assert isinstance(plan.largest_requests_per_month, Unknown)
    assert isinstance(plan.with_api, Unknown)


def test_a_box_that_is_off_sends_those_hours_work() -> None:
    demand = at_utilization(0.02, powered_hours_per_month=365.0)
    plan = plan_capacity(SERVER, demand, SLO)
    assert plan.unpowered_share == pytest.approx(0.5)
    assert plan.overflow_share_peak == pytest.approx(0.5, abs=0.001)
    assert plan.now.utilization_mean == pytest.approx(0.02)
    assert plan.now.overflow_smooth == 0


def test_the_busiest_month_carries_more() -> None:
    plan = plan_capacity(SERVER, at_utilization(0.3, seasonal_peak=2.0), SLO)
    assert plan.busiest_month is not None
    assert plan.busiest_month.utilization_mean == pytest.approx(0.6)


def test_a_queue_limit_bounds_the_room() -> None:
    assert admission_room(SERVER, MIX, Slo(queue_limit=3)) == 7
    assert admission_room(SERVER, MIX, Slo(request_s=100.0, queue_limit=0)) == 4
    assert admission_room(SERVER, MIX, Slo()) is None


def test_the_router_reckons_with_the_wait_and_the_first_token() -> None:
    # At 4 inside the first token takes 0.6 s (P95); each one waiting adds 1/2.6 s.
    assert admission_room(SERVER, MIX, Slo(ttft_s=0.6)) == 4
    assert admission_room(SERVER, MIX, Slo(ttft_s=0.6 + 1.01 / 2.6)) == 5


def test_bursts_make_more_of_the_same_load_late() -> None:
    calm, bursty = (
        plan_capacity(SERVER, at_utilization(0.5, burstiness=b), SLO) for b in (1.0, 0.1)
    )
    calm_share = week(calm.all_local).quality.share_within_slo
    bursty_share = week(bursty.all_local).quality.share_within_slo
    assert calm_share is not None
    assert bursty_share is not None
    assert bursty_share < calm_share - 0.05


def test_formula_and_simulation_agree_on_the_busiest_hour() -> None:
    demand = at_utilization(0.7)
    rate = demand.rates_per_s()[0]
    truth = load_dependent(rate, CURVE.speeds())
    assert not isinstance(truth, Unknown)
    assert closed_form_wait_s(SERVER, demand) == pytest.approx(truth.wait_mean_s)
    waits = []
    for seed in range(6):
        found = week(simulate_week(SERVER, MIX, demand.rates_per_s(), Slo(), room=None, seed=seed))
        assert found.quality.wait_mean_s is not None
        waits.append(found.quality.wait_mean_s)
    assert sum(waits) / 6 == pytest.approx(truth.wait_mean_s, rel=0.06)


def test_one_at_a_time_has_the_formula_of_any_sizes() -> None:
    server = replace(SERVER, curve=Curve((Point(1, 1.0, 0.1, 0.2),)))
    mix = Mix((Kind(0.9, 500, 50), Kind(0.1, 500, 550)), cv=0.0)
    demand = Demand(0.5 * 730 * 3600, FLAT, mix)
    truth = mg1(0.5, 1.0, mix.cv_of_work(server.work))
    assert not isinstance(truth, Unknown)
    assert mix.cv_of_work(server.work) == pytest.approx(1.5)
    assert closed_form_wait_s(server, demand) == pytest.approx(truth.wait_mean_s)


def test_no_formula_where_none_holds() -> None:
    for demand in (
        at_utilization(0.5, burstiness=0.5),
        at_utilization(0.5, mix=Mix(MIX.kinds, 0.5)),
    ):
        assert isinstance(closed_form_wait_s(SERVER, demand), Unknown)


def test_a_week_that_cannot_be_served_has_no_waiting_time() -> None:
    found = plan_capacity(SERVER, at_utilization(1.2), SLO)
    assert isinstance(found.all_local, Unknown)
    assert "1.2 times" in found.all_local.reason
    assert found.now.overflow_smooth == pytest.approx(1 - 1 / 1.2)
    assert found.overflow_share_peak >= found.now.overflow_by_hour


def test_equal_arguments_give_an_equal_plan() -> None:
    first, again = (plan_capacity(SERVER, at_utilization(0.4), SLO) for _ in range(2))
    assert first == again
    other = plan_capacity(SERVER, at_utilization(0.4), SLO, seed=2)
    assert other.all_local != first.all_local


def test_a_curve_without_first_tokens_cannot_promise_them() -> None:
    server = replace(SERVER, curve=Curve((Point(1, 1.0), Point(4, 2.6))))
    plan = plan_capacity(server, at_utilization(0.4), SLO)
    assert isinstance(plan.largest_requests_per_month, Unknown)
    assert "first token" in plan.largest_requests_per_month.reason
    assert plan.now.overflow_to_keep_slo is None
