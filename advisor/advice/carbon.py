"""How much carbon does the box's electricity stand for, where the grid's intensity is given?"""

from __future__ import annotations

from advisor.advice.document import CarbonPart
from advisor.advice.inputs import Inputs
from advisor.documents import Unknown, Unknowns


def carbon_part(
    inputs: Inputs, kwh_per_month: float | None, unknown: Unknowns
) -> CarbonPart | None:
    """`kWh a month * g per kWh / 1000`; None unless the scenario gives the grid's intensity."""
    grams = inputs.carbon.grid_g_per_kwh
    if grams is None:
        return None
    local = (
        Unknown("the box's energy is unknown: its powers are not given or measured")
        if kwh_per_month is None
        else kwh_per_month * grams / 1000
    )
    api = Unknown("providers do not tell the energy of a request")
    return CarbonPart(
        grid_g_per_kwh=grams,
        source=inputs.carbon.source or "the scenario",
        as_of=inputs.carbon.as_of,
        local_kg_co2e_per_month=unknown.settle("carbon.local_kg_co2e_per_month", local),
        api_kg_co2e_per_month=unknown.settle("carbon.api_kg_co2e_per_month", api),
    )
