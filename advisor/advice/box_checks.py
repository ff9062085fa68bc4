"""Does what a scenario says of a box, its own or a candidate, contradict itself?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from advisor.advice.box_table import BoxTable
from advisor.errors import InputError


def check_box(table: str, box: BoxTable, horizon_months: int, entry: str = "") -> None:
    """Raises InputError for powers or resale values that cannot be; keys are named in `table`."""
    for key in ("active_power_w", "prefill_power_w", "decode_power_w"):
        watts = getattr(box, key)
        if watts is not None and box.idle_power_w is not None and watts < box.idle_power_w:
            raise _below_idle(table, key, watts, box.idle_power_w, entry)
    ages = [each.age_months for each in box.resale]
    shares = [1.0, *(each.share for each in box.resale)]
    if not ages:
        return
    if box.resale_decline_per_year != 1.0:
        raise InputError(
            f"{table}.resale{entry}",
            why=f"{table}.resale_decline_per_year says it too",
            remedy="Give the table or the decline.",
        )
    check_rising(f"{table}.resale.age_months{entry}", ages)
    if any(after > before for before, after in pairwise(shares)):
        raise InputError(
            f"{table}.resale.share{entry}",
            why="a box is worth more at a later age",
            remedy="Let shares fall.",
        )
    if ages[-1] < horizon_months:
        raise InputError(
            f"{table}.resale.age_months{entry}",
            why=f"the table ends at {ages[-1]:g} months, horizon.months is {horizon_months}",
            remedy="Add the share left at the horizon; 0 if nothing counts then.",
        )


def _below_idle(table: str, key: str, watts: float, idle_w: float, entry: str) -> InputError:
    if key == "active_power_w":
        return InputError(
            f"{table}.idle_power_w{entry}",
            why=f"{idle_w:g} W idle is above {watts:g} W active",
            remedy="Idle power is the lower of the two.",
        )
    return InputError(
        f"{table}.{key}{entry}",
        why=f"{watts:g} W at work is below {idle_w:g} W idle",
        remedy="Idle power is the lower of the two.",
    )


def check_rising(key: str, values: Sequence[float]) -> None:
    """Raises InputError unless each value is above the one before."""
    for before, after in pairwise(values):
        if after <= before:
            raise InputError(
                key, why=f"{after:g} comes after {before:g}", remedy="List them in rising order."
            )
