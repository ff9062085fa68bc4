"""Which numbers does the page need to work the answer out again?

They are the plain inputs of `advisor.economics`, under the same names, so that the engine in
JavaScript can be read beside the Python that it mirrors.
"""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.documents import Unknown
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import electricity
from advisor.report.page.recompute.rebuilt import Rebuilt, without_carbon


def start_of(found: Rebuilt) -> dict[str, Any]:
    """What the report was made of, as `recompute.js` takes it."""
    situation = found.situation
    inputs, usage = situation.inputs, situation.inputs.usage
    listed = {each.name for each in inputs.api}
    return {
        "plan": msgspec.to_builtins(without_carbon(inputs).case()),
        "carbon_usd_per_kwh": inputs.carbon.usd_per_kwh,
        "apis": [
            {
                "name": api.name,
                "price": msgspec.to_builtins(api.price)
                if isinstance(api.price, ApiPrice)
                else None,
                "carbon_usd_per_mtok": inputs.carbon.usd_per_mtok(api.name)
                if api.name in listed
                else 0.0,
            }
            for api in found.apis_without_carbon
        ],
        "baseline": found.baseline,
        "rented": [msgspec.to_builtins(each) for each in inputs.rentals()],
        "candidates": [
            {"name": other.table.name, "box": _known_box(other.situation.inputs.case())}
            for other in situation.candidates()
        ],
        "policy": msgspec.structs.asdict(inputs.policy),
        "facts": {
            "stable": usage.stable,
            "validating": inputs.team.validating,
            "sensitive": usage.sensitive,
            "sensitive_share": usage.sensitive_share,
            "can_maintain": usage.can_maintain,
            "guessed": situation.guessed,
        },
    }


def _known_box(case: Case) -> Any:
    """A candidate's numbers; None where its electricity is not known, at no value of a control."""
    known = not isinstance(electricity(case), Unknown)
    return msgspec.to_builtins(case.box) if known else None


def values_of(found: Rebuilt) -> dict[str, float | None]:
    """The values at which the engine gives the report's own answer."""
    inputs = found.situation.inputs
    several = bool(inputs.tariff.band or inputs.tariff.block)
    return {
        "tokens_per_month": inputs.usage.input_tokens_per_month
        + inputs.usage.output_tokens_per_month,
        "api_price_factor": 1.0,
        "electricity_usd_per_month": inputs.box.electricity_usd_per_month,
        "usd_per_kwh": None if several else inputs.usd_per_kwh,
        "tariff_factor": 1.0,
        "box_price_usd": inputs.box.price_usd,
        "maintenance_hours_per_month": inputs.maintenance.hours_per_month,
    }
