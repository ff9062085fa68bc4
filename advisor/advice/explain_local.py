"""How is each number of the box computed: its load, its energy, its cost of a month?"""

from __future__ import annotations

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.document import Advice
from advisor.advice.explain_lines import Lines, series
from advisor.advice.inputs import Inputs
from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours, capacity, overflow_share, utilization
from advisor.economics.inputs import Case
from advisor.economics.local_cost import Electricity, ElectricityBasis, electricity, local_month

USD = "USD"
USD_MONTH = "USD per month"

BUSY = "local.busy_hours_per_month"
BASE = "local.base_usd_per_month"
BUSY_HOUR = "local.usd_per_busy_hour"
RUN = "local.local_usd"
RESALE = "local.resale_usd"
OVERFLOW = "local.overflow_share"
MAINTENANCE = "local_maintenance_usd_per_month"
ELECTRICITY = "local_electricity.usd_per_month"


def explain_local(lines: Lines, advice: Advice) -> None:
    """Adds the lines of the box; those that repeat for each month as one column."""
    inputs = lines.start.filled.inputs
    case = inputs.case()
    lines.add(
        MAINTENANCE,
        "upkeep",
        advice.local_maintenance_usd_per_month,
        USD_MONTH,
        "hours_per_month * usd_per_hour",
        lines.key("maintenance.hours_per_month"),
        lines.key("maintenance.usd_per_hour"),
    )
    _load(lines, inputs, case)
    _electricity(lines, advice, case)
    _columns(lines, case)


def _load(lines: Lines, inputs: Inputs, case: Case) -> None:
    hours = busy_hours(case.usage, case.box)
    parts, needed = [], []
    for tokens, rate in (
        ("input_tokens_per_month", "prefill_tok_per_s"),
        ("output_tokens_per_month", "decode_tok_per_s"),
    ):
        if getattr(inputs.usage, tokens) and getattr(inputs.box, rate):
            parts.append(f"{tokens} / {rate}")
            needed += [lines.key(f"usage.{tokens}"), lines.key(f"box.{rate}")]
    formula = f"({' + '.join(parts) or '0'}) / 3600"
    lines.add(BUSY, "hours of work in a month", hours, "hours per month", formula, *needed)
    load = capacity(case)
    if isinstance(load, Unknown):
        for name in ("utilization", "overflow_share", "tokens_per_month"):
            lines.add(f"capacity.{name}", name.replace("_", " "), load, "", "")
        return
    powered, growth = lines.key("box.powered_hours_per_month"), lines.key("usage.growth_per_month")
    lines.add(
        "capacity.utilization",
        "busy share of the powered hours",
        load.utilization,
        "share",
        "busy_hours_per_month / powered_hours_per_month",
        lines.computed(BUSY),
        powered,
    )
    busy = lines.computed("capacity.utilization")
    lines.add(
        "capacity.overflow_share",
        "share that the box cannot serve",
        load.overflow_share,
        "share",
        "1 - 1 / max(1, utilization)",
        busy,
    )
    lines.add(
        "capacity.tokens_per_month",
        "most tokens that the box can serve",
        load.tokens_per_month,
        "tokens per month",
        "(input_tokens_per_month + output_tokens_per_month) / utilization",
        *_tokens(lines),
        busy,
        never="without tokens there is no split to scale",
    )
    lines.add(
        "capacity.first_month_over",
        "first month that does not fit",
        None if load.first_month_over is None else float(load.first_month_over),
        "month",
        "min(t for t in range(int(months)) if utilization * (1 + growth_per_month) ** t > 1)",
        busy,
        growth,
        lines.key("horizon.months"),
        never="every month of the horizon fits",
    )


def _electricity(lines: Lines, advice: Advice, case: Case) -> None:
    model = electricity(case)
    lines.add(
        "local_electricity.usd_per_kwh",
        "price of a kilowatt-hour",
        case.usd_per_kwh,
        "USD per kWh",
        "usd_per_kwh",
        lines.tariff(),
    )
    kwh, usd = "local_electricity.kwh_per_month", advice.local_electricity.usd_per_month
    if isinstance(model, Unknown):
        for each, unit in ((kwh, "kWh per month"), (ELECTRICITY, USD_MONTH)):
            lines.add(each, "electricity of a month", model, unit, "")
        return
    if model.basis is ElectricityBasis.GIVEN:
        reason = Unknown("the electricity bill was given, not the energy")
        lines.add(kwh, "energy of a month at the wall", reason, "kWh per month", "")
        bill = lines.key("box.electricity_usd_per_month")
        lines.add(ELECTRICITY, "electricity", usd, USD_MONTH, bill.name, bill)
        lines.add(
            BASE, "bill without any work", model.base_usd_per_month, USD_MONTH, bill.name, bill
        )
        zero = lines.given("free", 0.0, "USD per hour", "a given bill does not change with work")
        lines.add(BUSY_HOUR, "an hour of work adds", 0.0, "USD per hour", "free", zero)
        return
    _power_model(lines, advice, model)
    lines.add(
        ELECTRICITY,
        "electricity",
        usd,
        USD_MONTH,
        "kwh_per_month * usd_per_kwh",
        lines.computed(kwh),
        lines.tariff(),
    )


