"""Which terms do several explained formulas share: the capital, the upkeep, a month's electricity?

A term is a piece of a formula with the inputs that it names. Inputs are the scenario's own keys, or
earlier lines where a key is only one part of what counts.
"""

from __future__ import annotations

from typing import NamedTuple

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.explain_lines import WITH_CARBON, Lines
from advisor.documents import Unknown
from advisor.economics.local_cost import Electricity, electricity

CAPITAL = "local.capital_usd"
WALL = "local.wall_and_cooling_factor"
ACTIVE = "local.active_power_of_a_busy_hour_w"
BUSY = "local.busy_hours_per_month"
BASE = "local.base_usd_per_month"
BUSY_HOUR = "local.usd_per_busy_hour"
IDLE_KWH = "local.idle_kwh_per_month"
HOUR_KWH = "local.kwh_per_busy_hour"
MAINTENANCE = "local_maintenance_usd_per_month"
NO_END_KWH = 1e18
"""Stands for the end of the last block."""


class Term(NamedTuple):
    """A piece of a formula, and its inputs."""

    text: str
    inputs: tuple[ExplainedInput, ...]


def capital(lines: Lines) -> ExplainedInput:
    """What is paid before month 0: the box's price, with the set-up where there is one."""
    return lines.computed(CAPITAL) if lines.knows(CAPITAL) else lines.key("box.price_usd")


def wall(lines: Lines) -> ExplainedInput:
    """Kilowatt-hours at the meter for each of the box's."""
    return lines.computed(WALL) if lines.knows(WALL) else lines.key("box.wall_factor")


def active(lines: Lines) -> ExplainedInput:
    """The power of a busy hour."""
    return lines.computed(ACTIVE) if lines.knows(ACTIVE) else lines.key("box.active_power_w")


def upkeep(lines: Lines) -> Term:
    """Maintenance and spare parts of a month."""
    term = Term(MAINTENANCE, (lines.computed(MAINTENANCE),))
    if not lines.start.filled.inputs.box.spare_parts_usd_per_year:
        return term
    parts = lines.key("box.spare_parts_usd_per_year")
    return Term(f"{term.text} + {parts.name} / 12", (*term.inputs, parts))


def busy_hours_of(lines: Lines, share: str, month: str) -> Term:
    """The hours run in a month at a share of its load; `month` is 0 or a formula's variable."""
    if not lines.knows(BUSY):
        return Term("0", ())
    grown = "" if month == "" else f" * (1 + growth_per_month) ** {month}"
    text = f"min(busy_hours_per_month{share}{grown}, powered_hours_per_month)"
    growth = () if month == "" else (lines.key("usage.growth_per_month"),)
    powered = lines.key("box.powered_hours_per_month")
    return Term(text, (lines.computed(BUSY), *growth, powered))


def electricity_of(lines: Lines, hours: Term) -> Term:
    """A month's electricity with its standing charge at so many hours of work."""
    model = electricity(lines.start.filled.inputs.case())
    if isinstance(model, Unknown) or not has_blocks(model):
        text = f"base_usd_per_month + usd_per_busy_hour * {hours.text}"
        return Term(text, (lines.computed(BASE), lines.computed(BUSY_HOUR), *hours.inputs))
    kwh = f"idle_kwh_per_month + kwh_per_busy_hour * {hours.text}"
    energy = (lines.computed(IDLE_KWH), lines.computed(HOUR_KWH), *hours.inputs)
    return blocks_of(lines, model, Term(kwh, energy))


def blocks_of(lines: Lines, model: Electricity, kwh: Term) -> Term:
    """What so many kilowatt-hours cost by the blocks, with the standing charge."""
    blocks = model.blocks
    if blocks is None:
        raise ValueError("the tariff has no blocks")
    ends = (*blocks.limits_kwh, NO_END_KWH)
    source = "the scenario's blocks" + (", with carbon" if lines.knows(WITH_CARBON) else "")
    text = (
        "standing_usd_per_month + sum(block_usd_per_kwh[b] * max(0, min(other_kwh_per_month + "
        f"{kwh.text}, block_ends_kwh[b]) - max(other_kwh_per_month, block_starts_kwh[b])) "
        "for b in range(int(blocks)))"
    )
    return Term(
        text,
        (
            lines.key("tariff.usd_per_month", "standing_usd_per_month"),
            lines.given("blocks", float(len(ends)), "blocks", source),
            lines.given("block_usd_per_kwh", blocks.usd_per_kwh, "USD per kWh", source),
            lines.given("block_starts_kwh", (0.0, *blocks.limits_kwh), "kWh per month", source),
            lines.given("block_ends_kwh", ends, "kWh per month", source),
            lines.key("tariff.other_kwh_per_month"),
            *kwh.inputs,
        ),
    )


def has_blocks(model: Electricity) -> bool:
    """Whether blocks price this box's energy: a bill that was given needs none."""
    return model.blocks is not None and model.given_usd_per_month is None


def running(lines: Lines, month: str, share: str = "") -> Term:
    """The box's running cost of a month at a share of its load."""
    power = electricity_of(lines, busy_hours_of(lines, share, month))
    upkeep_term = upkeep(lines)
    return Term(f"{power.text} + {upkeep_term.text}", (*power.inputs, *upkeep_term.inputs))
