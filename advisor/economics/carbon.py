"""How much carbon dioxide does a month's electricity stand for?"""

from __future__ import annotations


def carbon_kg_per_month(kwh_per_month: float, grid_g_per_kwh: float) -> float:
    """Kilograms of CO2e of a month's kilowatt-hours: `kWh * g per kWh/1000`."""
    return kwh_per_month * grid_g_per_kwh / 1000
