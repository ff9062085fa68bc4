"""What does one answer of an API cost, by its usage and at worst? Plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from advisor.bench.spend import SpendPrice
from advisor.errors import InputError
from advisor.prices.document import Price, Rates
from advisor.servers.wire import Billing


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """USD per million tokens, for requests of more than `above_input_tokens`."""

    input_usd: float
    output_usd: float
    cached_usd: float
    above_input_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ApiRates:
    """All that a model's bill is made of; `units` go from short requests to long ones."""

    name: str
    units: tuple[UnitPrice, ...]
    worst_input_usd: float
    worst_output_usd: float
    cache_write_usd: float | None
    usd_per_request: float
    price: SpendPrice

    def cost_usd(self, bill: Billing) -> float:
        """What the counts come to at the price that holds now."""
        unit = [
            each
            for each in self.units
            if bill.input_tokens > each.above_input_tokens or each is self.units[0]
        ][-1]
        written = bill.cache_write_tokens if self.cache_write_usd is not None else 0
        cached = min(bill.cached_input_tokens, bill.input_tokens)
        fresh = max(0, bill.input_tokens - cached - written)
        tokens_usd = (
            fresh * unit.input_usd
            + cached * unit.cached_usd
            + written * (self.cache_write_usd or 0.0)
            + bill.output_tokens * unit.output_usd
        )
        return tokens_usd / 1e6 + self.usd_per_request

    def most_usd(self, input_tokens: int, output_tokens: int) -> float:
        """The most that so many tokens can cost, whatever the hour, tier and cache."""
        tokens_usd = input_tokens * self.worst_input_usd + output_tokens * self.worst_output_usd
        return tokens_usd / 1e6 + self.usd_per_request


def given_rates(name: str, typed: str) -> ApiRates:
    """A price that the user states as IN/OUT, USD per million tokens. Raises InputError."""
    parts = typed.split("/")
    try:
        input_usd, output_usd = (float(part) for part in parts)
    except ValueError:
        input_usd = output_usd = -1.0
    if not (0 <= input_usd <= 1e6 and 0 <= output_usd <= 1e6):
        raise InputError(
            f"'{typed[:40]}' is no price",
            remedy="Write input and output in USD per million tokens, like 0.05/0.08.",
        )
    rates = Rates(
        input_usd_per_mtok=input_usd,
        output_usd_per_mtok=output_usd,
        cached_input_usd_per_mtok=None,
        cache_write_usd_per_mtok=None,
        usd_per_request=None,
    )
    return _rates(name, rates, (rates,), status=None, as_of=None, source="the options", given=True)


def book_rates(price: Price, now: datetime | None = None) -> ApiRates:
    """The book's price of one model as it holds now. Raises InputError where it has none."""
    if price.input_usd_per_mtok is None or price.output_usd_per_mtok is None:
        reason = next(iter(price.unknown.values()), price.state)
        raise InputError(
            f"{price.name} has no price in the price book",
            why=reason,
            remedy="State it with --price IN/OUT, in USD per million tokens.",
        )
    usual = Rates(
        input_usd_per_mtok=price.input_usd_per_mtok,
        output_usd_per_mtok=price.output_usd_per_mtok,
        cached_input_usd_per_mtok=price.cached_input_usd_per_mtok,
        cache_write_usd_per_mtok=price.cache_write_usd_per_mtok,
        usd_per_request=price.usd_per_request,
        tiers=price.tiers,
    )
    clock = f"{now or datetime.now(UTC):%H:%M}"
    current = next(
        (each.rates for each in price.by_time if each.from_utc <= clock < each.until_utc), usual
    )
    return _rates(
        price.name,
        current,
        (usual, *(each.rates for each in price.by_time)),
        status=price.status,
        as_of=price.confirmed_on or price.as_of,
        source=price.source,
        given=False,
    )


def _rates(
    name: str,
    now: Rates,
    ever: Iterable[Rates],
    *,
    status: str | None,
    as_of: str | None,
    source: str,
    given: bool,
) -> ApiRates:
    ever = tuple(ever)
    inputs = [
        value
        for each in ever
        for value in (
            each.input_usd_per_mtok,
            each.cached_input_usd_per_mtok,
            each.cache_write_usd_per_mtok,
            *(tier.input_usd_per_mtok for tier in each.tiers),
        )
        if value is not None
    ]
    outputs = [
        value
        for each in ever
        for value in (each.output_usd_per_mtok, *(t.output_usd_per_mtok for t in each.tiers))
        if value is not None
    ]
    base = _unit(now.input_usd_per_mtok, now.output_usd_per_mtok, now.cached_input_usd_per_mtok)
    units = [base]
    for tier in now.tiers:
        tiered = _unit(
            tier.input_usd_per_mtok,
            tier.output_usd_per_mtok,
            tier.cached_input_usd_per_mtok,
            otherwise=base,
            above=tier.above_input_tokens,
        )
        units.append(tiered)
    fee = max((each.usd_per_request or 0.0 for each in ever), default=0.0)
    return ApiRates(
        name=name,
        units=tuple(units),
        worst_input_usd=max(inputs),
        worst_output_usd=max(outputs),
        cache_write_usd=now.cache_write_usd_per_mtok,
        usd_per_request=fee,
        price=SpendPrice(
            name=name,
            input_usd_per_mtok=base.input_usd,
            output_usd_per_mtok=base.output_usd,
            cached_input_usd_per_mtok=now.cached_input_usd_per_mtok,
            usd_per_request=now.usd_per_request,
            worst_input_usd_per_mtok=max(inputs),
            worst_output_usd_per_mtok=max(outputs),
            status=status,
            as_of=as_of,
            source=source,
            given=given,
        ),
    )


def _unit(
    input_usd: float | None,
    output_usd: float | None,
    cached_usd: float | None,
    *,
    otherwise: UnitPrice | None = None,
    above: int = 0,
) -> UnitPrice:
    input_usd = (otherwise.input_usd if otherwise else 0.0) if input_usd is None else input_usd
    output_usd = (otherwise.output_usd if otherwise else 0.0) if output_usd is None else output_usd
    return UnitPrice(input_usd, output_usd, input_usd if cached_usd is None else cached_usd, above)
