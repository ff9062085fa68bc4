"""Which plain numbers does a cost need? Usage, box, tariff, maintenance, horizon, API price.

Every amount is a float in USD, every rate says its unit in its name, and months count from 0.
Ranges are checked where data enters (`advisor.advice.scenario`), not here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Self

from advisor.economics.blocks import Blocks
from advisor.economics.rates import AS_STATED, Dialogue, Rates, Window

TOKENS_PER_MTOK = 1_000_000.0
SECONDS_PER_HOUR = 3600.0
HOURS_PER_MONTH = 730.0


@dataclass(frozen=True, slots=True)
class Shape:
    """Requests that are alike: their shares of requests and tokens, and their length if known."""

    request_share: float
    input_share: float
    output_share: float
    input_tokens: float | None
    """Of one request."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A team's tokens in month 0, and how they grow.

    `cached_input_share` is the part of the input that the API's provider reads from its cache,
    `cache_write_share` the part that it writes there, `batch_share` the part of the work that can
    wait. `shapes_given` are the requests' lengths; without them all are alike.
    """

    input_tokens_per_month: float
    output_tokens_per_month: float
    cached_input_share: float = 0.0
    growth_per_month: float = 0.0
    requests_per_month: float | None = None
    cache_write_share: float = 0.0
    batch_share: float = 0.0
    shapes_given: tuple[Shape, ...] = ()

    @property
    def tokens_per_month(self) -> float:
        """Input and output tokens of month 0."""
        return self.input_tokens_per_month + self.output_tokens_per_month

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The kinds of requests; one, of the mean length, where nothing else is known."""
        if self.shapes_given:
            return self.shapes_given
        requests = self.requests_per_month
        return (Shape(1.0, 1.0, 1.0, self.input_tokens_per_month / requests if requests else None),)

    def growth(self, month: int) -> float:
        """How many times month 0's tokens month `month` has: `(1 + g)^t`."""
        return float((1.0 + self.growth_per_month) ** month)

    def scaled(self, factor: float) -> Usage:
        """The same split, lengths and growth at `factor` times the volume."""
        requests = self.requests_per_month
        return replace(
            self,
            input_tokens_per_month=self.input_tokens_per_month * factor,
            output_tokens_per_month=self.output_tokens_per_month * factor,
            requests_per_month=None if requests is None else requests * factor,
        )


