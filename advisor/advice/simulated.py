"""What do the simulated futures say: how sure is the answer, and what does being wrong cost?

The simulation holds most costs, not all (docs/uncertainty.md). So its costs at the medians are held
against the scalar economics first: where the two differ, nothing is said from it.
"""

from __future__ import annotations

from dataclasses import replace

from advisor.advice.advise import Ready
from advisor.advice.guessed import guessed_distributions
from advisor.advice.regret_document import RegretPart
from advisor.advice.simulated_regret import simulated_regret
from advisor.advice.uncertain import Uncertain, measured_distributions
from advisor.advice.uncertainty import plan_of, uncertainty
from advisor.advice.uncertainty_document import UncertaintyPart
from advisor.documents import Unknown
from advisor.economics.flows import api_flows, local_flows
from advisor.economics.simulation.components import Plan
from advisor.economics.simulation.engine import simulate
from advisor.economics.simulation.sampling import Sampler

SAME = 1e-9
NOT_HELD = (
    "the simulated futures do not hold all costs of this scenario yet, such as prices by length or "
    "hour, set-up, blocks of a tariff or resale by age: see docs/uncertainty.md"
)


def simulated(start: Ready, stated: Uncertain) -> tuple[UncertaintyPart, RegretPart] | Unknown:
    """Both parts for a scenario that is ready, by what it and the measurement say of their own
    uncertainty, and the guide of its figures that stand in where nobody told. Unknown where nothing
    is uncertain, or costs or prices are missing.

    Raises InputError for correlations that cannot be.
    """
    found = {**guessed_distributions(start.scenario.guessed), **stated.distributions}
    if start.measured is not None:
        found = {**measured_distributions(start.measured, start.filled.supplied), **found}
    if not found:
        return Unknown("no input of the scenario is a range or a distribution")
    uncertain = replace(stated, distributions=found)
    situation = start.situation
    plan = plan_of(situation.inputs, situation.apis, situation.baseline)
    if isinstance(plan, Unknown):
        return plan
    if not _holds_all_costs(plan):
        return Unknown(NOT_HELD)
    part = uncertainty(plan, uncertain)
    moving = tuple(bar.key for bar in part.tornado)
    return part, simulated_regret(plan, uncertain, moving, situation)


def _holds_all_costs(plan: Plan) -> bool:
    """Whether each action costs at the medians what the scalar economics says."""
    case, baseline = plan.case, plan.apis[plan.baseline].price
    flows = [
        *(api_flows(api.name, case, api.price) for api in plan.apis),
        local_flows(case, baseline),
    ]
    costs = simulate(plan, Sampler({}, seed=0), 1).costs_usd[:, 0].tolist()
    for flow, usd in zip(flows, costs, strict=True):
        if isinstance(flow, Unknown):
            return False
        scalar = flow.total_usd(case.horizon)
        if abs(scalar - usd) > SAME * max(abs(scalar), abs(usd)):
            return False
    return True
