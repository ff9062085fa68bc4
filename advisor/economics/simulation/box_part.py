"""What does a box cost in each scenario: once, a month, and for the hours that it works?

`local_cost` and `capacity` written for arrays. The team's own box and every candidate for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.economics.blocks import Blocks
from advisor.economics.inputs import SECONDS_PER_HOUR, Box
from advisor.economics.simulation.drawn import (
    DrawnDialogue,
    DrawnUsage,
    Draws,
    carbon_change_usd,
    drawn_dialogue,
)
from advisor.economics.simulation.plan import OffBand, Plan

if TYPE_CHECKING:
    from advisor.economics.simulation.drawn import Amount


@dataclass(frozen=True, slots=True)
class Energy:
    """Kilowatt-hours of a month without work and of an hour of work, priced by blocks."""

    blocks: Blocks
    other_kwh: Amount
    idle_kwh: Amount
    kwh_per_busy_hour: Amount
    more_usd_per_kwh: Amount
    """On top of every block's price."""

    def usd(self, hours_run: Amount) -> Amount:
        """One month's kilowatt-hours, above what the site draws without the box."""
        import numpy as np

        start = self.other_kwh
        kwh = self.idle_kwh + self.kwh_per_busy_hour * hours_run
        end = start + kwh
        lower, total = 0.0, kwh * self.more_usd_per_kwh
        for upper, price in zip(
            (*self.blocks.limits_kwh, np.inf), self.blocks.usd_per_kwh, strict=True
        ):
            inside = np.minimum(end, upper) - np.maximum(start, lower)
            total = total + price * np.maximum(inside, 0.0)
            lower = upper
        return total


@dataclass(frozen=True, slots=True)
class BoxPart:
    """A month costs `base + usd_per_busy_hour * hours run`, or `base + energy` by blocks."""

    capital_usd: Amount
    price_usd: Amount
    resale_decline_per_year: Amount
    resale_by_age: Box | None
    """The box at a price of 1, where it says by age what is left of it."""
    base_usd: Amount
    usd_per_busy_hour: Amount
    energy: Energy | None
    busy_hours: Amount | None
    """What month 0's whole load would keep the box busy for; None where a rate is unknown."""
    hours_by_shape: tuple[Amount, ...] | None
    """The same for each shape of the requests."""
    hours_available: Amount

    def running_usd(self, hours_run: Amount) -> Amount:
        """One month's running cost, with so many hours of work."""
        if self.energy is not None:
            return self.base_usd + self.energy.usd(hours_run)
        return self.base_usd + self.usd_per_busy_hour * hours_run

    def resale_usd(self, month: int) -> Amount:
        """What the box sells for after `month` months, above 0."""
        import numpy as np

        if self.resale_by_age is not None:
            return self.price_usd * self.resale_by_age.resale_usd(month)
        left = np.maximum(1.0 - self.resale_decline_per_year, 0.0) ** (month / 12)
        return self.price_usd * left


def box_part(plan: Plan, prefix: str, box: Box, usage: DrawnUsage, draws: Draws) -> BoxPart:
    """The box whose keys begin with `prefix`."""

    case = plan.case
    price = draws.of(prefix + "price_usd", box.price_usd)
    dialogue = drawn_dialogue(draws, prefix, box.dialogue)
    phases = phase_hours(
        usage,
        dialogue,
        draws.of(prefix + "cached_input_share", box.cached_input_share),
        draws.known(prefix + "prefill_tok_per_s", box.prefill_tok_per_s),
        draws.known(prefix + "decode_tok_per_s", box.decode_tok_per_s),
    )
    usd_per_hour = draws.of("maintenance.usd_per_hour", case.maintenance.usd_per_hour)
    upkeep = (
        draws.of("maintenance.hours_per_month", case.maintenance.hours_per_month) * usd_per_hour
        + draws.of(prefix + "spare_parts_usd_per_year", box.spare_parts_usd_per_year) / 12
        + draws.of("tariff.usd_per_month", case.standing_usd_per_month)
    )
    electricity, per_hour, energy = _electricity(plan, prefix, box, phases, draws)
    setup_hours = plan.setup_hours.get(prefix, 0.0)
    setup = (
        draws.of(
            prefix + "setup_usd",
            max(0.0, box.setup_usd - setup_hours * case.maintenance.usd_per_hour),
        )
        + draws.of(prefix + "setup_hours", setup_hours) * usd_per_hour
    )
    return BoxPart(
        capital_usd=price + setup,
        price_usd=price,
        resale_decline_per_year=draws.of(
            prefix + "resale_decline_per_year", box.resale_decline_per_year
        ),
        resale_by_age=replace(box, price_usd=1.0) if box.resale_by_age else None,
        base_usd=electricity + upkeep,
        usd_per_busy_hour=per_hour,
        energy=energy,
        busy_hours=None if phases is None else phases[0] + phases[1],
        hours_by_shape=None if phases is None else _by_shape(usage, phases),
        hours_available=draws.of(prefix + "powered_hours_per_month", box.powered_hours_per_month),
    )


