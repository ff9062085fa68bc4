"""How much more may go to the API before the box is bought?"""

from __future__ import annotations

from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.flows import api_flows, local_flows
from advisor.economics.ski_rental import Allowance, allowance, purchase_usd_by_month
from advisor.errors import InputError


def not_bought_yet(situation: Situation) -> Allowance | Unknown:
    """The rule of `ski_rental` along the bills of the baseline API and the running costs of the
    box, overflow included, as use and prices are said to move; undiscounted.

    Unknown for a box that is owned already, without a price or without local costs.
    """
    inputs, case = situation.inputs, situation.inputs.case()
    if inputs.box.already_owned:
        return Unknown("the box is owned already: there is nothing to buy")
    if situation.baseline is None:
        return Unknown("there is no API to compare with")
    api = situation.apis[situation.baseline]
    if isinstance(api.price, Unknown):
        return api.price
    local = local_flows(case, api.price)
    if isinstance(local, Unknown):
        return local
    bills = api_flows(case, api.price).monthly_usd
    resale = [case.box.resale_usd(age) for age in range(1, case.horizon.months + 1)]
    try:
        return allowance(bills, local.monthly_usd, purchase_usd_by_month(local.capital_usd, resale))
    except InputError as error:
        return Unknown(str(error))
