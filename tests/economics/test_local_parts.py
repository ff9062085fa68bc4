"""The box's costs in full: phases, cooling, hours, blocks, set-up, parts, resale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.blocks import Blocks
from advisor.economics.break_even import break_even_tokens_per_month, highest_box_price_usd
from advisor.economics.capacity import phase_hours
from advisor.economics.carbon import carbon_kg_per_month
from advisor.economics.hours import HourBand, share_between, work_by_minute
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, Usage
from advisor.economics.local_cost import capital_and_running_usd, local_month
from advisor.economics.rates import Dialogue
from advisor.economics.tariff import Band, busy_usd_per_kwh, mean_usd_per_kwh

WEEKDAYS = frozenset(range(5))
BOX = Box(
    2000,
    prefill_tok_per_s=1e6 / 3600,
    decode_tok_per_s=1e5 / 3600,
    active_power_w=300,
    idle_power_w=100,
    powered_hours_per_month=730,
)
CASE = Case(Usage(10e6, 2e6), BOX, 0.2)
"""10 hours of prefill and 20 of decode a month."""


def electricity_usd(case: Case) -> float:
    month = local_month(case)
    assert not isinstance(month, Unknown)
    return month.electricity_usd


def test_each_phase_draws_its_own_power() -> None:
    assert electricity_usd(CASE) == pytest.approx((0.1 * 700 + 0.3 * 30) * 0.2)
    box = replace(BOX, prefill_power_w=400, decode_power_w=250)
    assert electricity_usd(replace(CASE, box=box)) == pytest.approx(
        (0.1 * 700 + 0.4 * 10 + 0.25 * 20) * 0.2
    )
    only_one = replace(BOX, prefill_power_w=400)
    assert electricity_usd(replace(CASE, box=only_one)) == pytest.approx(
        (0.1 * 700 + 0.4 * 10 + 0.3 * 20) * 0.2
    )


def test_cooling_multiplies_the_wall_factor() -> None:
    box = replace(BOX, wall_factor=1.1, cooling_factor=1.3)
    assert electricity_usd(replace(CASE, box=box)) == pytest.approx(
        electricity_usd(CASE) * 1.1 * 1.3
    )


def test_the_local_models_tokens_and_its_own_cache_set_the_hours() -> None:
    box = replace(BOX, cached_input_share=0.4, dialogue=Dialogue(1.5, 2.0, 1.0, 0.1))
    assert phase_hours(CASE.usage, box) == pytest.approx(
        (10 * 0.6 * 1.5 * 1.1, 20 * 2.0 * 2.0 * 1.1)
    )


def test_work_pays_the_price_of_its_hours_and_idling_the_mean() -> None:
    night = Band(frozenset(range(7)), 22 * 60, 6 * 60, 0.1)
    office = HourBand(WEEKDAYS, 9 * 60, 18 * 60, 0.9)
    always = HourBand(frozenset(range(7)), 0, 24 * 60, 0.1)
    work = work_by_minute([office, always])
    busy = busy_usd_per_kwh([night], 0.4, work)
    assert busy == pytest.approx(0.9 * 0.4 + 0.1 * (8 * 0.1 + 16 * 0.4) / 24)
    mean = mean_usd_per_kwh([night], 0.4)
    case = replace(CASE, usd_per_kwh=mean, busy_usd_per_kwh=busy)
    assert electricity_usd(case) == pytest.approx(0.1 * 730 * mean + 0.2 * 30 * busy)
    assert busy_usd_per_kwh([night], 0.4, work_by_minute([])) == pytest.approx(mean)


def test_hours_are_local_and_prices_utc() -> None:
    office = work_by_minute([HourBand(WEEKDAYS, 9 * 60, 18 * 60, 1.0)])
    assert share_between(office, 1 * 60, 10 * 60, 8) == pytest.approx(1.0)
    assert share_between(office, 1 * 60, 10 * 60, 0) == pytest.approx(1 / 9)
    assert share_between(office, 16 * 60, 10 * 60, -5.5) == pytest.approx((23.5 - 16) / 9)
    assert share_between(office, 0, 24 * 60, 3) == pytest.approx(1.0)


def test_the_box_pays_the_blocks_above_the_rest_of_the_site() -> None:
    blocks = Blocks((120, 330), (0.05, 0.1, 0.2), other_kwh_per_month=100)
    assert blocks.usd(300) == pytest.approx(20 * 0.05 + 210 * 0.1 + 70 * 0.2)
    assert blocks.first_usd_per_kwh == 0.05
    assert replace(blocks, other_kwh_per_month=330).usd(10) == pytest.approx(2)
    case = replace(CASE, blocks=blocks)
    assert electricity_usd(case) == pytest.approx(blocks.usd(79))


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e3))
def test_blocks_add_up_and_never_fall(some: float, more: float, other: float) -> None:
    blocks = Blocks((120, 330, 500), (0.05, 0.1, 0.2, 0.3), other)
    later = replace(blocks, other_kwh_per_month=other + some)
    assert blocks.usd(some) + later.usd(more) == pytest.approx(blocks.usd(some + more), abs=1e-9)
    assert later.usd(more) >= blocks.usd(more) - 1e-9


def test_set_up_parts_and_standing_charge_are_paid() -> None:
    box = replace(BOX, setup_usd=500, spare_parts_usd_per_year=120)
    case = replace(CASE, box=box, maintenance=Maintenance(1, 40), standing_usd_per_month=3)
    month = local_month(case)
    assert not isinstance(month, Unknown)
    assert month.usd == pytest.approx(electricity_usd(CASE) + 3 + 40 + 10)
    year = capital_and_running_usd(case, 12)
    assert year == pytest.approx(2500 + 12 * month.usd)
    assert box.resale_usd(12) == BOX.resale_usd(12)
    price = ApiPrice(30, 60, 30)
    highest = highest_box_price_usd(case, price, 12)
    assert highest == pytest.approx(12 * (420 - month.usd) - 500)


def test_resale_by_age_is_linear_between_the_ages() -> None:
    box = replace(BOX, resale_by_age=((12, 0.7), (36, 0.3)))
    shares = [box.resale_usd(month) / 2000 for month in (0, 6, 12, 24, 36, 50)]
    assert shares == pytest.approx([0, 0.85, 0.7, 0.5, 0.3, 0.3])


def test_carbon_is_the_kilowatt_hours_of_the_grid() -> None:
    assert carbon_kg_per_month(100, 400) == 40


@given(
    st.floats(0, 5000),
    st.floats(0.1, 50),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.floats(0, 400),
)
def test_twelve_months_cost_the_same_at_the_break_even_volume(
    price_usd: float, usd_per_mtok: float, prices: list[float], other: float
) -> None:
    blocks = Blocks((80, 90), (prices[0], prices[1], prices[2]), other)
    case = replace(CASE, box=replace(BOX, price_usd=price_usd), blocks=blocks)
    price = ApiPrice(usd_per_mtok, usd_per_mtok, usd_per_mtok)
    volume = break_even_tokens_per_month(case, price)
    assert not isinstance(volume, Unknown)
    if volume is None:
        return
    there = case.at_volume(volume / case.usage.tokens_per_month)
    local = capital_and_running_usd(there, 12)
    assert local == pytest.approx(12 * api_usd(there.usage, price, Horizon()))
