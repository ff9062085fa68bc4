"""Unit prices on a day: tiers, changes, times of the day, and batch prices that do not exist."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from advisor.prices.rates import batch_on, batch_starts_on, dated_rates, rates_on

DAY = date(2026, 11, 10)
BATCH = {"processing": "batch"}


def price(input_: str, output: str, **more: str) -> ModelPrice:
    return ModelPrice(
        input_mtok=Decimal(input_),
        output_mtok=Decimal(output),
        **{key: Decimal(value) for key, value in more.items()},
    )


def model(
    prices: ModelPrice | list[ConditionalPrice], variants: list[PriceVariant] | None = None
) -> ModelInfo:
    return ModelInfo(id="m", match=ClauseEquals("m"), prices=prices, price_variants=variants)


def from_day(day: date, prices: ModelPrice) -> ConditionalPrice:
    return ConditionalPrice(StartDateConstraint(day), prices=prices)


def test_a_missing_batch_price_is_none_where_the_library_answers_with_the_full_one() -> None:
    plain = model(price("2", "8"))
    noon = datetime.combine(DAY, time(12), UTC)
    assert plain.get_prices(noon, BATCH).input_mtok == Decimal(2)
    assert batch_on(plain, DAY) is None


def test_a_batch_price_does_not_reach_back_before_its_first_day() -> None:
    variant = PriceVariant(BATCH, price("1", "4"), StartDateConstraint(DAY))
    found = model(price("2", "8"), [variant])
    assert batch_on(found, date(2026, 11, 9)) is None
    assert batch_starts_on(found) == DAY
    batch = batch_on(found, DAY)
    assert batch is not None
    assert (batch.input_usd_per_mtok, batch.output_usd_per_mtok) == (1.0, 4.0)


def test_a_batch_price_without_a_cached_one_keeps_the_cached_price() -> None:
    variant = PriceVariant(BATCH, price("1", "4"))
    batch = batch_on(model(price("2", "8", cache_read_mtok="0.5"), [variant]), DAY)
    assert batch is not None
    assert batch.cached_input_usd_per_mtok == 0.5


def test_variants_for_other_contexts_are_no_batch_price() -> None:
    variant = PriceVariant({"service_tier": "flex"}, price("1", "4"))
    assert batch_on(model(price("2", "8"), [variant]), DAY) is None


def test_tiers_hold_above_their_threshold() -> None:
    tiered = ModelPrice(
        input_mtok=TieredPrices(Decimal(1), [Tier(100, Decimal(2)), Tier(200, Decimal(3))]),
        output_mtok=TieredPrices(Decimal(4), [Tier(200, Decimal(6))]),
        cache_read_mtok=Decimal("0.1"),
    )
    rates, _ = rates_on(model(tiered), DAY)
    assert rates.input_usd_per_mtok == 1.0
    assert [
        (each.above_input_tokens, each.input_usd_per_mtok, each.output_usd_per_mtok)
        for each in rates.tiers
    ] == [(100, 2.0, 4.0), (200, 3.0, 6.0)]
    assert {each.cached_input_usd_per_mtok for each in rates.tiers} == {0.1}


@pytest.mark.parametrize(
    ("day", "input_"), [(date(2026, 1, 1), 3.0), (DAY, 2.0), (date(2027, 1, 1), 1.0)]
)
def test_a_dated_price_holds_from_its_day(day: date, input_: float) -> None:
    changing = model(
        [
            ConditionalPrice(prices=price("3", "3")),
            from_day(DAY, price("2", "2")),
            from_day(date(2027, 1, 1), price("1", "1")),
        ]
    )
    assert rates_on(changing, day)[0].input_usd_per_mtok == input_
    assert [start for start, _ in dated_rates(changing)] == [None, DAY, date(2027, 1, 1)]


def test_the_price_of_most_of_the_day_stands_first_and_the_pieces_cover_the_day() -> None:
    peak = TimeOfDateConstraint(time(0, 30, tzinfo=UTC), time(16, 30, tzinfo=UTC))
    daily = model(
        [
            ConditionalPrice(prices=price("1", "1")),
            ConditionalPrice(peak, prices=price("2", "2")),
        ]
    )
    rates, pieces = rates_on(daily, DAY)
    assert rates.input_usd_per_mtok == 2.0
    assert [(each.from_utc, each.until_utc, each.rates.input_usd_per_mtok) for each in pieces] == [
        ("00:00", "00:30", 1.0),
        ("00:30", "16:30", 2.0),
        ("16:30", "24:00", 1.0),
    ]
    assert len(dated_rates(daily)) == 1


def test_a_window_across_midnight_is_cut_at_midnight() -> None:
    night = TimeOfDateConstraint(time(22, tzinfo=UTC), time(6, tzinfo=UTC))
    daily = model(
        [ConditionalPrice(prices=price("2", "2")), ConditionalPrice(night, prices=price("1", "1"))]
    )
    rates, pieces = rates_on(daily, DAY)
    assert rates.input_usd_per_mtok == 2.0
    assert [(each.from_utc, each.until_utc) for each in pieces] == [
        ("00:00", "06:00"),
        ("06:00", "22:00"),
        ("22:00", "24:00"),
    ]


def test_binary_noise_in_the_data_is_rounded_away() -> None:
    rates, _ = rates_on(model(price("1.0399999999999998", "0.0028")), DAY)
    assert (rates.input_usd_per_mtok, rates.output_usd_per_mtok) == (1.04, 0.0028)


def test_a_fee_per_request_is_per_one_request() -> None:
    rates, _ = rates_on(model(price("1", "1", requests_kcount="12")), DAY)
    assert rates.usd_per_request == 0.012


def test_what_the_data_does_not_state_is_none() -> None:
    rates, _ = rates_on(model(ModelPrice(input_mtok=Decimal(1))), DAY)
    assert (rates.output_usd_per_mtok, rates.cached_input_usd_per_mtok) == (None, None)