@dataclass(frozen=True, slots=True)
class ApiPrice(Rates):
    """What one API charges, and how its model counts the team's text.

    `batch` are the rates of work that can wait, None where there are none; `windows` hold at their
    times of the day, the rates of the price itself in the rest; `changes` come later, in the order
    of their months.
    """

    batch: Rates | None = None
    windows: tuple[Window, ...] = ()
    changes: tuple[PriceChange, ...] = ()
    dialogue: Dialogue = AS_STATED

    def scaled(self, factor: float) -> Self:
        """Every price, the later ones too, times `factor`."""
        return self._each(lambda rates: rates.scaled(factor))

    def raised(self, usd_per_mtok: float) -> Self:
        """Every price of a token, the later ones too, with so much on top."""
        return self._each(lambda rates: rates.raised(usd_per_mtok))

    def _each(self, changed: Callable[[Rates], Rates]) -> Self:
        own = changed(Rates(*(getattr(self, each.name) for each in fields(Rates))))
        return replace(
            self,
            **{each.name: getattr(own, each.name) for each in fields(Rates)},
            batch=None if self.batch is None else changed(self.batch),
            windows=tuple(replace(each, rates=changed(each.rates)) for each in self.windows),
            changes=tuple(replace(each, price=each.price._each(changed)) for each in self.changes),
        )

    def in_force(self, month: int) -> tuple[tuple[float, float, ApiPrice], ...]:
        """The prices of one month: the share of the month, the month since which each holds."""
        if not self.changes:
            return ((1.0, 0.0, self),)
        starts = (0.0, *(max(0.0, each.from_month) for each in self.changes), float("inf"))
        prices = (self, *(each.price for each in self.changes))
        return tuple(
            (min(end, month + 1.0) - max(start, float(month)), start, price)
            for (start, end), price in zip(pairwise(starts), prices, strict=True)
            if min(end, month + 1.0) > max(start, float(month))
        )


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that holds from a month on, with its fraction; at or below 0 from the beginning."""

    from_month: float
    price: ApiPrice


@dataclass(frozen=True, slots=True)
class Box:
    """What the machine costs, draws and serves. None is unknown, never zero.

    Rates are the whole server's at its operating point; powers are the whole box's, before
    `wall_factor` (the loss of its supply and cooling). `electricity_usd_per_month`, where given,
    replaces the power model and does not change with the load. `price_usd` is the purchase price,
    or the resale value today of a box already owned; it loses `resale_decline_per_year` a year, or
    what `resale_by_age` says: pairs of months and share left, linear between them. `setup_usd` is
    paid once with the price and sells for nothing. `cached_input_share` of the input is answered by
    the server's own prefix cache. The powers of prefill and decode, where known, stand for
    `active_power_w` while the box does the one or the other.
    """

    price_usd: float
    resale_decline_per_year: float = 1.0
    prefill_tok_per_s: float | None = None
    decode_tok_per_s: float | None = None
    active_power_w: float | None = None
    idle_power_w: float | None = None
    powered_hours_per_month: float = HOURS_PER_MONTH
    wall_factor: float = 1.0
    electricity_usd_per_month: float | None = None
    prefill_power_w: float | None = None
    decode_power_w: float | None = None
    cooling_factor: float = 1.0
    setup_usd: float = 0.0
    spare_parts_usd_per_year: float = 0.0
    resale_by_age: tuple[tuple[float, float], ...] = ()
    cached_input_share: float = 0.0
    dialogue: Dialogue = AS_STATED

    @property
    def capital_usd(self) -> float:
        """What is paid before the first month: `price + set-up`."""
        return self.price_usd + self.setup_usd

    @property
    def kw_per_w(self) -> float:
        """Kilowatts at the meter for each watt of the box: `wall factor * cooling factor/1000`."""
        return self.wall_factor * self.cooling_factor / 1000

    def resale_usd(self, month: int) -> float:
        """What the box still sells for after `month` months: `price * (1 - d)^(t/12)`, t > 0.

        By age: linear from the whole price at 0 to the first age, between the ages, and at the last
        share beyond. In month 0 none counts, so that a box bought today is paid in full.
        """
        if month <= 0:
            return 0.0
        if self.resale_by_age:
            return self.price_usd * _share_at(month, ((0.0, 1.0), *self.resale_by_age))
        return float(self.price_usd * (1.0 - self.resale_decline_per_year) ** (month / 12))


def _share_at(month: float, points: tuple[tuple[float, float], ...]) -> float:
    for (before, share_before), (after, share_after) in pairwise(points):
        if before <= month <= after:
            part = (month - before) / (after - before)
            return share_before + part * (share_after - share_before)
    return points[-1][1]


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Hours of upkeep a month and what an hour costs."""

    hours_per_month: float = 0.0
    usd_per_hour: float = 0.0

    @property
    def usd_per_month(self) -> float:
        return self.hours_per_month * self.usd_per_hour


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead costs are followed, and what time does to money and to API prices."""

    months: int = 60
    discount_rate_per_year: float = 0.0
    api_decline_per_year: float = 0.0

    @property
    def discount_rate_per_month(self) -> float:
        """`(1 + r)^(1/12) - 1`."""
        return float((1.0 + self.discount_rate_per_year) ** (1 / 12) - 1.0)

    def api_price_factor(self, month: float) -> float:
        """What is left of an API's price after `month` months: `(1 - d)^(t/12)`."""
        return float((1.0 - self.api_decline_per_year) ** (month / 12))


@dataclass(frozen=True, slots=True)
class Case:
    """One team, one box, one tariff: everything but the API that it is compared with.

    `usd_per_kwh` is the mean price over the week, `busy_usd_per_kwh` that of the hours in which the
    work comes (None: the same); `blocks`, where there are any, price a month's kilowatt-hours in
    place of both. `standing_usd_per_month` is charged for the connection.
    """

    usage: Usage
    box: Box
    usd_per_kwh: float
    maintenance: Maintenance = Maintenance()
    horizon: Horizon = Horizon()
    busy_usd_per_kwh: float | None = None
    blocks: Blocks | None = None
    standing_usd_per_month: float = 0.0

    def at_volume(self, factor: float) -> Case:
        """The same case at `factor` times the tokens."""
        return replace(self, usage=self.usage.scaled(factor))
