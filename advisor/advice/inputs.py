"""What does a team say about itself? The tables of the scenario file, typed and bounded.

A key that was left out has its default here, or None where only the user or a measurement can
know it. `Scenario` remembers which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from advisor.advice.policy import GUIDES_POLICY, Policy
from advisor.economics.inputs import Box, Case, Horizon, Maintenance, Usage
from advisor.economics.tariff import Band, mean_usd_per_kwh, parse_days, parse_minute

Tokens = Annotated[float, Meta(ge=0, le=1e15)]
Share = Annotated[float, Meta(ge=0, le=1)]
Usd = Annotated[float, Meta(ge=0, le=1e12)]
UsdPerMtok = Annotated[float, Meta(ge=0, le=1e6)]
UsdPerKwh = Annotated[float, Meta(ge=0, le=1e3)]
UsdPerHour = Annotated[float, Meta(ge=0, le=1e6)]
TokPerS = Annotated[float, Meta(ge=1e-6, le=1e9)]
Watts = Annotated[float, Meta(ge=0, le=1e7)]
PoweredHours = Annotated[float, Meta(gt=0, le=744)]
UpkeepHours = Annotated[float, Meta(ge=0, le=744)]
WallFactor = Annotated[float, Meta(gt=0, le=10)]
Growth = Annotated[float, Meta(gt=-1, le=1)]
ApiDecline = Annotated[float, Meta(gt=-1, le=1)]
DiscountRate = Annotated[float, Meta(ge=0, le=10)]
Months = Annotated[int, Meta(ge=1, le=600)]
PayBackMonths = Annotated[float, Meta(gt=0, le=600)]
Streams = Annotated[int, Meta(ge=1, le=100_000)]
GramsPerKwh = Annotated[float, Meta(ge=0, le=1e5)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]

DEFAULT_USD_PER_KWH = 0.15
"""The tariff of the sample scenario, where a file gives neither a price nor bands."""


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


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the scenario file: no key but those below."""


class UsageTable(Table, frozen=True, kw_only=True):
    input_tokens_per_month: Tokens
    output_tokens_per_month: Tokens
    cached_input_share: Share = 0.0
    sensitive_share: Share = 1.0
    growth_per_month: Growth = 0.0
    stable: bool = True
    sensitive: bool = False
    can_maintain: bool = True


class BoxTable(Table, frozen=True, kw_only=True):
    price_usd: Usd
    already_owned: bool = False
    resale_decline_per_year: Share = 1.0
    prefill_tok_per_s: TokPerS | None = None
    decode_tok_per_s: TokPerS | None = None
    active_power_w: Watts | None = None
    idle_power_w: Watts | None = None
    powered_hours_per_month: PoweredHours = 730.0
    wall_factor: WallFactor = 1.0
    electricity_usd_per_month: Usd | None = None


class BandTable(Table, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    days: str
    start: str
    end: str
    usd_per_kwh: UsdPerKwh


class TariffTable(Table, frozen=True, kw_only=True):
    usd_per_kwh: UsdPerKwh | None = None
    band: tuple[BandTable, ...] = ()


class MaintenanceTable(Table, frozen=True, kw_only=True):
    hours_per_month: UpkeepHours = 0.0
    usd_per_hour: UsdPerHour = 0.0


class HorizonTable(Table, frozen=True, kw_only=True):
    months: Months = 60
    discount_rate_per_year: DiscountRate = 0.0
    api_decline_per_year: ApiDecline = 0.0


class ApiTable(Table, frozen=True, kw_only=True):
    name: Name
    input_usd_per_mtok: UsdPerMtok | None = None
    output_usd_per_mtok: UsdPerMtok | None = None
    cached_input_usd_per_mtok: UsdPerMtok | None = None
    baseline: bool = False


class TeamTable(Table, frozen=True, kw_only=True):
    needs: tuple[Need, ...] = ()
    validating: bool = False
    avoid_technology: bool = False
    budget_unlimited: bool = False
    performance_at_any_price: bool = False


class PolicyTable(Table, frozen=True, kw_only=True):
    """The thresholds of the decision flow; the guide's, where the scenario states none."""

    free_tier_below_tokens_per_month: Tokens = GUIDES_POLICY.free_tier_below_tokens_per_month
    break_even_below_months: PayBackMonths = GUIDES_POLICY.break_even_below_months
    maintainer_exception_tokens_per_month: Tokens = (
        GUIDES_POLICY.maintainer_exception_tokens_per_month
    )
    budget_usd_per_month: Usd = GUIDES_POLICY.budget_usd_per_month
    many_users_concurrency: Streams = GUIDES_POLICY.many_users_concurrency


class CarbonTable(Table, frozen=True, kw_only=True):
    """The grid's carbon intensity, and who says so."""

    grid_g_per_kwh: GramsPerKwh | None = None
    source: str = ""
    as_of: str = ""


class Inputs(Table, frozen=True, kw_only=True):
    """A whole scenario with its defaults filled in. Units stand in the names."""

    usage: UsageTable
    box: BoxTable
    tariff: TariffTable = TariffTable()
    maintenance: MaintenanceTable = MaintenanceTable()
    horizon: HorizonTable = HorizonTable()
    api: tuple[ApiTable, ...] = ()
    team: TeamTable = TeamTable()
    policy: PolicyTable = PolicyTable()
    carbon: CarbonTable = CarbonTable()

    @property
    def usd_per_kwh(self) -> float:
        """The tariff, averaged over the hours of the week where it has bands."""
        given = self.tariff.usd_per_kwh
        if self.tariff.band:
            return _mean_of_bands(self.tariff.band, given)
        return DEFAULT_USD_PER_KWH if given is None else given

    def case(self) -> Case:
        """The plain numbers that the economics works on. Raises InputError for bands that overlap
        or leave hours without a price."""
        usage, box = self.usage, self.box
        return Case(
            usage=Usage(
                usage.input_tokens_per_month,
                usage.output_tokens_per_month,
                usage.cached_input_share,
                usage.growth_per_month,
            ),
            box=Box(
                price_usd=box.price_usd,
                resale_decline_per_year=box.resale_decline_per_year,
                prefill_tok_per_s=box.prefill_tok_per_s,
                decode_tok_per_s=box.decode_tok_per_s,
                active_power_w=box.active_power_w,
                idle_power_w=box.idle_power_w,
                powered_hours_per_month=box.powered_hours_per_month,
                wall_factor=box.wall_factor,
                electricity_usd_per_month=box.electricity_usd_per_month,
            ),
            usd_per_kwh=self.usd_per_kwh,
            maintenance=Maintenance(
                self.maintenance.hours_per_month, self.maintenance.usd_per_hour
            ),
            horizon=Horizon(
                self.horizon.months,
                self.horizon.discount_rate_per_year,
                self.horizon.api_decline_per_year,
            ),
        )


@lru_cache(maxsize=16)
def _mean_of_bands(tables: tuple[BandTable, ...], otherwise_usd_per_kwh: float | None) -> float:
    return mean_usd_per_kwh([_band(table) for table in tables], otherwise_usd_per_kwh)


def _band(table: BandTable) -> Band:
    return Band(
        parse_days(table.days),
        parse_minute("from", table.start),
        parse_minute("to", table.end),
        table.usd_per_kwh,
    )


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
