"""What do the simulated futures say: how sure is the answer, and what does being wrong cost?"""

from __future__ import annotations

from dataclasses import replace

from advisor.advice.advise import Ready
from advisor.advice.guessed import guessed_distributions
from advisor.advice.regret_document import RegretPart
from advisor.advice.simulated_plan import plan_of
from advisor.advice.simulated_regret import simulated_regret
from advisor.advice.uncertain import Uncertain, measured_distributions
from advisor.advice.uncertainty import MayWin, draw, uncertainty
from advisor.advice.uncertainty_document import UncertaintyPart
from advisor.documents import Unknown


def simulated(
    start: Ready, stated: Uncertain, may_win: MayWin | None = None
) -> tuple[UncertaintyPart, RegretPart] | Unknown:
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
    drawn = draw(plan, uncertain)
    part = uncertainty(plan, uncertain, drawn, may_win)
    moving = tuple(bar.key for bar in part.tornado)
    return part, simulated_regret(plan, drawn, moving, uncertain.seed, situation)
