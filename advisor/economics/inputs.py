"""Which plain numbers does a cost need? Usage, box, tariff, maintenance, horizon, API price.

Every amount is a float in USD, every rate says its unit in its name, and months count from 0.
Ranges are checked where data enters (`advisor.advice.scenario`), not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

TOKENS_PER_MTOK = 1_000_000.0
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Usage:
    """A team's tokens in month 0, and how they grow.

    `cached_input_share` is the part of the input that the API's provider reads from its cache.
    """

    input_tokens_per_month: float
    output_tokens_per_month: float
    cached_input_share: float = 0.0
    growth_per_month: float = 0.0

    @property
    def tokens_per_month(self) -> float:
        """Input and output tokens of month 0."""
        return self.input_tokens_per_month + self.output_tokens_per_month

    def growth(self, month: int) -> float:
        """How many times month 0's tokens month `month` has: `(1 + g)^t`."""
        return float((1.0 + self.growth_per_month) ** month)

    def scaled(self, factor: float) -> Usage:
        """The same split and growth at `factor` times the volume."""
        return replace(
            self,
            input_tokens_per_month=self.input_tokens_per_month * factor,
            output_tokens_per_month=self.output_tokens_per_month * factor,
        )


@dataclass(frozen=True, slots=True)
class ApiPrice:
    """What one API charges per million tokens today."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float

    def scaled(self, factor: float) -> ApiPrice:
        """Every price times `factor`."""
        return ApiPrice(
            self.input_usd_per_mtok * factor,
            self.output_usd_per_mtok * factor,
            self.cached_input_usd_per_mtok * factor,
        )


@dataclass(frozen=True, slots=True)
class Box:
    """What the machine costs, draws and serves. None is unknown, never zero.

    Rates are the whole server's at its operating point; powers are the whole box's, before
    `wall_factor` (the loss of its supply and cooling). `electricity_usd_per_month`, where given,
    replaces the power model and does not change with the load. `price_usd` is the purchase price,
    or the resale value today of a box already owned; it loses `resale_decline_per_year` a year.
    """

    price_usd: float
    resale_decline_per_year: float = 1.0
    prefill_tok_per_s: float | None = None
    decode_tok_per_s: float | None = None
    active_power_w: float | None = None
    idle_power_w: float | None = None
    powered_hours_per_month: float = 730.0
    wall_factor: float = 1.0
    electricity_usd_per_month: float | None = None

    def resale_usd(self, month: int) -> float:
        """What the box still sells for after `month` months: `price * (1 - d)^(t/12)`, t > 0.

        In month 0 none counts, so that a box bought today is paid in full.
        """
        if month <= 0:
            return 0.0
        return float(self.price_usd * (1.0 - self.resale_decline_per_year) ** (month / 12))


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

    def api_price_factor(self, month: int) -> float:
        """What is left of today's API price in month `month`: `(1 - d)^(t/12)`."""
        return float((1.0 - self.api_decline_per_year) ** (month / 12))


@dataclass(frozen=True, slots=True)
class Case:
    """One team, one box, one tariff: everything but the API that it is compared with."""

    usage: Usage
    box: Box
    usd_per_kwh: float
    maintenance: Maintenance = Maintenance()
    horizon: Horizon = Horizon()

    def at_volume(self, factor: float) -> Case:
        """The same case at `factor` times the tokens."""
        return replace(self, usage=self.usage.scaled(factor))
