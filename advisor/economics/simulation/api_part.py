"""What does an API ask for month 0's work in each scenario, at each price that comes into force?

`per_call.bill_usd` written for arrays: work that can wait at the batch price, the rest by the time
of the day, each by the length of its requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice
from advisor.economics.rates import Rates
from advisor.economics.simulation.drawn import (
    DrawnDialogue,
    DrawnUsage,
    Draws,
    carbon_change_usd,
    drawn_dialogue,
)
from advisor.economics.simulation.plan import ApiPlan, Plan

if TYPE_CHECKING:
    from advisor.economics.simulation.drawn import Amount


EACH_TOKEN = ApiPrice(1.0, 1.0, 1.0)
"""A dollar for every million tokens, of whatever kind."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Month 0's volume at one price in USD, by the shape of the requests."""

    from_month: float
    by_shape: tuple[Amount, ...]

    @property
    def usd(self) -> Amount:
        return sum(self.by_shape[1:], self.by_shape[0])


def bills(plan: Plan, api: ApiPlan, usage: DrawnUsage, draws: Draws) -> tuple[Bill, ...]:
    """A bill for every price that holds within the horizon, from the month on at which it does."""
    months = plan.case.horizon.months
    dialogue = drawn_dialogue(draws, f"api.{api.name}.", api.price.dialogue)
    moved = [
        (each, draws.of(f"api.{api.name}.{each.field}", each.median), _stages(each.follows, months))
        for each in api.uncertain
        if f"api.{api.name}.{each.field}" in draws
    ]
    told = f"carbon.told.{api.name}.g_co2e_per_mtok"
    carbon_usd = carbon_change_usd(plan, draws, told, api.g_co2e_per_mtok)
    weighs = told in draws or "carbon.usd_per_tonne" in draws
    found = []
    for stage, (start, price) in enumerate(_stages(api.price, months)):
        usd = _by_shape(usage, dialogue, price)
        for key, drawn, follows in moved:
            change = drawn - key.median
            following = _by_shape(usage, dialogue, follows[stage][1])
            usd = [here + change * there for here, there in zip(usd, following, strict=True)]
        if weighs:
            tokens = _by_shape(usage, dialogue, EACH_TOKEN)
            usd = [here + carbon_usd * there for here, there in zip(usd, tokens, strict=True)]
        found.append(Bill(start, tuple(usd)))
    return tuple(found)


def _stages(price: ApiPrice, months: int) -> list[tuple[float, ApiPrice]]:
    """The prices in force within the horizon, each with the month from which it holds."""
    found: dict[float, ApiPrice] = {}
    for month in range(months if price.changes else 1):
        found.update((start, now) for _, start, now in price.in_force(month))
    return sorted(found.items(), key=lambda stage: stage[0])


def _by_shape(usage: DrawnUsage, dialogue: DrawnDialogue, price: ApiPrice) -> list[Amount]:
    shapes = _shapes(usage)
    found: list[Amount] = [0.0] * len(shapes)
    for work_share, rates in _variants(usage, price):
        for index, (requests_share, input_share, output_share, length) in enumerate(shapes):
            billed = None if length is None else length * dialogue.input_token_ratio
            price_in, price_out, price_cached, price_written = _for_length(rates, billed)
            mixed = (
                (1.0 - usage.cached_share - usage.written_share) * price_in
                + usage.cached_share * price_cached
                + usage.written_share * price_written
            )
            tokens = usage.input_tokens * (dialogue.input_factor * input_share) * mixed
            tokens = tokens + usage.output_tokens * (
                dialogue.output_factor * output_share * price_out
            )
            usd = tokens / TOKENS_PER_MTOK
            if rates.usd_per_request and usage.requests is not None:
                fee = dialogue.request_factor * (requests_share * rates.usd_per_request)
                usd = usd + usage.requests * fee
            found[index] = found[index] + work_share * usd
    return found


def _shapes(usage: DrawnUsage) -> list[tuple[float, float, float, Amount | None]]:
    """Shares of requests, input and output, and the length of the input."""
    import numpy as np

    if usage.shapes_given:
        return [
            (each.request_share, each.input_share, each.output_share, each.input_tokens)
            for each in usage.shapes_given
        ]
    if usage.requests is None or not np.any(usage.requests):
        return [(1.0, 1.0, 1.0, None)]
    return [(1.0, 1.0, 1.0, usage.input_tokens / usage.requests)]


def _variants(usage: DrawnUsage, price: ApiPrice) -> Iterator[tuple[Amount, Rates]]:
    """The ways of being billed, with the share of the work that each takes."""
    now: Amount = 1.0
    if price.batch is not None:
        now = 1.0 - usage.batch_share
        yield usage.batch_share, price.batch
    in_windows = 0.0
    for window in price.windows:
        in_windows += window.work_share
        yield now * window.work_share, window.rates
    if 1.0 - in_windows > 1e-9:
        yield now * (1.0 - in_windows), price


def _for_length(rates: Rates, length: Amount | None) -> tuple[Amount, Amount, Amount, Amount]:
    """Prices of input, output, cached and written input for requests of this length."""
    import numpy as np

    write = rates.cache_write_usd_per_mtok
    found: tuple[Amount, Amount, Amount, Amount] = (
        rates.input_usd_per_mtok,
        rates.output_usd_per_mtok,
        rates.cached_input_usd_per_mtok,
        rates.input_usd_per_mtok if write is None else write,
    )
    for tier in rates.tiers if length is not None else ():
        tier_write = (
            write if tier.cache_write_usd_per_mtok is None else (tier.cache_write_usd_per_mtok)
        )
        higher = (
            tier.input_usd_per_mtok,
            tier.output_usd_per_mtok,
            tier.cached_input_usd_per_mtok,
            tier.input_usd_per_mtok if tier_write is None else tier_write,
        )
        reached = np.asarray(length) > tier.above_input_tokens
        low_in, low_out, low_cached, low_written = found
        found = (
            np.where(reached, higher[0], low_in),
            np.where(reached, higher[1], low_out),
            np.where(reached, higher[2], low_cached),
            np.where(reached, higher[3], low_written),
        )
    return found
