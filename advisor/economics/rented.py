"""What does a GPU rented by the hour cost for the same work?

Nothing is paid in advance and nothing is sold at the end; power, cooling and repair are in the
hourly price. Looking after the server on it is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours
from advisor.economics.inputs import HOURS_PER_MONTH, Box, Case


class RentalKind(StrEnum):
    """How the hours are bought."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Rented:
    """A GPU by the hour. Rates are the whole server's; None is the box's own.

    `interrupted_share` of the work is lost and done again; at most `max_utilization` of the hours
    paid for are busy. Without `hours_per_month` a reserved GPU runs the whole month, any other for
    as long as it has work.
    """

    name: str
    usd_per_hour: float
    kind: RentalKind = RentalKind.ON_DEMAND
    prefill_tok_per_s: float | None = None
    decode_tok_per_s: float | None = None
    interrupted_share: float = 0.0
    hours_per_month: float | None = None
    max_utilization: float = 0.7


@dataclass(frozen=True, slots=True)
class RentedMonth:
    """What is paid for in one month: hours of one GPU, and how many of them side by side. Without
    rates it is not known how many are busy (None), nor whether the GPU can serve the load."""

    busy_hours: float | None
    hours: float
    gpus: int
    usd_per_hour: float

    @property
    def usd(self) -> float:
        """`usd_per_hour * hours * gpus`."""
        return self.usd_per_hour * self.hours * self.gpus


def rented_month(case: Case, rented: Rented, month: int = 0) -> RentedMonth | Unknown:
    """The rent of one month.

    `needed = busy hours (1 + interrupted)/max_utilization`. Where the hours are fixed (reserved, or
    given), `ceil(needed/hours)` GPUs, at least one; else just the hours needed. Unknown without
    rates where the hours follow from them.
    """
    fixed = rented.hours_per_month
    if fixed is None and rented.kind is RentalKind.RESERVED:
        fixed = HOURS_PER_MONTH
    hours = busy_hours(case.usage, _as_box(case.box, rented), month)
    if isinstance(hours, Unknown):
        if fixed is None:
            return Unknown(
                f"the speed of '{rented.name}' is not known: give its rates or the box's"
            )
        return RentedMonth(None, fixed, 1, rented.usd_per_hour)
    needed = hours * (1.0 + rented.interrupted_share) / rented.max_utilization
    if fixed is None:
        return RentedMonth(hours, needed, 1, rented.usd_per_hour)
    gpus = max(1, math.ceil(needed / fixed - 1e-9))
    return RentedMonth(hours, fixed, gpus, rented.usd_per_hour)


def _as_box(box: Box, rented: Rented) -> Box:
    """The box with the rented GPU's rates: the same model, so the same tokens."""
    prefill, decode = rented.prefill_tok_per_s, rented.decode_tok_per_s
    return replace(
        box,
        prefill_tok_per_s=box.prefill_tok_per_s if prefill is None else prefill,
        decode_tok_per_s=box.decode_tok_per_s if decode is None else decode,
    )
