"""How is each number of the box's electricity computed: its energy, its bill, an hour of work?"""

from __future__ import annotations

from advisor.advice.document import Advice
from advisor.advice.explain_lines import WITH_CARBON, Lines
from advisor.advice.explain_terms import (
    ACTIVE,
    BASE,
    BUSY,
    BUSY_HOUR,
    HOUR_KWH,
    IDLE_KWH,
    Term,
    active,
    blocks_of,
    busy_hours_of,
    electricity_of,
    has_blocks,
    wall,
)
from advisor.documents import Unknown
from advisor.economics.capacity import phase_hours
from advisor.economics.inputs import Case
from advisor.economics.local_cost import (
    Electricity,
    ElectricityBasis,
    electricity,
)

ELECTRICITY = "local_electricity.usd_per_month"
KWH = "local_electricity.kwh_per_month"
USD_MONTH = "USD per month"
KWH_MONTH = "kWh per month"


def explain_power(lines: Lines, advice: Advice, case: Case) -> None:
    """Adds the lines of the electricity."""
    model = electricity(case)
    _with_carbon(lines)
    lines.add(
        "local_electricity.usd_per_kwh",
        "price of a kilowatt-hour",
        case.usd_per_kwh,
        "USD per kWh",
        "usd_per_kwh",
        lines.tariff(),
    )
    if isinstance(model, Unknown):
        for each, unit in ((KWH, KWH_MONTH), (ELECTRICITY, USD_MONTH)):
            lines.add(each, "electricity of a month", model, unit, "")
        return
    if model.basis is ElectricityBasis.GIVEN:
        _given(lines, advice, model)
        return
    explain_active_power(lines, case)
    energy = energy_of(lines, model)
    value = advice.local_electricity.kwh_per_month
    lines.add(KWH, "energy of a month at the wall", value, KWH_MONTH, energy.text, *energy.inputs)
    if has_blocks(model):
        _by_blocks(lines, model)
    else:
        _by_the_hour(lines, model)
    usd = advice.local_electricity.usd_per_month
    flat = model.busy_usd_per_kwh is None and model.blocks is None
    if flat and not model.standing_usd_per_month:
        bill = Term("kwh_per_month * usd_per_kwh", (lines.computed(KWH), lines.tariff()))
    else:
        bill = electricity_of(lines, busy_hours_of(lines, "", ""))
    lines.add(ELECTRICITY, "electricity", usd, USD_MONTH, bill.text, *bill.inputs)


def _with_carbon(lines: Lines) -> None:
    """The carbon of a kilowatt-hour, and the tariff with it, where it weighs."""
    carbon = lines.start.filled.inputs.carbon
    if not carbon.usd_per_tonne:
        return
    lines.add(
        "carbon.usd_per_kwh",
        "what the carbon of a kilowatt-hour costs",
        carbon.usd_per_kwh,
        "USD per kWh",
        "grid_g_per_kwh * usd_per_tonne / 1e6",
        lines.given(
            "grid_g_per_kwh", carbon.grid_g_per_kwh or 0.0, "g per kWh", carbon.source or "scenario"
        ),
        lines.given("usd_per_tonne", carbon.usd_per_tonne, "USD per tonne", "the scenario"),
    )
    tariff = lines.tariff()
    lines.add(
        WITH_CARBON,
        "price of a kilowatt-hour with its carbon",
        float(tariff.value) + carbon.usd_per_kwh if isinstance(tariff.value, float) else None,
        "USD per kWh",
        "usd_per_kwh + carbon_usd_per_kwh",
        tariff,
        lines.computed("carbon.usd_per_kwh", "carbon_usd_per_kwh"),
    )


def _given(lines: Lines, advice: Advice, model: Electricity) -> None:
    reason = Unknown("the electricity bill was given, not the energy")
    lines.add(KWH, "energy of a month at the wall", reason, KWH_MONTH, "")
    key = lines.key("box.electricity_usd_per_month")
    bill = Term(key.name, (key,))
    if model.standing_usd_per_month:
        standing = lines.key("tariff.usd_per_month", "standing_usd_per_month")
        bill = Term(f"{key.name} + {standing.name}", (key, standing))
    usd = advice.local_electricity.usd_per_month
    lines.add(ELECTRICITY, "electricity", usd, USD_MONTH, bill.text, *bill.inputs)
    base = model.base_usd_per_month
    lines.add(BASE, "bill without any work", base, USD_MONTH, bill.text, *bill.inputs)
    zero = lines.given("free", 0.0, "USD per hour", "a given bill does not change with work")
    lines.add(BUSY_HOUR, "an hour of work adds", 0.0, "USD per hour", "free", zero)


