"""How do the prices that a scenario (or a price book) states become one price for the economics?"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from advisor.advice.inputs import Inputs
from advisor.advice.price_tables import ApiTable, TokenPricesTable
from advisor.advice.usage_table import HoursTable, work_of
from advisor.economics.hours import share_between
from advisor.economics.inputs import ApiPrice, PriceChange
from advisor.economics.rates import AS_STATED, Dialogue, Rates, Tier, Window
from advisor.economics.tariff import parse_minute

TimeOfDay = tuple[str, str, Rates]
"""From and until, UTC, and the rates between them."""

Prices = dict[str, float | None]


def stated_price(api: ApiTable, inputs: Inputs) -> ApiPrice:
    """The price of an API whose input and output prices the scenario states.

    A tier, a time of day or a change replaces the prices it names. Cached input and cache writes
    that have no price of their own cost as input; in a batch all input costs the batch price.
    """
    prices = _named(api)
    changes = []
    for each in api.change:
        prices = _over(prices, each)
        begins = months_between(cast("str", inputs.horizon.starts_on), each.start)
        changes.append(PriceChange(begins, _price(api, prices, inputs)))
    now = _price(api, _named(api), inputs)
    return api_price(
        now,
        batch=now.batch,
        windows=now.windows,
        changes=tuple(changes),
        dialogue=api.dialogue,
    )


def api_price(
    rates: Rates,
    *,
    batch: Rates | None = None,
    windows: tuple[Window, ...] = (),
    changes: tuple[PriceChange, ...] = (),
    dialogue: Dialogue = AS_STATED,
) -> ApiPrice:
    """An API's price around its unit prices."""
    return ApiPrice(
        rates.input_usd_per_mtok,
        rates.output_usd_per_mtok,
        rates.cached_input_usd_per_mtok,
        rates.cache_write_usd_per_mtok,
        rates.usd_per_request,
        rates.tiers,
        batch,
        windows,
        changes,
        dialogue,
    )


def windows(times: Sequence[TimeOfDay], inputs: Inputs) -> tuple[Window, ...]:
    """Times of the day with the share of the team's work that falls into each."""
    hours, offset = inputs.usage.hours, inputs.usage.utc_offset_hours
    return tuple(
        Window(f"{start}-{end} UTC", _share(hours, start, end, offset), rates)
        for start, end, rates in times
    )


@lru_cache(maxsize=64)
def _share(hours: tuple[HoursTable, ...], start: str, end: str, offset: float) -> float:
    return share_between(
        work_of(hours),
        parse_minute("from_utc", start, "api.time"),
        parse_minute("until_utc", end, "api.time"),
        offset,
    )


def months_between(start: str, end: str) -> float:
    """Months from one ISO day to another, with the part of the month that the day is in."""
    first, then = date.fromisoformat(start), date.fromisoformat(end)
    whole = (then.year - first.year) * 12 + then.month - first.month
    here, there = ((day.day - 1) / monthrange(day.year, day.month)[1] for day in (first, then))
    return whole + there - here


def notes(price: ApiPrice, inputs: Inputs, change_days: Sequence[str]) -> tuple[str, ...]:
    """What of this price could not be applied, and what is still to come."""
    return tuple(_notes(price, inputs, change_days))


def _notes(price: ApiPrice, inputs: Inputs, change_days: Sequence[str]) -> Iterator[str]:
    usage, money = inputs.usage, inputs.currency.shown.unit_price
    lengths_unknown = usage.requests_known is None
    if usage.batch_share > 0 and price.batch is None:
        yield "no batch price: work that can wait costs as the rest does"
    if lengths_unknown and price.tiers:
        yield "long requests cost more, left out: usage.requests_per_month is not given"
    if lengths_unknown and price.usd_per_request:
        yield (
            f"{money(price.usd_per_request)} a request is left out: "
            "usage.requests_per_month is not given"
        )
    if price.windows and not usage.hours:
        yield "its price depends on the time of day: work is taken to come evenly"
    for day, change in zip(change_days, price.changes, strict=False):
        then = change.price
        yield (
            f"from {day}: {money(then.input_usd_per_mtok)} in, "
            f"{money(then.output_usd_per_mtok)} out per million tokens"
        )


def _named(table: TokenPricesTable) -> Prices:
    return {name: getattr(table, name) for name in table.__struct_fields__ if "usd" in name}


def _price(api: ApiTable, prices: Prices, inputs: Inputs) -> ApiPrice:
    rates = _rates(prices, _tiers(api, prices))
    batch_in, batch_out = (prices[f"batch_{kind}_usd_per_mtok"] for kind in ("input", "output"))
    batch = None
    if batch_in is not None and batch_out is not None:
        batch = Rates(batch_in, batch_out, batch_in, batch_in, rates.usd_per_request)
    times = []
    for each in api.time:
        then = _over(prices, each)
        times.append((each.from_utc, each.until_utc, _rates(then, _tiers(api, then))))
    return api_price(rates, batch=batch, windows=windows(times, inputs), dialogue=api.dialogue)


def _over(prices: Prices, table: TokenPricesTable) -> Prices:
    return {**prices, **{key: value for key, value in _named(table).items() if value is not None}}


def _rates(prices: Prices, tiers: tuple[Tier, ...]) -> Rates:
    input_usd = prices["input_usd_per_mtok"] or 0.0
    cached = prices["cached_input_usd_per_mtok"]
    return Rates(
        input_usd,
        prices["output_usd_per_mtok"] or 0.0,
        input_usd if cached is None else cached,
        prices["cache_write_usd_per_mtok"],
        prices["usd_per_request"] or 0.0,
        tiers,
    )


def _tiers(api: ApiTable, prices: Prices) -> tuple[Tier, ...]:
    """Each tier's prices, what it leaves out as in the tier before."""
    found = []
    for each in api.tier:
        prices = _over(prices, each)
        rates = _rates(prices, ())
        found.append(
            Tier(
                each.above_input_tokens,
                rates.input_usd_per_mtok,
                rates.output_usd_per_mtok,
                rates.cached_input_usd_per_mtok,
                rates.cache_write_usd_per_mtok,
            )
        )
    return tuple(found)
