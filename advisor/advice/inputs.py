"""What does a team say about itself? The tables of the scenario file, typed and bounded.

A key that was left out has its default here, or None where only the user or a measurement can
know it. `Scenario` remembers which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from advisor.advice.bounds import (
    ApiDecline,
    Burstiness,
    Code,
    Cv,
    Day,
    DiscountRate,
    GramsPerKwh,
    GramsPerMtok,
    Milliseconds,
    Months,
    Name,
    PayBackMonths,
    PeakToMean,
    QueueLimit,
    Seconds,
    Streams,
    Table,
    TimesTheMean,
    Tokens,
    UpkeepHours,
    Usd,
    UsdPerHour,
    UsdPerTonne,
    UsdPerUnit,
)
from advisor.advice.box_table import BoxTable, CandidateTable
from advisor.advice.policy import GUIDES_POLICY, Policy
from advisor.advice.price_tables import ApiTable, RentedTable
from advisor.advice.tariff_table import TariffTable
from advisor.advice.usage_table import UsageTable
from advisor.economics.candidates import Candidate
from advisor.economics.carbon import carbon_usd_per_kwh, carbon_usd_per_mtok
from advisor.economics.inputs import Case, Horizon, Maintenance
from advisor.economics.rented import Rented
from advisor.prices.money import USD, Currency


class Need(StrEnum):
    """What a team may want beyond a low bill."""

    NEWEST_MODELS = "newest_models"
    LOWEST_LATENCY = "lowest_latency"
    OFFLINE = "offline"
    NO_COMMAND_LINE = "no_command_line"
    MANY_USERS = "many_users"
    CUSTOMISATION = "customisation"
    OPENAI_DROP_IN = "openai_drop_in"
    KUBERNETES = "kubernetes"
    GOOGLE = "google"
    PRIVACY_ASSURANCES = "privacy_assurances"


class MaintenanceTable(Table, frozen=True, kw_only=True):
    hours_per_month: UpkeepHours = 0.0
    usd_per_hour: UsdPerHour = 0.0


class HorizonTable(Table, frozen=True, kw_only=True):
    months: Months = 60
    discount_rate_per_year: DiscountRate = 0.0
    api_decline_per_year: ApiDecline = 0.0
    starts_on: Day | None = None
    """The day on which month 0 begins."""


class TeamTable(Table, frozen=True, kw_only=True):
    needs: tuple[Need, ...] = ()
    validating: bool = False
    avoid_technology: bool = False
    budget_unlimited: bool = False
    performance_at_any_price: bool = False


class RateTable(Table, frozen=True, kw_only=True):
    """What one unit of a currency was worth on a day."""

    code: Code
    usd_per_unit: UsdPerUnit
    as_of: Day
    source: str = "the scenario"


class CurrencyTable(Table, frozen=True, kw_only=True):
    """The currency that amounts are shown in, and rates for those written in another than USD."""

    code: Code = USD
    rate: tuple[RateTable, ...] = ()

    def newest(self, code: str) -> RateTable | None:
        """The latest rate of a currency; of two of one day the later in the file."""
        rates = sorted(
            (each for each in self.rate if each.code == code), key=lambda each: each.as_of
        )
        return rates[-1] if rates else None

    @property
    def shown(self) -> Currency:
        """The currency of the report, at its newest rate; USD where it has none."""
        rate = self.newest(self.code)
        return Currency(rate.code, rate.usd_per_unit) if rate else Currency()


class SloTable(Table, frozen=True, kw_only=True):
    """What a request may take."""

    ttft_p95_ms: Milliseconds | None = None
    request_s: Seconds | None = None
    queue_limit: QueueLimit | None = None


class ArrivalsTable(Table, frozen=True, kw_only=True):
    """How unevenly requests come through the week, within an hour and over the year, and how much
    their lengths vary."""

    peak_to_mean: PeakToMean | None = None
    burstiness: Burstiness | None = None
    seasonal_peak: TimesTheMean | None = None
    size_cv: Cv | None = None


class PolicyTable(Table, frozen=True, kw_only=True):
    """The thresholds of the decision flow; the guide's, where the scenario states none."""

    free_tier_below_tokens_per_month: Tokens = GUIDES_POLICY.free_tier_below_tokens_per_month
    break_even_below_months: PayBackMonths = GUIDES_POLICY.break_even_below_months
    maintainer_exception_tokens_per_month: Tokens = (
        GUIDES_POLICY.maintainer_exception_tokens_per_month
    )
    budget_usd_per_month: Usd = GUIDES_POLICY.budget_usd_per_month
    many_users_concurrency: Streams = GUIDES_POLICY.many_users_concurrency