def _power_model(lines: Lines, advice: Advice, model: Electricity) -> None:
    active, powered = lines.key("box.active_power_w"), lines.key("box.powered_hours_per_month")
    wall, tariff = lines.key("box.wall_factor"), lines.tariff()
    if model.basis is ElectricityBasis.POWER_MODEL:
        idle = lines.key("box.idle_power_w")
        energy = (
            "(active_power_w * min(busy_hours_per_month, powered_hours_per_month) + idle_power_w * "
            "(powered_hours_per_month - min(busy_hours_per_month, powered_hours_per_month))) / 1000"
            " * wall_factor"
        )
        used = [active, idle, lines.computed(BUSY), powered, wall]
        base, base_inputs = "idle_power_w", [idle, powered, wall, tariff]
        adds, adds_inputs = "(active_power_w - idle_power_w)", [active, idle, wall, tariff]
    else:
        energy = "active_power_w * powered_hours_per_month / 1000 * wall_factor"
        used = [active, powered, wall]
        base, base_inputs = "active_power_w", [active, powered, wall, tariff]
        adds, adds_inputs = "0 * active_power_w", [active, wall, tariff]
    lines.add(
        "local_electricity.kwh_per_month",
        "energy of a month at the wall",
        advice.local_electricity.kwh_per_month,
        "kWh per month",
        energy,
        *used,
    )
    lines.add(
        BASE,
        "bill without any work",
        model.base_usd_per_month,
        USD_MONTH,
        f"{base} * powered_hours_per_month / 1000 * wall_factor * usd_per_kwh",
        *base_inputs,
    )
    lines.add(
        BUSY_HOUR,
        "an hour of work adds",
        model.usd_per_busy_hour,
        "USD per hour",
        f"{adds} / 1000 * wall_factor * usd_per_kwh",
        *adds_inputs,
    )


def _columns(lines: Lines, case: Case) -> None:
    """The box's month by month: cost, resale, and the share that goes to the API."""
    months = max(12, case.horizon.months)
    growth = lines.key("usage.growth_per_month")
    resale = [case.box.resale_usd(month) for month in range(months + 1)]
    lines.add(
        RESALE,
        "what the box sells for after t months",
        series(resale),
        USD,
        "price_usd * (1 - resale_decline_per_year) ** (t / 12) if t > 0 else 0",
        lines.key("box.price_usd"),
        lines.key("box.resale_decline_per_year"),
    )
    loads = [utilization(case, month) for month in range(months)]
    shares = [0.0 if isinstance(load, Unknown) else overflow_share(load) for load in loads]
    if lines.knows("capacity.utilization"):
        formula = "1 - 1 / max(1, utilization * (1 + growth_per_month) ** t)"
        used = [lines.computed("capacity.utilization"), growth]
    else:
        formula = "none"
        used = [lines.given("none", 0.0, "share", "the box's speed is unknown")]
    lines.add(OVERFLOW, "share that goes to the API", series(shares), "share", formula, *used)
    running = [local_month(case, month) for month in range(months)]
    known = [cost.usd for cost in running if not isinstance(cost, Unknown)]
    if len(known) < months:
        lines.add(RUN, "running cost of month t", Unknown("its electricity is unknown"), USD, "")
        return
    busy, used = "0", []
    if lines.knows(BUSY):
        busy = (
            "usd_per_busy_hour * min(busy_hours_per_month * (1 + growth_per_month) ** t, "
            "powered_hours_per_month)"
        )
        used = [
            lines.computed(BUSY_HOUR),
            lines.computed(BUSY),
            growth,
            lines.key("box.powered_hours_per_month"),
        ]
    lines.add(
        RUN,
        "running cost of month t",
        series(known),
        USD,
        f"base_usd_per_month + {busy} + {MAINTENANCE}",
        lines.computed(BASE),
        lines.computed(MAINTENANCE),
        *used,
    )


def _tokens(lines: Lines) -> tuple[ExplainedInput, ExplainedInput]:
    return lines.key("usage.input_tokens_per_month"), lines.key("usage.output_tokens_per_month")
