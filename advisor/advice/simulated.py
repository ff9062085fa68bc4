"""What do the simulated futures say: how sure is the answer, and what does being wrong cost?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.advice.advise import Ready
from advisor.advice.regret_document import RegretPart
from advisor.advice.regret_part import regret_part
from advisor.advice.simulated_plan import plan_of
from advisor.advice.uncertain import Uncertain, measured_distributions
from advisor.advice.uncertainty import uncertainty
from advisor.advice.uncertainty_document import UncertaintyPart
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import Case
from advisor.economics.local_cost import local_month
from advisor.economics.simulation.engine import simulate
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.ski_rental import Allowance, allowance, purchase_usd_by_month
from advisor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

MOST_KEYS = 6
"""So many keys are asked what knowing them would be worth: those that move the saving most."""


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
    uncertain = replace(stated, distributions=found)
    situation = start.situation
    plan = plan_of(situation.inputs, situation.apis, situation.baseline)
    if isinstance(plan, Unknown):
        return plan
    part = uncertainty(plan, uncertain)
    return part, _regret(plan, uncertain, part, owned=situation.inputs.box.already_owned)


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