class ToldCarbonTable(Table, frozen=True, kw_only=True):
    """What an API, or a rented GPU, is said to emit for a million of its tokens."""

    name: Name
    g_co2e_per_mtok: GramsPerMtok
    source: str = ""
    as_of: str = ""


class CarbonTable(Table, frozen=True, kw_only=True):
    """The grid's carbon intensity, and who says so. With `usd_per_tonne` it weighs in the costs."""

    grid_g_per_kwh: GramsPerKwh | None = None
    source: str = ""
    as_of: str = ""
    usd_per_tonne: UsdPerTonne = 0.0
    told: tuple[ToldCarbonTable, ...] = ()

    @property
    def usd_per_kwh(self) -> float:
        """What the carbon of a kilowatt-hour of the box costs; 0 where it does not weigh."""
        return carbon_usd_per_kwh(self.grid_g_per_kwh or 0.0, self.usd_per_tonne)

    def usd_per_mtok(self, name: str) -> float:
        """What the carbon of a million tokens of an API costs; 0 where it does not weigh."""
        told = (each.g_co2e_per_mtok for each in self.told if each.name == name)
        return carbon_usd_per_mtok(next(told, 0.0), self.usd_per_tonne)


class Inputs(Table, frozen=True, kw_only=True):
    """A whole scenario with its defaults filled in. Units stand in the names."""

    usage: UsageTable
    box: BoxTable
    tariff: TariffTable = TariffTable()
    maintenance: MaintenanceTable = MaintenanceTable()
    horizon: HorizonTable = HorizonTable()
    api: tuple[ApiTable, ...] = ()
    team: TeamTable = TeamTable()
    rented: tuple[RentedTable, ...] = ()
    candidate: tuple[CandidateTable, ...] = ()
    currency: CurrencyTable = CurrencyTable()
    slo: SloTable = SloTable()
    arrivals: ArrivalsTable = ArrivalsTable()
    policy: PolicyTable = PolicyTable()
    carbon: CarbonTable = CarbonTable()

    @property
    def usd_per_kwh(self) -> float:
        """The tariff, averaged over the hours of the week where it has bands."""
        return self.tariff.mean_usd_per_kwh

    def case(self) -> Case:
        """The plain numbers that the economics works on. Raises InputError for bands that overlap
        or leave hours without a price. The carbon that weighs is in the kilowatt-hour's price."""
        upkeep, horizon, carbon = self.maintenance, self.horizon, self.carbon.usd_per_kwh
        busy, blocks = self.tariff.busy_usd_per_kwh(self.usage.hours), self.tariff.blocks()
        return Case(
            usage=self.usage.plain(),
            box=self.box.plain(upkeep.usd_per_hour),
            usd_per_kwh=self.usd_per_kwh + carbon,
            maintenance=Maintenance(upkeep.hours_per_month, upkeep.usd_per_hour),
            horizon=Horizon(
                horizon.months, horizon.discount_rate_per_year, horizon.api_decline_per_year
            ),
            busy_usd_per_kwh=None if busy is None else busy + carbon,
            blocks=None if blocks is None else blocks.raised(carbon),
            standing_usd_per_month=self.tariff.usd_per_month,
        )

    def rentals(self) -> tuple[Rented, ...]:
        """The GPUs for rent, in file order."""
        return tuple(each.plain() for each in self.rented)

    def candidates(self) -> tuple[Candidate, ...]:
        """The boxes that could be bought instead, in file order."""
        hourly = self.maintenance.usd_per_hour
        return tuple(each.plain(self.box, hourly) for each in self.candidate)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Inputs, and which of them nobody gave.

    `defaulted` are keys that took the contract's default; `guessed` are required ones that took the
    guide's figure because there was nobody to ask, so that no decision may rest on them.
    """

    inputs: Inputs
    defaulted: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        """The thresholds, and which of them the scenario states."""
        values = msgspec.structs.asdict(self.inputs.policy)
        stated = tuple(name for name in values if f"policy.{name}" not in self.defaulted)
        return Policy(**values, given=stated)


def value_at(inputs: Inputs, key: str) -> object:
    """The value of a dotted key such as `box.price_usd`."""
    table, _, field = key.partition(".")
    return getattr(getattr(inputs, table), field)


def with_value(inputs: Inputs, key: str, value: object) -> Inputs:
    """The same inputs with one dotted key changed; the new value is not checked."""
    table, _, field = key.partition(".")
    changed = msgspec.structs.replace(getattr(inputs, table), **{field: value})
    return msgspec.structs.replace(inputs, **{table: changed})
