"""What does the box cost to run in a month: electricity and upkeep?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.documents import Unknown
from advisor.economics.blocks import Blocks
from advisor.economics.capacity import busy_hours, overflow_share, phase_hours, utilization
from advisor.economics.inputs import TOKENS_PER_MTOK, Box, Case


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
    """A month's electricity: a fixed part, and so much for each busy hour.

    The box draws its idle power in all powered hours, taken as even over the week, and what work
    adds in the hours in which the work comes. Blocks price the month's sum instead.
    """

    basis: ElectricityBasis
    usd_per_kwh: float
    idle_kwh_per_month: float
    """Kilowatt-hours of a month without any work."""
    kwh_per_busy_hour: float
    """Kilowatt-hours that an hour of work adds."""
    powered_hours_per_month: float
    given_usd_per_month: float | None = None
    busy_usd_per_kwh: float | None = None
    """The price while work comes; None: `usd_per_kwh`."""
    blocks: Blocks | None = None
    standing_usd_per_month: float = 0.0

    @property
    def upper_bound(self) -> bool:
        """Whether the true bill can only be lower."""
        return self.basis is ElectricityBasis.ACTIVE_THROUGHOUT

    @property
    def base_usd_per_month(self) -> float:
        """The bill of a month without any work."""
        return self.usd(0.0)

    @property
    def busy_price_usd_per_kwh(self) -> float:
        """The price of what work adds, where no blocks hold."""
        return self.usd_per_kwh if self.busy_usd_per_kwh is None else self.busy_usd_per_kwh

    @property
    def usd_per_busy_hour(self) -> float:
        """What an hour of work adds to the bill, where no blocks hold."""
        return self.kwh_per_busy_hour * self.busy_price_usd_per_kwh

    def usd(self, hours_busy: float | Unknown) -> float:
        """One month's bill; hours beyond the powered ones are not run.

        `standing + idle_kwh * price + busy_hours * kwh_per_busy_hour * busy_price`.
        """
        idle, work = self.idle_and_work_usd(hours_busy)
        return self.standing_usd_per_month + idle + work

    def idle_and_work_usd(self, hours_busy: float | Unknown) -> tuple[float, float]:
        """What the month costs without work, and what its work adds; no standing charge."""
        if self.given_usd_per_month is not None:
            return self.given_usd_per_month, 0.0
        added_kwh = self.kwh_per_busy_hour * self._hours_run(hours_busy)
        if self.blocks is not None:
            idle = self.blocks.usd(self.idle_kwh_per_month)
            return idle, self.blocks.usd(self.idle_kwh_per_month + added_kwh) - idle
        return (
            self.idle_kwh_per_month * self.usd_per_kwh,
            added_kwh * self.busy_price_usd_per_kwh,
        )

    @property
    def kinks_hours(self) -> tuple[float, ...]:
        """The busy hours at which a month's bill stops being a straight line, rising."""
        if self.blocks is None or self.kwh_per_busy_hour <= 0:
            return ()
        hours = (
            (kwh - self.idle_kwh_per_month) / self.kwh_per_busy_hour
            for kwh in self.blocks.kinks_kwh
        )
        return tuple(each for each in hours if each > 0)

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
    """The box's running cost of one month in USD; no capital, no overflow.

    Electricity holds the standing charge.
    """

    electricity_usd: float
    maintenance_usd: float
    spare_parts_usd: float = 0.0

    @property
    def usd(self) -> float:
        return self.electricity_usd + self.maintenance_usd + self.spare_parts_usd


def electricity(case: Case) -> Electricity | Unknown:
    """The electricity model that the known numbers allow.

    `[P_active h_busy + P_idle (h_on - h_busy)]/1000 * wall_factor * cooling_factor * tariff`, with
    `P_active h_busy = P_prefill h_prefill + P_decode h_decode` where those are known. A bill that
    was given replaces it. Without rates or without idle power, active power counts for all powered
    hours, an upper bound. Unknown without active power.
    """
    box = case.box
    hours_on = box.powered_hours_per_month
    given = box.electricity_usd_per_month
    if given is not None:
        return _electricity(case, ElectricityBasis.GIVEN, 0.0, 0.0, given)
    phases = phase_hours(case.usage, box)
    active_w = _active_power_w(box, phases)
    if active_w is None:
        return Unknown(
            "neither box.electricity_usd_per_month nor box.active_power_w is known: "
            "give one, or measure this box"
        )
    active_kw = active_w * box.kw_per_w
    if box.idle_power_w is None or isinstance(phases, Unknown):
        basis = ElectricityBasis.ACTIVE_THROUGHOUT
        return _electricity(case, basis, active_kw * hours_on, 0.0)
    idle_kw = box.idle_power_w * box.kw_per_w
    basis = ElectricityBasis.POWER_MODEL
    return _electricity(case, basis, idle_kw * hours_on, active_kw - idle_kw)


def _electricity(
    case: Case,
    basis: ElectricityBasis,
    idle_kwh: float,
    kwh_per_busy_hour: float,
    given: float | None = None,
) -> Electricity:
    return Electricity(
        basis,
        case.usd_per_kwh,
        idle_kwh,
        kwh_per_busy_hour,
        case.box.powered_hours_per_month,
        given,
        case.busy_usd_per_kwh,
        case.blocks,
        case.standing_usd_per_month,
    )


def _active_power_w(box: Box, phases: tuple[float, float] | Unknown) -> float | None:
    """The mean power of a busy hour; the higher of the two phases where their hours are unknown."""
    prefill_w = box.active_power_w if box.prefill_power_w is None else box.prefill_power_w
    decode_w = box.active_power_w if box.decode_power_w is None else box.decode_power_w
    if prefill_w is None or decode_w is None:
        return None
    if prefill_w == decode_w or isinstance(phases, Unknown) or sum(phases) == 0:
        return max(prefill_w, decode_w)
    return (prefill_w * phases[0] + decode_w * phases[1]) / sum(phases)


def local_month(case: Case, month: int = 0) -> LocalMonth | Unknown:
    """The running cost of one month, with energy capped at the powered hours."""
    model = electricity(case)
    if isinstance(model, Unknown):
        return model
    hours = busy_hours(case.usage, case.box, month)
    return LocalMonth(
        electricity_usd=model.usd(hours),
        maintenance_usd=case.maintenance.usd_per_month,
        spare_parts_usd=case.box.spare_parts_usd_per_year / 12,
    )


def capital_and_running_usd(case: Case, months: int) -> float | Unknown:
    """Price, set-up and running cost of the first `months` months: undiscounted, no resale."""
    total = case.box.capital_usd
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
