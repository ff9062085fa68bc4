"""What does the advice say of carbon? (`carbon` of `advisor.advice/1`)"""

from __future__ import annotations

import msgspec


class ActionCarbon(msgspec.Struct, frozen=True, kw_only=True):
    """One action's first month: its energy at the wall where that is known, and its CO2e.

    `action` is `local`, `api:NAME` or `rented:NAME`. Per million tokens is of the usage's tokens
    that the action serves. `upper_bound`: the truth can only be lower. `source` and `as_of` say
    whose grams those are: the grid's, or those told of this action. `usd_per_month` is what they
    cost where carbon weighs, 0 where it does not.
    """

    action: str
    kwh_per_month: float | None
    g_co2e_per_month: float | None
    g_co2e_per_mtok: float | None
    usd_per_month: float | None
    upper_bound: bool
    source: str | None
    as_of: str | None


class CarbonPart(msgspec.Struct, frozen=True, kw_only=True):
    """The carbon of the first month, where the scenario has `[carbon]`: a column beside the costs.

    What nobody tells is null, with its reason under `unknown`. `api_kg_co2e_per_month` is the
    baseline API's. Carbon is no part of the verdict unless `usd_per_tonne` is above 0: then its
    cost is in the box's electricity (`usd_per_kwh` of each kilowatt-hour) and in each price of the
    scenario's APIs; a rented GPU's, and that of APIs which the advisor added, does not weigh.
    """

    grid_g_per_kwh: float | None
    source: str
    as_of: str
    usd_per_tonne: float = 0.0
    usd_per_kwh: float = 0.0
    local_kg_co2e_per_month: float | None
    api_kg_co2e_per_month: float | None
    actions: tuple[ActionCarbon, ...] = ()
