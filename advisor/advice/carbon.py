"""How much carbon does each action stand for, where the grid's intensity or its own is given?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.advice.carbon_document import ActionCarbon, CarbonPart
from advisor.advice.inputs import Inputs
from advisor.advice.pricing import PricedApi
from advisor.documents import Unknown, Unknowns
from advisor.economics.carbon import (
    G_PER_TONNE,
    carbon_kg_per_month,
    carbon_of_tokens_g,
    energy_kwh,
    energy_model,
)
from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice
from advisor.economics.local_cost import tokens_served
from advisor.economics.rates import AS_STATED, Dialogue

NOT_TOLD = "providers do not tell the energy of a request; [[carbon.told]] takes a figure"
NO_ENERGY = "nobody tells the energy of this work"
NO_GRID = "carbon.grid_g_per_kwh is not given"
NO_TOKENS = "no tokens are used"
SCENARIO = "the scenario"


def carbon_part(
    inputs: Inputs, apis: Sequence[PricedApi], baseline: int | None, unknown: Unknowns
) -> CarbonPart | None:
    """The carbon of every action; None unless the scenario gives an intensity or a figure."""
    carbon = inputs.carbon
    if carbon.grid_g_per_kwh is None and not carbon.told:
        return None
    actions = tuple(_actions(inputs, apis, unknown))
    local = actions[0].g_co2e_per_month
    api = None if baseline is None else actions[1 + baseline].g_co2e_per_month
    kilograms = Unknown(unknown.reasons.get("carbon.actions[0].g_co2e_per_month", ""))
    return CarbonPart(
        grid_g_per_kwh=carbon.grid_g_per_kwh,
        source=carbon.source or SCENARIO,
        as_of=carbon.as_of,
        usd_per_tonne=carbon.usd_per_tonne,
        usd_per_kwh=carbon.usd_per_kwh,
        local_kg_co2e_per_month=unknown.settle(
            "carbon.local_kg_co2e_per_month", kilograms if local is None else local / 1000
        ),
        api_kg_co2e_per_month=unknown.settle(
            "carbon.api_kg_co2e_per_month", Unknown(NOT_TOLD) if api is None else api / 1000
        ),
        actions=actions,
    )


def _actions(
    inputs: Inputs, apis: Sequence[PricedApi], unknown: Unknowns
) -> Iterator[ActionCarbon]:
    yield _local(inputs, unknown)
    case = inputs.case()
    told = {each.name: each for each in inputs.carbon.told}
    named = [(f"api:{api.name}", api.name, dialogue_of(api.price)) for api in apis]
    named += [(f"rented:{each.name}", each.name, case.box.dialogue) for each in inputs.rented]
    for index, (action, name, dialogue) in enumerate(named, start=1):
        found, at = told.get(name), f"carbon.actions[{index}]."
        grams: float | Unknown = Unknown(NOT_TOLD)
        if found is not None:
            grams = carbon_of_tokens_g(case.usage, dialogue, found.g_co2e_per_mtok)
        per_mtok = _per_mtok(grams, case.usage.tokens_per_month)
        yield ActionCarbon(
            action=action,
            kwh_per_month=unknown.settle(f"{at}kwh_per_month", Unknown(NO_ENERGY)),
            g_co2e_per_month=unknown.settle(f"{at}g_co2e_per_month", grams),
            g_co2e_per_mtok=unknown.settle(f"{at}g_co2e_per_mtok", per_mtok),
            usd_per_month=unknown.settle(f"{at}usd_per_month", _usd(inputs, grams)),
            upper_bound=False,
            source=None if found is None else found.source or SCENARIO,
            as_of=None if found is None else found.as_of or None,
        )


def dialogue_of(price: ApiPrice | Unknown) -> Dialogue:
    """How an API's model counts the team's text; as stated where it has no price."""
    return AS_STATED if isinstance(price, Unknown) else price.dialogue


def _local(inputs: Inputs, unknown: Unknowns) -> ActionCarbon:
    """The box's own work; what it cannot serve is not in it."""
    case, at = inputs.case(), "carbon.actions[0]."
    kwh, grid = energy_kwh(case), inputs.carbon.grid_g_per_kwh
    model = energy_model(case)
    grams: float | Unknown
    if isinstance(kwh, Unknown):
        grams = kwh
    elif grid is None:
        grams = Unknown(NO_GRID)
    else:
        grams = carbon_kg_per_month(kwh, grid) * 1000
    return ActionCarbon(
        action="local",
        kwh_per_month=unknown.settle(f"{at}kwh_per_month", kwh),
        g_co2e_per_month=unknown.settle(f"{at}g_co2e_per_month", grams),
        g_co2e_per_mtok=unknown.settle(
            f"{at}g_co2e_per_mtok", _per_mtok(grams, tokens_served(case, 0))
        ),
        usd_per_month=unknown.settle(f"{at}usd_per_month", _usd(inputs, grams)),
        upper_bound=not isinstance(model, Unknown) and model.upper_bound,
        source=inputs.carbon.source or SCENARIO,
        as_of=inputs.carbon.as_of or None,
    )


def _usd(inputs: Inputs, grams: float | Unknown) -> float | Unknown:
    """What the month's carbon costs, where it weighs."""
    if isinstance(grams, Unknown):
        return grams
    return grams * inputs.carbon.usd_per_tonne / G_PER_TONNE


def _per_mtok(grams: float | Unknown, tokens: float) -> float | Unknown:
    if isinstance(grams, Unknown):
        return grams
    return grams / tokens * TOKENS_PER_MTOK if tokens else Unknown(NO_TOKENS)
