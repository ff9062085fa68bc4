"""How much carbon dioxide does a month's work stand for, and each million tokens of it?"""

from __future__ import annotations

from dataclasses import replace

from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours
from advisor.economics.inputs import TOKENS_PER_MTOK, Case, Usage
from advisor.economics.local_cost import Electricity, electricity
from advisor.economics.rates import Dialogue

G_PER_TONNE = 1e6


def carbon_kg_per_month(kwh_per_month: float, grid_g_per_kwh: float) -> float:
    """Kilograms of CO2e of a month's kilowatt-hours: `kWh * g per kWh/1000`."""
    return kwh_per_month * grid_g_per_kwh / 1000


def carbon_of_tokens_g(usage: Usage, dialogue: Dialogue, g_per_mtok: float) -> float:
    """Grams of CO2e of the first month's tokens, as a model counts them.

    `g per Mtok * (Tin * input factor + Tout * output factor)/1e6`.
    """
    tokens = (
        usage.input_tokens_per_month * dialogue.input_factor
        + usage.output_tokens_per_month * dialogue.output_factor
    )
    return g_per_mtok * tokens / TOKENS_PER_MTOK


def carbon_usd_per_kwh(grid_g_per_kwh: float, usd_per_tonne: float) -> float:
    """What a kilowatt-hour's carbon costs: `g per kWh * USD per tonne / 1e6`."""
    return grid_g_per_kwh * usd_per_tonne / G_PER_TONNE


def carbon_usd_per_mtok(g_per_mtok: float, usd_per_tonne: float) -> float:
    """What a million tokens' carbon costs: `g per Mtok * USD per tonne / 1e6`."""
    return g_per_mtok * usd_per_tonne / G_PER_TONNE


def energy_model(case: Case) -> Electricity | Unknown:
    """The box's energy by its powers, whether or not its bill was given."""
    return electricity(replace(case, box=replace(case.box, electricity_usd_per_month=None)))


def energy_kwh(case: Case, month: int = 0) -> float | Unknown:
    """One month's kilowatt-hours at the wall, by the powers; Unknown without them."""
    model = energy_model(case)
    if isinstance(model, Unknown):
        return Unknown("the box's energy is unknown: its powers are not given or measured")
    return model.kwh(busy_hours(case.usage, case.box, month))
