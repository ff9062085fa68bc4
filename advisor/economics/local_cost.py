"""What does the box cost to run in a month: electricity and upkeep?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours, overflow_share, utilization
from advisor.economics.inputs import TOKENS_PER_MTOK, Case


class ElectricityBasis(StrEnum):
    """How a month's electricity was arrived at."""

    GIVEN = "given"
    """The scenario states the bill."""
    POWER_MODEL = "power_model"
    """Active power while busy, idle power for the rest of the powered hours."""
    ACTIVE_THROUGHOUT = "active_throughout"
    """Active power for all powered hours: rates or idle power are unknown."""


@dataclass(frozen=True, slots=True)
class Electricity:
    """A month's electricity as a line: a fixed part, and so much for each busy hour."""

    basis: ElectricityBasis
    usd_per_kwh: float
    idle_kwh_per_month: float
    """Kilowatt-hours of a month without any work."""
    kwh_per_busy_hour: float
    """Kilowatt-hours that an hour of work adds."""
    powered_hours_per_month: float
    given_usd_per_month: float | None = None

    @property
    def upper_bound(self) -> bool:
        """Whether the true bill can only be lower."""
        return self.basis is ElectricityBasis.ACTIVE_THROUGHOUT

    @property
    def base_usd_per_month(self) -> float:
        """The bill of a month without any work."""
        if self.given_usd_per_month is not None:
            return self.given_usd_per_month
        return self.idle_kwh_per_month * self.usd_per_kwh

    @property
    def usd_per_busy_hour(self) -> float:
        """What an hour of work adds to the bill."""
        return self.kwh_per_busy_hour * self.usd_per_kwh

    def usd(self, hours_busy: float | Unknown) -> float:
        """One month's bill; hours beyond the powered ones are not run."""
        return self.base_usd_per_month + self.usd_per_busy_hour * self._hours_run(hours_busy)

    def kwh(self, hours_busy: float | Unknown) -> float | Unknown:
        """One month's kilowatt-hours at the wall; Unknown where only the bill is known."""
        if self.given_usd_per_month is not None:
            return Unknown("the electricity bill was given, not the energy")
        return self.idle_kwh_per_month + self.kwh_per_busy_hour * self._hours_run(hours_busy)

    def _hours_run(self, hours_busy: float | Unknown) -> float:
        if isinstance(hours_busy, Unknown):
            return 0.0
        return min(hours_busy, self.powered_hours_per_month)


@dataclass(frozen=True, slots=True)
class LocalMonth:
    """The box's running cost of one month in USD; no capital, no overflow."""

    electricity_usd: float
    maintenance_usd: float

    @property
    def usd(self) -> float:
        return self.electricity_usd + self.maintenance_usd


def electricity(case: Case) -> Electricity | Unknown:
    """The electricity model that the known numbers allow.

    `[P_active h_busy + P_idle (h_on - h_busy)]/1000 * wall_factor * tariff`. A bill that was given
    replaces it. Without rates or without idle power, active power counts for all powered hours,
    an upper bound. Unknown without active power.
    """
    box = case.box
    hours_on = box.powered_hours_per_month
    if box.electricity_usd_per_month is not None:
        return Electricity(
            ElectricityBasis.GIVEN,
            case.usd_per_kwh,
            0.0,
            0.0,
            hours_on,
            given_usd_per_month=box.electricity_usd_per_month,
        )
    if box.active_power_w is None:
        return Unknown(
            "neither box.electricity_usd_per_month nor box.active_power_w is known: "
            "give one, or measure this box"
        )
    active_kw = box.active_power_w / 1000 * box.wall_factor
    if box.idle_power_w is None or isinstance(busy_hours(case.usage, box), Unknown):
        return Electricity(
            ElectricityBasis.ACTIVE_THROUGHOUT,
            case.usd_per_kwh,
            active_kw * hours_on,
            0.0,
            hours_on,
        )
    idle_kw = box.idle_power_w / 1000 * box.wall_factor
    return Electricity(
        ElectricityBasis.POWER_MODEL,
        case.usd_per_kwh,
        idle_kw * hours_on,
        active_kw - idle_kw,
        hours_on,
    )


def local_month(case: Case, month: int = 0) -> LocalMonth | Unknown:
    """The running cost of one month, with energy capped at the powered hours."""
    model = electricity(case)
    if isinstance(model, Unknown):
        return model
    hours = busy_hours(case.usage, case.box, month)
    return LocalMonth(
        electricity_usd=model.usd(hours),
        maintenance_usd=case.maintenance.usd_per_month,
    )


def capital_and_running_usd(case: Case, months: int) -> float | Unknown:
    """Capital and the running cost of the first `months` months, undiscounted, resale ignored."""
    total = case.box.price_usd
    for month in range(months):
        cost = local_month(case, month)
        if isinstance(cost, Unknown):
            return cost
        total += cost.usd
    return total


def local_usd_per_mtok(case: Case) -> float | Unknown:
    """Everything the box costs over the horizon per million tokens that it serves, undiscounted.

    `(capital - resale at the horizon + sum of running costs)/tokens served`. Where rates are
    unknown the box is taken to serve the whole load.
    """
    months = case.horizon.months
    running = capital_and_running_usd(case, months)
    if isinstance(running, Unknown):
        return running
    tokens = sum(tokens_served(case, month) for month in range(months))
    if tokens == 0:
        return Unknown("no tokens are used, so none has a price")
    return (running - case.box.resale_usd(months)) / tokens * TOKENS_PER_MTOK


def tokens_served(case: Case, month: int) -> float:
    """Tokens of one month that the box serves itself; all of them where rates are unknown."""
    tokens = case.usage.tokens_per_month * case.usage.growth(month)
    load = utilization(case, month)
    return tokens if isinstance(load, Unknown) else tokens * (1.0 - overflow_share(load))
