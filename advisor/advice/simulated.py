"""What do the simulated futures say: how sure is the answer, and what does being wrong cost?

The simulation holds most costs, not all (docs/uncertainty.md). So its costs at the medians are held
against the scalar economics first: where the two differ, nothing is said from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.advice.advise import Ready
from advisor.advice.regret_document import RegretPart
from advisor.advice.regret_part import regret_part
from advisor.advice.uncertain import Uncertain, measured_distributions
from advisor.advice.uncertainty import plan_of, uncertainty
from advisor.advice.uncertainty_document import UncertaintyPart
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.flows import api_flows, local_flows
from advisor.economics.inputs import Case
from advisor.economics.local_cost import local_month
from advisor.economics.simulation.components import Plan
from advisor.economics.simulation.engine import simulate
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.ski_rental import Allowance, allowance, purchase_usd_by_month
from advisor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

SAME = 1e-9
MOST_KEYS = 6
"""So many keys are asked what knowing them would be worth: those that move the saving most."""
NOT_HELD = (
    "the simulated futures do not hold all costs of this scenario yet, such as prices by length or "
    "hour, set-up, blocks of a tariff or resale by age: see docs/uncertainty.md"
)


def simulated(start: Ready, stated: Uncertain) -> tuple[UncertaintyPart, RegretPart] | Unknown:
    """Both parts for a scenario that is ready, by what it and the measurement say of their own
    uncertainty. Unknown where nothing is uncertain, or costs or prices are missing.

    Raises InputError for correlations that cannot be.
    """
    found = stated.distributions
    if start.measured is not None:
        found = {**measured_distributions(start.measured, start.filled.supplied), **found}
    if not found:
        return Unknown("no input of the scenario is a range or a distribution")
    if start.filled.inputs.carbon.usd_per_tonne:
        return Unknown("the simulated futures do not weigh carbon yet: leave usd_per_tonne out")
    uncertain = replace(stated, distributions=found)
    situation = start.situation
    plan = plan_of(situation.inputs, situation.apis, situation.baseline)
    if isinstance(plan, Unknown):
        return plan
    if not _holds_all_costs(plan):
        return Unknown(NOT_HELD)
    part = uncertainty(plan, uncertain)
    return part, _regret(plan, uncertain, part, owned=situation.inputs.box.already_owned)


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


def _regret(plan: Plan, uncertain: Uncertain, part: UncertaintyPart, *, owned: bool) -> RegretPart:
    sampler = Sampler(
        uncertain.distributions, seed=uncertain.seed, correlations=uncertain.correlations
    )
    costs = simulate(plan, sampler, uncertain.scenarios).costs_usd
    draws = sampler.draw(0, uncertain.scenarios)
    knowing: Mapping[tuple[str, ...], ArrayLike] = {
        (bar.key,): draws[bar.key].reshape(1, -1) for bar in part.tornado[:MOST_KEYS]
    }
    return regret_part(
        plan.actions,
        costs,
        horizon_months=plan.case.horizon.months,
        knowing=knowing,
        ski_rental=None if owned else _not_bought_yet(plan),
    )


def _not_bought_yet(plan: Plan) -> Allowance | Unknown:
    """How much more may go to the baseline API before the box is bought."""
    case: Case = plan.case
    running = local_month(case)
    if isinstance(running, Unknown):
        return running
    bill = api_usd(case.usage, plan.apis[plan.baseline].price, case.horizon)
    months = case.horizon.months
    resale = [case.box.resale_usd(age) for age in range(1, months + 1)]
    try:
        purchase = purchase_usd_by_month(case.box.capital_usd, resale, 0.0)
        return allowance(bill, running.usd, purchase, months=months)
    except InputError as error:
        return Unknown(str(error))
