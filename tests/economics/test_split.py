"""Is the split that is found the cheapest there is, within the sensitive and the possible share?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.blocks import Blocks
from advisor.economics.flows import api_flows, local_flows
from advisor.economics.inputs import (
    ApiPrice,
    Box,
    Case,
    Horizon,
    Maintenance,
    PriceChange,
    Shape,
    Usage,
)
from advisor.economics.rates import Dialogue, Rates, Tier, Window
from advisor.economics.split import BestSplit, BoxCosts, best_split, box_costs
from advisor.economics.tiers import LINEAR, Tiers
from advisor.economics.work import Work, work_by_month
from advisor.errors import InputError

ONE_MONTH = Horizon(1)


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@st.composite
def loads(draw: st.DrawFn, sensitive: bool = True) -> tuple[list[Work], BoxCosts, Tiers]:
    slots = draw(st.sampled_from([1, 3]))
    work = []
    for index in range(draw(st.integers(1, 3))):
        parts = [draw(number(0.01, 1)) for _ in range(slots)]
        work.append(
            Work(
                f"class {index}",
                draw(number(1, 1e6)),
                draw(number(0, 400)),
                draw(number(0, 500)),
                draw(number(0, 0.3)) if sensitive else 0.0,
                tuple(part / sum(parts) for part in parts) if slots > 1 else (),
            )
        )
    box = BoxCosts(
        draw(number(0, 5000)),
        draw(number(0, 100)),
        Tiers((0.0, 150.0), (draw(number(0, 3)), draw(number(0, 3)))),
        draw(number(50, 800)),
    )
    return work, box, Tiers((0.0, 200.0), (1.0, draw(number(0, 1.5))))


def found(
    work: list[Work],
    box: BoxCosts,
    horizon: Horizon = ONE_MONTH,
    api_tiers: Tiers = LINEAR,
    growth: float = 0.0,
) -> BestSplit:
    """The split of the same work, growing, at API prices that decline."""
    grown = [
        [each.scaled((1 + growth) ** month, horizon.api_price_factor(month)) for each in work]
        for month in range(horizon.months)
    ]
    rate = 1 + horizon.discount_rate_per_month
    discount = [rate ** -(month + 1) for month in range(horizon.months)]
    split = best_split(grown, box, discount, api_tiers)
    if isinstance(split, Unknown):
        reject()
    return split


@settings(deadline=None, max_examples=150)
@given(loads(), st.integers(1, 24), number(-0.1, 0.1), number(0, 0.5))
def test_a_split_never_costs_more_than_the_better_pure_action(
    load: tuple[list[Work], BoxCosts, Tiers], months: int, growth: float, decline: float
) -> None:
    work, box, tiers = load
    split = found(work, box, Horizon(months, 0.05, decline), tiers, growth)
    assert split.saved_usd >= -1e-9 * split.local_first_usd
    assert split.usd <= split.local_first_usd * (1 + 1e-12)
    if split.api_only_usd is not None:
        assert split.usd <= split.api_only_usd
    if split.uses_box:
        assert split.usd >= box.capital_usd
    for month in split.months:
        if split.uses_box:
            for share, each in zip(month.by_class, work, strict=True):
                assert each.sensitive_share - 1e-9 <= share <= 1 + 1e-9


@settings(deadline=None, max_examples=60)
@given(loads(), st.integers(0, 2**32))
def test_no_split_drawn_at_random_is_cheaper(
    load: tuple[list[Work], BoxCosts, Tiers], seed: int
) -> None:
    work, box, tiers = load
    split = found(work, box, ONE_MONTH, tiers)
    rng = np.random.default_rng(seed)
    slots = max(1, len(work[0].by_hour))
    spread = np.array([each.by_hour or (1.0,) for each in work])
    hours = np.array([[each.busy_hours] for each in work]) * spread
    bills = np.array([[each.api_usd] for each in work]) * spread
    least = np.array([[each.sensitive_share] for each in work])
    assert isinstance(box.hours_per_month, float)
    for _ in range(200):
        local = least + (1 - least) * rng.choice([0.0, 1.0, rng.random()], size=hours.shape)
        over = (local * hours).sum(axis=0) / (box.hours_per_month / slots)
        local = np.where(over > 1, least + (local - least) * 0.0, local)
        cost = (
            box.capital_usd
            + box.base_usd_per_month
            + box.usd_per_busy_hour.total(float((local * hours).sum()))
            + tiers.total(float(((1 - local) * bills).sum()))
        )
        assert split.usd <= cost + 1e-6


def test_decode_stays_at_home_and_prefill_goes_out() -> None:
    """Half of the requests read much and write little, half the other way round."""
    shapes = (Shape(0.5, 90 / 91, 1 / 91, 9000.0), Shape(0.5, 1 / 91, 90 / 91, 100.0))
    usage = Usage(91e6, 91e6, requests_per_month=20_000, shapes_given=shapes)
    box = Box(
        100.0,
        prefill_tok_per_s=100.0,
        decode_tok_per_s=100.0,
        electricity_usd_per_month=10.0,
        powered_hours_per_month=400.0,
    )
    case = Case(usage, box, 0.1, horizon=ONE_MONTH)
    work = work_by_month(case, ApiPrice(0.1, 5.0, 0.1))
    costs = box_costs(case)
    assert not isinstance(work, Unknown) and not isinstance(costs, Unknown)
    reading, writing = work[0]
    assert reading.name == "requests of 9,000 tokens"
    assert writing.busy_hours == pytest.approx(91e6 / 100 / 3600)
    assert writing.api_usd == pytest.approx(0.1 + 5 * 90)
    split = best_split(work, costs, [1.0])
    assert isinstance(split, BestSplit)
    room = (400 - writing.busy_hours) / reading.busy_hours
    assert split.months[0].by_class == (pytest.approx(room), 1.0) and split.is_mixed
    assert split.usd == pytest.approx(100 + 10 + (1 - room) * reading.api_usd)


def test_the_base_load_stays_and_the_peak_goes_out() -> None:
    profile = (0.8, 0.1, 0.1)
    work = [Work("chat", 1e6, 300.0, 600.0, by_hour=profile)]
    split = found(work, BoxCosts(50.0, 10.0, Tiers.flat(0.1), 300.0), ONE_MONTH)
    assert split.months[0].busy_hours == pytest.approx(100 + 30 + 30)
    assert split.months[0].local_share == pytest.approx(160 / 300)
    evenly = found(
        [replace(work[0], by_hour=())], BoxCosts(50.0, 10.0, Tiers.flat(0.1), 300.0), ONE_MONTH
    )
    assert evenly.months[0].local_share == 1.0 and not evenly.is_mixed
    closed = BoxCosts(50.0, 10.0, Tiers.flat(0.1), (0.0, 100.0, 100.0))
    assert found(work, closed, ONE_MONTH).months[0].busy_hours == pytest.approx(60)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, ApiPrice]:
    """A box with every cost there is, and an API with every kind of price."""

    def rates() -> tuple[float, float, float]:
        return draw(number(0, 10)), draw(number(0, 40)), draw(number(0, 10))

    shapes = draw(
        st.sampled_from(
            [(), (Shape(0.9, 0.4, 0.7, 500.0), Shape(0.1, 0.6, 0.3, 20_000.0))],
        )
    )
    usage = Usage(
        draw(number(1e4, 3e8)),
        draw(number(1e4, 3e8)),
        growth_per_month=draw(number(-0.1, 0.1)),
        requests_per_month=draw(number(1e3, 1e6)),
        batch_share=draw(st.sampled_from([0.0, 0.4])),
        shapes_given=shapes,
    )
    box = Box(
        draw(number(0, 5000)),
        draw(number(0, 1)),
        draw(number(20, 5000)),
        draw(number(20, 500)),
        400.0,
        draw(number(0, 400)),
        draw(number(100, 730)),
        1.1,
        cooling_factor=1.2,
        setup_usd=draw(number(0, 500)),
        spare_parts_usd_per_year=120.0,
        prefill_power_w=draw(st.sampled_from([None, 450.0])),
        dialogue=Dialogue(input_token_ratio=1.2),
    )
    blocks = Blocks((50.0, 120.0), (0.1, 0.4, 0.2), draw(number(0, 100)))
    case = Case(
        usage,
        box,
        0.15,
        Maintenance(draw(number(0, 4)), 50.0),
        Horizon(draw(st.integers(1, 36)), draw(number(0, 0.3)), draw(number(0, 0.6))),
        draw(st.sampled_from([None, 0.3])),
        draw(st.sampled_from([None, blocks])),
        5.0,
    )
    later = ApiPrice(*rates())
    price = ApiPrice(
        *rates(),
        usd_per_request=0.001,
        tiers=(Tier(10_000, 20.0, 60.0, 5.0),),
        batch=draw(st.sampled_from([None, Rates(0.5, 1.0, 0.5)])),
        windows=draw(st.sampled_from([(), (Window("night", 0.25, Rates(0.1, 0.2, 0.1)),)])),
        changes=draw(st.sampled_from([(), (PriceChange(2.5, later),)])),
    )
    return case, price


@settings(deadline=None, max_examples=150)
@given(cases())
def test_of_a_whole_case_it_costs_no_more_than_either_pure_choice(
    made: tuple[Case, ApiPrice],
) -> None:
    case, price = made
    work, costs = work_by_month(case, price), box_costs(case)
    assert not isinstance(work, Unknown) and not isinstance(costs, Unknown)
    rate = 1 + case.horizon.discount_rate_per_month
    split = best_split(work, costs, [rate ** -(t + 1) for t in range(case.horizon.months)])
    local = local_flows(case, price)
    assert isinstance(split, BestSplit) and not isinstance(local, Unknown)
    bill = api_flows(case, price).total_usd(case.horizon)
    assert split.api_only_usd == pytest.approx(bill, rel=1e-9)
    assert split.usd <= bill * (1 + 1e-9)
    assert split.usd <= local.total_usd(case.horizon) * (1 + 1e-9) + 1e-9
    if len(work[0]) == 1 and not price.changes:
        assert split.local_first_usd == pytest.approx(local.total_usd(case.horizon), rel=1e-9)


def test_a_tariff_block_ends_the_local_share_where_it_begins() -> None:
    work = [Work("chat", 1e6, 100.0, 100.0)]
    split = found(work, BoxCosts(1.0, 0.0, Tiers((0.0, 40.0), (0.5, 1.5))), ONE_MONTH)
    assert split.months[0].local_share == pytest.approx(0.4)
    assert split.usd == pytest.approx(1 + 20 + 60)


def test_volume_tiers_of_the_api_are_followed_both_ways() -> None:
    work = [Work("chat", 1e6, 100.0, 100.0)]
    dearer = found(work, BoxCosts(0.0, 0.0, Tiers.flat(0.8)), ONE_MONTH, Tiers((0, 30), (0.5, 2)))
    assert dearer.months[0].local_share == pytest.approx(0.7)
    cheaper = found(work, BoxCosts(0.0, 0.0, Tiers.flat(0.8)), ONE_MONTH, Tiers((0, 30), (1, 0.1)))
    assert cheaper.usd == pytest.approx(30 + 7) and not cheaper.uses_box


def test_sensitive_work_stays_even_where_it_costs_more() -> None:
    work = [Work("files", 1e6, 100.0, 1.0, sensitive_share=0.25)]
    split = found(work, BoxCosts(5000.0, 50.0, Tiers.flat(1.0)), ONE_MONTH)
    assert split.api_only_usd is None
    assert split.months[0].by_class == (0.25,)
    assert split.usd == pytest.approx(5000 + 50 + 25 + 0.75)
    crowded = best_split([work], BoxCosts(0.0, 0.0, LINEAR, 20.0), [1.0])
    assert isinstance(crowded, Unknown)


def test_a_box_that_pays_only_in_later_months_is_off_until_then() -> None:
    work = [Work("chat", 1e6, 10.0, 10.0)]
    split = found(work, BoxCosts(20.0, 30.0, Tiers.flat(0.1)), Horizon(12), growth=0.5)
    assert split.months[0].local_share == 0 and split.months[0].local_usd == 0
    assert split.months[-1].local_share > 0 and split.is_mixed


def test_work_without_hours_or_rates_is_handled() -> None:
    unmeasured = Case(Usage(1, 1), Box(0.0), 0.1)
    assert isinstance(work_by_month(unmeasured, ApiPrice(1, 1, 1)), Unknown)
    assert isinstance(box_costs(unmeasured), Unknown)
    free = found([Work("free", 1e6, 0.0, 5.0)], BoxCosts(0.0, 1.0, LINEAR), ONE_MONTH)
    assert free.usd == 1.0 and free.months[0].by_class == (1.0,)


@pytest.mark.parametrize(
    "work",
    [
        [],
        [Work("a", 0.0, 1.0, 1.0)],
        [Work("a", 1.0, -1.0, 1.0)],
        [Work("a", 1.0, float("nan"), 1.0)],
        [Work("a", 1.0, 1.0, float("inf"))],
        [Work("a", 1.0, 1.0, 1.0, sensitive_share=1.5)],
        [Work("a", 1.0, 1.0, 1.0, by_hour=(0.5, 0.4))],
        [Work("a", 1.0, 1.0, 1.0, by_hour=(0.5, 0.5)), Work("b", 1.0, 1.0, 1.0, by_hour=(1.0,))],
    ],
)
def test_work_that_makes_no_sense_is_an_error(work: list[Work]) -> None:
    with pytest.raises(InputError):
        best_split([work], BoxCosts(0.0, 0.0, LINEAR), [1.0])


def test_tiers_add_up_and_bad_ones_are_an_error() -> None:
    tiers = Tiers((0.0, 10.0, 20.0), (1.0, 2.0, 0.5))
    assert [tiers.total(amount) for amount in (0, 5, 10, 15, 30)] == [0, 5, 10, 20, 35]
    for above, rate in (
        ((1.0,), (1.0,)),
        ((0.0, 0.0), (1.0, 1.0)),
        ((0.0,), ()),
        ((0.0,), (-1.0,)),
    ):
        with pytest.raises(InputError):
            Tiers(above, rate)
