"""Which numbers does the page need to draw the report's futures again, and to price them?

No draw is in the page: it holds each uncertain input's distribution with the place where its stream
of random numbers begins, and draws the first futures of the report itself.
"""

from __future__ import annotations

from math import isclose
from typing import Any

import msgspec
from msgspec import UnsetType

from advisor.advice.document import Advice
from advisor.advice.simulated_plan import plan_of
from advisor.advice.uncertainty_document import MonthSpread, UncertaintyPart
from advisor.documents import Unknown
from advisor.economics.queueing.profile import week_profile
from advisor.economics.simulation import normal
from advisor.economics.simulation.cumulative import MOST_SCENARIOS, Band, cumulative_band
from advisor.economics.simulation.distributions import (
    Distribution,
    Normal,
    of_parameters,
    parameters_of,
)
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Correlation, Sampler
from advisor.economics.simulation.served import curve_of
from advisor.errors import InputError
from advisor.report.page.recompute.rebuilt import Rebuilt

SAME_NUMBER = 1e-8
"""The document rounds to nine digits."""
MOST_MONTHS = 1_000_000
"""Of all futures together: what a page holds in memory and works out while a slider moves."""
SCALED = {
    "box.price_usd": "box_price_usd",
    "box.electricity_usd_per_month": "electricity_usd_per_month",
    "maintenance.hours_per_month": "maintenance_hours_per_month",
    "tariff.usd_per_kwh": "usd_per_kwh",
}
"""Uncertain inputs whose median a control moves, by the control's value."""


def futures_of(
    advice: Advice, found: Rebuilt, values: dict[str, float | None]
) -> dict[str, Any] | Unknown:
    """The numbers under the names that the engine knows them by, or why the page cannot follow."""
    part = advice.uncertainty
    if isinstance(part, UnsetType):
        return Unknown("no input of the scenario is a range or a distribution")
    situation = found.situation
    plan = plan_of(situation.inputs, situation.apis, found.baseline)
    if isinstance(plan, Unknown):
        return plan
    sampler = _sampler(part)
    if isinstance(sampler, Unknown):
        return sampler
    for key, control in SCALED.items():
        if key in sampler.distributions and values[control] == 0:
            return Unknown(f"{key} is uncertain around 0, so moving it has nothing to scale")
    if not _leads_to(cumulative_band(plan, sampler, part.scenarios), part.cumulative):
        return Unknown("this version of advisor works the futures of this report out differently")
    return {
        "count": min(part.scenarios, MOST_SCENARIOS, MOST_MONTHS // part.months),
        "of": part.scenarios,
        "draws": [_draw(key, sampler) for key in sampler.distributions],
        "joined": list(sampler.joined),
        "mixing": [list(row) for row in sampler.mixing],
        "tail": normal.tail_coefficients() if sampler.joined else [],
        "actions": list(plan.actions),
        "rented": [each.name for each in plan.rented],
        "hybrid": plan.hybrid,
        "follows": dict(plan.follows),
        "setup_hours": dict(plan.setup_hours),
        "request_tokens": plan.request_tokens,
        "off_band": None if plan.off_band is None else msgspec.to_builtins(plan.off_band),
        "carbon": msgspec.to_builtins(plan.carbon),
        "apis": [
            {
                "name": api.name,
                "uncertain": msgspec.to_builtins(api.uncertain),
                "g_co2e_per_mtok": api.g_co2e_per_mtok,
            }
            for api in plan.apis
        ],
        "served": _served(plan, sampler),
    }


def _sampler(part: UncertaintyPart) -> Sampler | Unknown:
    """Who drew the document's futures."""
    found: dict[str, Distribution] = {}
    for each in part.inputs:
        distribution = of_parameters(each.kind, each.parameters)
        if distribution is None:
            return Unknown("the record does not hold how its uncertain inputs are distributed")
        found[each.key] = distribution
    correlations = [Correlation(each.first, each.second, each.rank) for each in part.correlations]
    try:
        return Sampler(found, seed=part.seed, correlations=correlations)
    except InputError as error:
        return Unknown(str(error))


def _draw(key: str, sampler: Sampler) -> dict[str, Any]:
    """One input: where its stream begins, in hexadecimal, and what it makes of a uniform number."""
    state, increment = sampler.start_of(key)
    distribution = sampler.distributions[key]
    kind, parameters = parameters_of(distribution)
    return {
        "key": key,
        "state": f"{state:x}",
        "increment": f"{increment:x}",
        "kind": kind,
        "parameters": parameters,
        "ends": distribution.ends if isinstance(distribution, Normal) else None,
    }


def _served(plan: Plan, sampler: Sampler) -> dict[str, Any] | None:
    """How much of the load is served at which part of it: a curve for a peak that is certain, and
    the week that is made to peak for one that is not; None for work spread evenly."""
    if plan.peak_to_mean is None:
        return None
    if "arrivals.peak_to_mean" in sampler.distributions:
        return {"shares": list(week_profile(plan.bands).shares), "curve": None}
    rooms, shares = curve_of(plan.bands, float(plan.peak_to_mean))
    return {"shares": None, "curve": [rooms.tolist(), shares.tolist()]}


def _leads_to(band: Band, said: tuple[MonthSpread, ...]) -> bool:
    again = [usd for side in (band.local_usd, band.api_usd) for spread in side for usd in spread]
    before = [
        usd
        for side in ([each.local_usd for each in said], [each.api_usd for each in said])
        for spread in side
        for usd in (spread.p10, spread.p50, spread.p90)
    ]
    return len(again) == len(before) and all(
        isclose(one, other, rel_tol=SAME_NUMBER, abs_tol=SAME_NUMBER)
        for one, other in zip(again, before, strict=True)
    )
