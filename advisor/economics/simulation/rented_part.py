"""What does a GPU rented by the hour cost in each scenario? `rented.rented_month` for arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.inputs import HOURS_PER_MONTH, Box
from advisor.economics.rented import RentalKind, Rented
from advisor.economics.simulation.box_part import OWN, phase_hours
from advisor.economics.simulation.drawn import DrawnUsage, Draws, drawn_dialogue

if TYPE_CHECKING:
    from advisor.economics.simulation.drawn import Amount


@dataclass(frozen=True, slots=True)
class RentedPart:
    """Month 0's whole load needs `hours` of one GPU; where `fixed_hours` are paid whatever the
    load, as many GPUs as the load needs, at least one."""

    usd_per_hour: Amount
    hours: Amount
    fixed_hours: Amount | None

    def usd(self, volume: Amount) -> Amount:
        """The rent of a month with so many times month 0's load."""
        import numpy as np

        if self.fixed_hours is None:
            return self.usd_per_hour * self.hours * volume
        gpus = np.maximum(np.ceil(self.hours * volume / self.fixed_hours - 1e-9), 1.0)
        rent: Amount = self.usd_per_hour * self.fixed_hours * gpus
        return rent


def rented_part(rented: Rented, box: Box, usage: DrawnUsage, draws: Draws) -> RentedPart:
    """A rented GPU with the own box's rates, where it has none, and the own box's tokens."""
    prefix = f"rented.{rented.name}."
    rates = []
    for field, rate, own in (
        ("prefill_tok_per_s", rented.prefill_tok_per_s, box.prefill_tok_per_s),
        ("decode_tok_per_s", rented.decode_tok_per_s, box.decode_tok_per_s),
    ):
        rates.append(
            draws.known(OWN + field, own) if rate is None else draws.of(prefix + field, rate)
        )
    phases = phase_hours(
        usage,
        drawn_dialogue(draws, OWN, box.dialogue),
        draws.of(OWN + "cached_input_share", box.cached_input_share),
        *rates,
    )
    fixed = draws.known(prefix + "hours_per_month", rented.hours_per_month)
    if fixed is None and rented.kind is RentalKind.RESERVED:
        fixed = HOURS_PER_MONTH
    if phases is None and fixed is None:
        raise ValueError("busy hours are unknown: the caller settles that first")
    repeated = 1.0 + draws.of(prefix + "interrupted_share", rented.interrupted_share)
    used = draws.of(prefix + "max_utilization", rented.max_utilization)
    hours: Amount = 0.0 if phases is None else (phases[0] + phases[1]) * repeated / used
    return RentedPart(draws.of(prefix + "usd_per_hour", rented.usd_per_hour), hours, fixed)
