"""Which unit prices hold on a day, for one model of the `genai-prices` data?

The data keeps a model's prices as a list of which the last that applies wins: some start on a day,
some hold between two times of the day. Beside them stand variants for a request's context (batch).
Asked for a batch price that does not exist, the library answers with the full one; here it is None.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from advisor.prices.document import DaytimeRates, Rates, Tier

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice

_BATCH = {"processing": "batch"}
_REQUESTS_PER_UNIT = 1000


def rates_on(model: ModelInfo, day: date) -> tuple[Rates, tuple[DaytimeRates, ...]]:
    """The rates of most of `day`, and the whole day in pieces where they change within it.

    Before a model's first price begins, that price.
    """
    pieces = _daytime(model, day)
    longest: dict[Rates, timedelta] = {}
    for start, end, rates in pieces:
        longest[rates] = longest.get(rates, timedelta()) + (end - start)
    most = max(longest, key=lambda rates: longest[rates])
    if len(longest) == 1:
        return most, ()
    return most, tuple(
        DaytimeRates(
            from_utc=start.strftime("%H:%M"),
            until_utc="24:00" if end.date() > start.date() else end.strftime("%H:%M"),
            rates=rates,
        )
        for start, end, rates in pieces
    )


def batch_on(model: ModelInfo, day: date) -> Rates | None:
    """The rates of work that can wait, or None where the data has no batch price on `day`."""
    noon = datetime.combine(day, time(12), UTC)
    variants = [each for each in model.price_variants or [] if each.when == _BATCH]
    if not any(each.constraint is None or each.constraint.active(noon) for each in variants):
        return None
    return _rates(model.get_prices(noon, _BATCH))


def batch_starts_on(model: ModelInfo) -> date | None:
    """The first day with a batch price where that day is known."""
    days = (_start(each.constraint) for each in model.price_variants or [] if each.when == _BATCH)
    return min((day for day in days if day is not None), default=None)


def dated_rates(model: ModelInfo) -> list[tuple[date | None, Rates]]:
    """Every price by the day from which it holds, oldest first; None is "since the beginning".

    Prices that hold only at a time of the day are no change and are left out.
    """
    changes = [
        (_start(each.constraint), _rates(each.prices))
        for each in _conditional(model)
        if each.constraint is None or _start(each.constraint) is not None
    ]
    return sorted(changes, key=lambda change: change[0] or date.min)


def _start(constraint: object) -> date | None:
    start = getattr(constraint, "start_date", None)
    return start if isinstance(start, date) else None


def _conditional(model: ModelInfo) -> list[ConditionalPrice]:
    from genai_prices.types import ConditionalPrice

    if isinstance(model.prices, list):
        return model.prices
    return [ConditionalPrice(prices=model.prices)]


def _daytime(model: ModelInfo, day: date) -> list[tuple[datetime, datetime, Rates]]:
    """The day cut where its prices change, neighbors with equal rates joined."""
    midnight = datetime.combine(day, time(), UTC)
    cuts = {midnight}
    for price in _conditional(model):
        for name in ("start_time", "end_time"):
            at = getattr(price.constraint, name, None)
            if at is not None:
                cuts.add(datetime.combine(day, at if at.tzinfo else at.replace(tzinfo=UTC)))
    starts = sorted(cuts)
    pieces: list[tuple[datetime, datetime, Rates]] = []
    for start, end in zip(starts, [*starts[1:], midnight + timedelta(days=1)], strict=True):
        rates = _rates(model.get_prices(start))
        if pieces and pieces[-1][2] == rates:
            pieces[-1] = (pieces[-1][0], end, rates)
        else:
            pieces.append((start, end, rates))
    return pieces


def _rates(price: ModelPrice) -> Rates:
    input_, output = price.input_mtok, price.output_mtok
    cached, write, requests = price.cache_read_mtok, price.cache_write_mtok, price.requests_kcount
    starts = sorted(
        {tier.start for each in (input_, output, cached) for tier in getattr(each, "tiers", ())}
    )
    base = _reader(0)
    per_thousand = base(requests)
    return Rates(
        input_usd_per_mtok=base(input_),
        output_usd_per_mtok=base(output),
        cached_input_usd_per_mtok=base(cached),
        cache_write_usd_per_mtok=base(write),
        usd_per_request=None if per_thousand is None else per_thousand / _REQUESTS_PER_UNIT,
        tiers=tuple(
            Tier(
                above_input_tokens=start,
                input_usd_per_mtok=_reader(start + 1)(input_),
                output_usd_per_mtok=_reader(start + 1)(output),
                cached_input_usd_per_mtok=_reader(start + 1)(cached),
            )
            for start in starts
        ),
    )


def _reader(input_tokens: int) -> Callable[[object], float | None]:
    """Reads a price, flat or tiered, for a request of so many input tokens."""

    def read(price: object) -> float | None:
        if price is None:
            return None
        applies = getattr(price, "base", price)
        for tier in getattr(price, "tiers", ()):
            if input_tokens > tier.start:
                applies = tier.price
        if not isinstance(applies, Decimal):
            raise TypeError(f"a price is a Decimal, not {type(applies).__name__}")
        return float(round(applies, 9))

    return read
