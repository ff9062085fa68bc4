"""How is each number of the box computed: its load, its energy, its cost of a month?"""

from __future__ import annotations

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.document import Advice
from advisor.advice.explain_lines import Lines, series
from advisor.advice.explain_power import explain_power
from advisor.advice.explain_terms import BUSY, CAPITAL, MAINTENANCE, WALL, Term, running
from advisor.advice.inputs import Inputs
from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours, capacity, overflow_share, utilization
from advisor.economics.inputs import Case
from advisor.economics.local_cost import local_month

USD = "USD"
USD_MONTH = "USD per month"

RUN = "local.local_usd"
RESALE = "local.resale_usd"
OVERFLOW = "local.overflow_share"


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
    _paid_first(lines, case)
    _load(lines, inputs, case)
    explain_power(lines, advice, case)
    _columns(lines, case)


def _paid_first(lines: Lines, case: Case) -> None:
    box = case.box
    if box.setup_usd:
        lines.add(
            CAPITAL,
            "the box with its set-up",
            box.capital_usd,
            USD,
            "price_usd + setup_usd + setup_hours * usd_per_hour",
            lines.key("box.price_usd"),
            lines.key("box.setup_usd"),
            lines.key("box.setup_hours"),
            lines.key("maintenance.usd_per_hour"),
        )
    if box.cooling_factor != 1.0:
        lines.add(
            WALL,
            "kWh at the meter for each of the box's",
            box.wall_factor * box.cooling_factor,
            "factor",
            "wall_factor * cooling_factor",
            lines.key("box.wall_factor"),
            lines.key("box.cooling_factor"),
        )


PHASES = (
    ("prefill", "input", "input_tokens_per_month", "prefill_tok_per_s"),
    ("decode", "output", "output_tokens_per_month", "decode_tok_per_s"),
)


def _load(lines: Lines, inputs: Inputs, case: Case) -> None:
    hours = busy_hours(case.usage, case.box)
    _factors(lines, inputs, case)
    parts, needed = [], []
    for _, kind, tokens, rate in PHASES:
        if getattr(inputs.usage, tokens) and getattr(inputs.box, rate):
            factor = f"local.{kind}_factor"
            times = f" * {kind}_factor" if lines.knows(factor) else ""
            parts.append(f"{tokens}{times} / {rate}")
            needed += [lines.key(f"usage.{tokens}"), lines.key(f"box.{rate}")]
            needed += [lines.computed(factor)] if times else []
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


def _factors(lines: Lines, inputs: Inputs, case: Case) -> None:
    """The local model's tokens for each one of the usage, where they differ."""
    dialogue, box = case.box.dialogue, inputs.box
    if dialogue.input_factor != 1.0 or box.cached_input_share:
        lines.add(
            "local.input_factor",
            "input that the box reads for each token of the usage",
            dialogue.input_factor * (1.0 - box.cached_input_share),
            "factor",
            "input_token_ratio * (1 + retry_share) * (1 - cached_input_share)",
            lines.key("box.input_token_ratio"),
            lines.key("box.retry_share"),
            lines.key("box.cached_input_share"),
        )
    if dialogue.output_factor != 1.0:
        lines.add(
            "local.output_factor",
            "output that the box writes for each token of the usage",
            dialogue.output_factor,
            "factor",
            "output_token_ratio * (1 + reasoning_tokens_per_output_token) * (1 + retry_share)",
            lines.key("box.output_token_ratio"),
            lines.key("box.reasoning_tokens_per_output_token"),
            lines.key("box.retry_share"),
        )


def _columns(lines: Lines, case: Case) -> None:
    """The box's month by month: cost, resale, and the share that goes to the API."""
    months = max(12, case.horizon.months)
    growth = lines.key("usage.growth_per_month")
    resale = [case.box.resale_usd(month) for month in range(months + 1)]
    sells = _resale(lines, case)
    lines.add(
        RESALE, "what the box sells for after t months", series(resale), USD, sells[0], *sells[1]
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
    costs = [local_month(case, month) for month in range(months)]
    known = [cost.usd for cost in costs if not isinstance(cost, Unknown)]
    if len(known) < months:
        lines.add(RUN, "running cost of month t", Unknown("its electricity is unknown"), USD, "")
        return
    month = running(lines, "t")
    lines.add(RUN, "running cost of month t", series(known), USD, month.text, *month.inputs)


def _resale(lines: Lines, case: Case) -> Term:
    price = lines.key("box.price_usd")
    table = case.box.resale_by_age
    if not table:
        return Term(
            "price_usd * (1 - resale_decline_per_year) ** (t / 12) if t > 0 else 0",
            (price, lines.key("box.resale_decline_per_year")),
        )
    ages, shares = zip((0.0, 1.0), *table, strict=True)
    source = "the scenario's table, the whole price at month 0"
    return Term(
        "price_usd * (1 + sum((shares[k + 1] - shares[k]) / (ages[k + 1] - ages[k]) * "
        "(max(ages[k], min(t, ages[k + 1])) - ages[k]) for k in range(int(spans)))) "
        "if t > 0 else 0",
        (
            price,
            lines.given("ages", ages, "months", source),
            lines.given("shares", shares, "share", source),
            lines.given("spans", float(len(table)), "spans", source),
        ),
    )


def _tokens(lines: Lines) -> tuple[ExplainedInput, ExplainedInput]:
    return lines.key("usage.input_tokens_per_month"), lines.key("usage.output_tokens_per_month")