def explain_active_power(lines: Lines, case: Case) -> None:
    """Adds the mean power of a busy hour, where its two phases differ."""
    box = lines.start.filled.inputs.box
    names = [
        f"{phase}_power_w" if getattr(box, f"{phase}_power_w") is not None else "active_power_w"
        for phase in ("prefill", "decode")
    ]
    if names == ["active_power_w", "active_power_w"]:
        return
    powers = [lines.key(f"box.{name}") for name in names]
    hours = phase_hours(case.usage, case.box)
    label, unit = "power of a busy hour", "W"
    if isinstance(hours, Unknown) or sum(hours) == 0:
        value = max(float(power.value) for power in powers if isinstance(power.value, float))
        lines.add(ACTIVE, label, value, unit, f"max({names[0]}, {names[1]})", *powers)
        return
    why = "computed: the two parts of local.busy_hours_per_month"
    prefill, decode = (
        lines.given(f"{phase}_hours", each, "hours per month", why)
        for phase, each in zip(("prefill", "decode"), hours, strict=True)
    )
    watts = [float(power.value) for power in powers if isinstance(power.value, float)]
    lines.add(
        ACTIVE,
        label,
        (watts[0] * hours[0] + watts[1] * hours[1]) / sum(hours),
        unit,
        f"({names[0]} * prefill_hours + {names[1]} * decode_hours) / "
        "(prefill_hours + decode_hours)",
        *powers,
        prefill,
        decode,
    )


def energy_of(lines: Lines, model: Electricity) -> Term:
    """A month's kilowatt-hours at the wall, by the powers."""
    work, powered, factor = active(lines), lines.key("box.powered_hours_per_month"), wall(lines)
    if model.basis is ElectricityBasis.POWER_MODEL:
        idle = lines.key("box.idle_power_w")
        text = (
            f"({work.name} * min(busy_hours_per_month, powered_hours_per_month) + idle_power_w * "
            "(powered_hours_per_month - min(busy_hours_per_month, powered_hours_per_month))) / 1000"
            f" * {factor.name}"
        )
        return Term(text, (work, idle, lines.computed(BUSY), powered, factor))
    text = f"{work.name} * powered_hours_per_month / 1000 * {factor.name}"
    return Term(text, (work, powered, factor))


def _power(lines: Lines, model: Electricity) -> tuple[Term, Term]:
    """Watts drawn in all powered hours, and what work adds."""
    work = active(lines)
    if model.basis is ElectricityBasis.POWER_MODEL:
        idle = lines.key("box.idle_power_w")
        return Term(idle.name, (idle,)), Term(f"({work.name} - {idle.name})", (work, idle))
    return Term(work.name, (work,)), Term(f"0 * {work.name}", (work,))


def _by_the_hour(lines: Lines, model: Electricity) -> None:
    always, added = _power(lines, model)
    powered, factor = lines.key("box.powered_hours_per_month"), wall(lines)
    price = busy = lines.tariff()
    if model.busy_usd_per_kwh is not None:
        source = "the scenario's bands, averaged over the hours of the work"
        source += ", with carbon" if lines.knows(WITH_CARBON) else ""
        busy = lines.given("busy_usd_per_kwh", model.busy_usd_per_kwh, "USD per kWh", source)
    text = f"{always.text} * powered_hours_per_month / 1000 * {factor.name} * usd_per_kwh"
    used = [*always.inputs, powered, factor, price]
    if model.standing_usd_per_month:
        standing = lines.key("tariff.usd_per_month", "standing_usd_per_month")
        text += f" + {standing.name}"
        used.append(standing)
    base = model.base_usd_per_month
    lines.add(BASE, "bill without any work", base, USD_MONTH, text, *used)
    lines.add(
        BUSY_HOUR,
        "an hour of work adds",
        model.usd_per_busy_hour,
        "USD per hour",
        f"{added.text} / 1000 * {factor.name} * {busy.name}",
        *added.inputs,
        factor,
        busy,
    )


def _by_blocks(lines: Lines, model: Electricity) -> None:
    always, added = _power(lines, model)
    powered, factor = lines.key("box.powered_hours_per_month"), wall(lines)
    lines.add(
        IDLE_KWH,
        "energy of a month without any work",
        model.idle_kwh_per_month,
        KWH_MONTH,
        f"{always.text} * powered_hours_per_month / 1000 * {factor.name}",
        *always.inputs,
        powered,
        factor,
    )
    lines.add(
        HOUR_KWH,
        "energy that an hour of work adds",
        model.kwh_per_busy_hour,
        "kWh per hour",
        f"{added.text} / 1000 * {factor.name}",
        *added.inputs,
        factor,
    )
    idle = blocks_of(lines, model, Term("idle_kwh_per_month", (lines.computed(IDLE_KWH),)))
    base = model.base_usd_per_month
    lines.add(BASE, "bill without any work", base, USD_MONTH, idle.text, *idle.inputs)