def _by_shape(usage: DrawnUsage, phases: tuple[Amount, Amount]) -> tuple[Amount, ...]:
    if not usage.shapes_given:
        return (phases[0] + phases[1],)
    return tuple(
        phases[0] * each.input_share + phases[1] * each.output_share for each in usage.shapes_given
    )


OWN = "box."


def _electricity(
    plan: Plan,
    prefix: str,
    box: Box,
    phases: tuple[Amount, Amount] | None,
    draws: Draws,
) -> tuple[Amount, Amount, Energy | None]:
    """USD a month without work, USD for each busy hour, or in place of both the energy."""
    import numpy as np

    if box.electricity_usd_per_month is not None:
        key = prefix + "electricity_usd_per_month"
        return draws.of(key, box.electricity_usd_per_month), 0.0, None
    kw_per_w = (
        draws.of(prefix + "wall_factor", box.wall_factor)
        * draws.of(prefix + "cooling_factor", box.cooling_factor)
        / 1000
    )
    active_kw = _active_w(prefix, box, phases, draws) * kw_per_w
    idle_w = draws.known(prefix + "idle_power_w", box.idle_power_w)
    added_kw: Amount = 0.0
    always_kw = active_kw
    if idle_w is not None and phases is not None:
        always_kw = np.minimum(idle_w * kw_per_w, active_kw)
        added_kw = active_kw - always_kw
    hours_on = draws.of(prefix + "powered_hours_per_month", box.powered_hours_per_month)
    idle_kwh, blocks = always_kw * hours_on, plan.case.blocks
    if blocks is not None:
        other = draws.of("tariff.other_kwh_per_month", blocks.other_kwh_per_month)
        return 0.0, 0.0, Energy(blocks, other, idle_kwh, added_kw, _carbon_usd(plan, draws))
    mean, busy = _usd_per_kwh(plan, draws)
    return idle_kwh * mean, added_kw * busy, None


def _usd_per_kwh(plan: Plan, draws: Draws) -> tuple[Amount, Amount]:
    """The price over all hours, and over those of the work."""
    case, off = plan.case, plan.off_band or OffBand(plan.case.usd_per_kwh)
    mean = case.usd_per_kwh
    busy = mean if case.busy_usd_per_kwh is None else case.busy_usd_per_kwh
    change = draws.of("tariff.usd_per_kwh", off.usd_per_kwh) - off.usd_per_kwh
    carbon = _carbon_usd(plan, draws)
    return mean + change * off.hours_share + carbon, busy + change * off.work_share + carbon


def _carbon_usd(plan: Plan, draws: Draws) -> Amount:
    grid = plan.carbon.grid_g_per_kwh
    return carbon_change_usd(plan, draws, "carbon.grid_g_per_kwh", grid)


def _active_w(prefix: str, box: Box, phases: tuple[Amount, Amount] | None, draws: Draws) -> Amount:
    """The mean power of a busy hour; the higher of the two phases where their hours are unknown."""
    import numpy as np

    active = draws.known(prefix + "active_power_w", box.active_power_w)
    prefill = draws.known(prefix + "prefill_power_w", box.prefill_power_w)
    decode = draws.known(prefix + "decode_power_w", box.decode_power_w)
    prefill, decode = (active if each is None else each for each in (prefill, decode))
    if prefill is None or decode is None:
        raise ValueError("local costs are unknown: the caller settles that first")
    if prefill is decode:
        return prefill
    most = np.maximum(prefill, decode)
    if phases is None:
        return most
    hours = phases[0] + phases[1]
    weighed = prefill * phases[0] + decode * phases[1]
    mean: Amount = np.where(hours > 0, weighed / np.where(hours > 0, hours, 1.0), most)
    return mean


def phase_hours(
    usage: DrawnUsage,
    dialogue: DrawnDialogue,
    cached_share: Amount,
    prefill_tok_per_s: Amount | None,
    decode_tok_per_s: Amount | None,
) -> tuple[Amount, Amount] | None:
    """Month 0's hours of prefill and of decode; None where a rate that is needed is unknown."""
    import numpy as np

    hours: list[Amount] = []
    for tokens, tok_per_s in (
        (usage.input_tokens * (dialogue.input_factor * (1.0 - cached_share)), prefill_tok_per_s),
        (usage.output_tokens * dialogue.output_factor, decode_tok_per_s),
    ):
        if tok_per_s is not None:
            hours.append(tokens / tok_per_s / SECONDS_PER_HOUR)
        elif np.any(tokens):
            return None
        else:
            hours.append(0.0)
    return hours[0], hours[1]
