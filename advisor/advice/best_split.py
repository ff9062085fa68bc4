"""Which part of the work belongs on the box, and what does that save?"""

from __future__ import annotations

from advisor.advice.inputs import Inputs
from advisor.advice.simulated_plan import hour_bands
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.queueing.profile import week_profile
from advisor.economics.split import BestSplit, best_split, box_costs
from advisor.economics.work import work_by_month
from advisor.errors import InputError


def found_split(situation: Situation) -> BestSplit | Unknown:
    """The cheapest split between the box and the baseline API over the horizon.

    The box serves its powered hours, which the work fills evenly, or by the hour of the week where
    `arrivals.peak_to_mean` is known. Unknown without a price, the box's rates or its costs, and
    where it cannot serve all that must not leave.
    """
    inputs, case = situation.inputs, situation.inputs.case()
    price = situation.baseline_price
    if isinstance(price, Unknown):
        return price
    if case.usage.tokens_per_month == 0:
        return Unknown("no tokens are used, so there is nothing to split")
    must_stay = inputs.usage.sensitive_share if inputs.usage.sensitive else 0.0
    rate = 1.0 + case.horizon.discount_rate_per_month
    discount = [rate ** -(month + 1) for month in range(case.horizon.months)]
    try:
        work, costs = work_by_month(case, price, must_stay, _by_hour(inputs)), box_costs(case)
        if isinstance(work, Unknown):
            return work
        return costs if isinstance(costs, Unknown) else best_split(work, costs, discount)
    except InputError as error:
        return Unknown(str(error))


def _by_hour(inputs: Inputs) -> tuple[float, ...]:
    peak = inputs.arrivals.peak_to_mean
    return () if peak is None else week_profile(hour_bands(inputs), peak).shares
