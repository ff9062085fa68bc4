"""Which part of the work belongs on the box, and what does that save?"""

from __future__ import annotations

from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.split import BestSplit, best_split, box_costs
from advisor.economics.work import work_by_month
from advisor.errors import InputError


def found_split(situation: Situation) -> BestSplit | Unknown:
    """The cheapest split between the box and the baseline API over the horizon.

    The box serves its powered hours spread evenly, as in the comparison. Unknown without a price,
    the box's rates or its costs, and where it cannot serve all that must not leave.
    """
    case, usage = situation.inputs.case(), situation.inputs.usage
    if situation.baseline is None:
        return Unknown("there is no API to compare with")
    price = situation.apis[situation.baseline].price
    if isinstance(price, Unknown):
        return price
    work = work_by_month(case, price, usage.sensitive_share if usage.sensitive else 0.0)
    if isinstance(work, Unknown):
        return work
    costs = box_costs(case)
    if isinstance(costs, Unknown):
        return costs
    rate = 1.0 + case.horizon.discount_rate_per_month
    try:
        return best_split(work, costs, [rate ** -(month + 1) for month in range(len(work))])
    except InputError as error:
        return Unknown(str(error))
