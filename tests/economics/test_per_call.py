"""An API's bill, call by call: every part redone by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import ApiPrice, Horizon, PriceChange, Shape, Usage
from advisor.economics.per_call import bill_usd, parts
from advisor.economics.rates import Dialogue, Rates, Tier, Window

USAGE = Usage(10e6, 2e6, requests_per_month=1000)
PRICE = ApiPrice(3, 15, 0.3)
LONG = Tier(200_000, 6, 22.5, 0.6)


def shares() -> st.SearchStrategy[float]:
    return st.floats(0, 1)


def test_a_plain_bill() -> None:
    assert bill_usd(USAGE, PRICE) == 10 * 3 + 2 * 15


def test_cache_reads_and_writes_have_their_own_prices() -> None:
    usage = replace(USAGE, cached_input_share=0.5, cache_write_share=0.2)
    price = replace(PRICE, cache_write_usd_per_mtok=3.75)
    assert bill_usd(usage, price) == pytest.approx(3 * 3 + 5 * 0.3 + 2 * 3.75 + 30)
    assert bill_usd(usage, PRICE) == pytest.approx((3 + 2) * 3 + 5 * 0.3 + 30)


def test_a_fee_counts_each_request_and_each_retry() -> None:
    price = replace(PRICE, usd_per_request=0.01, dialogue=Dialogue(retry_share=0.1))
    assert bill_usd(USAGE, price) == pytest.approx(1.1 * (60 + 10))


def test_ratios_and_reasoning_multiply_the_tokens() -> None:
    price = replace(PRICE, dialogue=Dialogue(1.2, 1.1, 2.0, 0.5))
    assert bill_usd(USAGE, price) == pytest.approx(30 * 1.2 * 1.5 + 30 * 1.1 * 3 * 1.5)


def test_work_that_can_wait_takes_the_batch_price_only_where_there_is_one() -> None:
    usage = replace(USAGE, batch_share=0.4)
    batch = replace(PRICE, batch=Rates(1.5, 7.5, 1.5))
    assert bill_usd(usage, batch) == pytest.approx(0.6 * 60 + 0.4 * 30)
    assert bill_usd(usage, PRICE) == pytest.approx(60)


def test_a_long_request_pays_its_tier_for_all_its_tokens() -> None:
    usage = replace(
        USAGE,
        shapes_given=(Shape(0.01, 0.3, 0.1, 300_000), Shape(0.99, 0.7, 0.9, 7070.7)),
    )
    price = replace(PRICE, tiers=(LONG,))
    by_hand = 0.3 * 10 * 6 + 0.1 * 2 * 22.5 + 0.7 * 10 * 3 + 0.9 * 2 * 15
    assert bill_usd(usage, price) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("requests", "ratio", "usd"),
    [(1000, 1, 60), (50, 1, 60), (49, 1, 105), (None, 1, 60), (50, 1.1, 66 + 45)],
)
def test_without_lengths_the_mean_request_decides(
    requests: float | None, ratio: float, usd: float
) -> None:
    price = replace(PRICE, tiers=(LONG,), dialogue=Dialogue(input_token_ratio=ratio))
    assert bill_usd(replace(USAGE, requests_per_month=requests), price) == pytest.approx(usd)


def test_hours_of_another_price_take_their_share_of_the_work() -> None:
    price = replace(PRICE, windows=(Window("16:30-00:30 UTC", 0.25, Rates(1.5, 7.5, 0.3)),))
    assert bill_usd(USAGE, price) == pytest.approx(0.75 * 60 + 0.25 * 30)


def test_a_change_holds_from_its_day_and_declines_from_there() -> None:
    price = replace(PRICE, changes=(PriceChange(2.5, ApiPrice(6, 30, 0.6)),))
    flat = [api_usd(USAGE, price, Horizon(), month) for month in range(5)]
    assert flat == pytest.approx([60, 60, 90, 120, 120])
    falling = Horizon(api_decline_per_year=0.5)
    assert api_usd(USAGE, price, falling, 3) == pytest.approx(120 * 0.5 ** (0.5 / 12))
    assert api_usd(USAGE, price, falling, 1) == pytest.approx(60 * 0.5 ** (1 / 12))


def test_a_change_before_the_beginning_holds_from_the_beginning() -> None:
    old = PriceChange(-7.0, ApiPrice(6, 30, 0.6))
    later = PriceChange(-1.0, ApiPrice(9, 45, 0.9))
    price = replace(PRICE, changes=(old, later))
    assert api_usd(USAGE, price, Horizon()) == pytest.approx(180)


usages = st.builds(
    Usage,
    st.floats(0, 1e9),
    st.floats(1, 1e9),
    st.floats(0, 0.5),
    st.floats(-0.1, 0.2),
    st.floats(1, 1e6),
    st.floats(0, 0.5),
    shares(),
)
prices = st.builds(
    ApiPrice,
    st.floats(0, 100),
    st.floats(0, 200),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0, 1),
    st.just((LONG,)),
    st.none() | st.builds(Rates, st.floats(0, 100), st.floats(0, 200), st.floats(0, 100)),
    st.builds(lambda share: (Window("w", share, Rates(1, 2, 0.5)),), shares()),
    st.builds(lambda month: (PriceChange(month, ApiPrice(7, 8, 1)),), st.floats(-3, 30)),
    st.builds(Dialogue, st.floats(0.5, 2), st.floats(0.5, 2), st.floats(0, 5), shares()),
)


@given(usages, prices, st.integers(0, 40), st.floats(0.01, 100))
def test_a_bill_scales_with_volume_and_with_prices(
    usage: Usage, price: ApiPrice, month: int, factor: float
) -> None:
    horizon = Horizon(api_decline_per_year=0.2)
    bill = api_usd(usage, price, horizon, month)
    assert api_usd(usage.scaled(factor), price, horizon, month) == pytest.approx(bill * factor)
    assert api_usd(usage, price.scaled(factor), horizon, month) == pytest.approx(bill * factor)


@given(usages, prices)
def test_the_parts_hold_every_token_and_request_once(usage: Usage, price: ApiPrice) -> None:
    found = list(parts(usage, price))
    dialogue = price.dialogue
    inputs = sum(part.input_tokens + part.cached_tokens + part.written_tokens for part in found)
    assert inputs == pytest.approx(usage.input_tokens_per_month * dialogue.input_factor)
    output = sum(part.output_tokens for part in found)
    assert output == pytest.approx(usage.output_tokens_per_month * dialogue.output_factor)
    requests = (usage.requests_per_month or 0) * (1 + dialogue.retry_share)
    assert sum(part.requests for part in found) == pytest.approx(requests)
    assert bill_usd(usage, price) == pytest.approx(sum(part.usd for part in found))


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_dearer_tiers_never_make_a_longer_request_cheaper(one: float, other: float) -> None:
    price = replace(PRICE, tiers=(Tier(1000, 4, 15, 0.4), LONG))
    shorter, longer = sorted((one, other))

    def per_token(length: float) -> float:
        return bill_usd(Usage(length, 0.0, requests_per_month=1), price) / length

    assert per_token(shorter) <= per_token(longer) * (1 + 1e-12)


@given(prices, st.integers(0, 40))
def test_a_change_moves_no_month_before_its_day(price: ApiPrice, month: int) -> None:
    unchanged = replace(price, changes=())
    bill = api_usd(USAGE, price, Horizon(), month)
    if month + 1 <= price.changes[0].from_month:
        assert bill == api_usd(USAGE, unchanged, Horizon(), month)
    if month >= price.changes[0].from_month:
        then = price.changes[0].price
        assert bill == pytest.approx(api_usd(USAGE, then, Horizon(), month))
