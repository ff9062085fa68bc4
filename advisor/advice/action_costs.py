"""What does each action cost in 12 months, undiscounted, capital in full and resale ignored?

An action serves the whole load: a box buys what it cannot serve from the baseline API.
"""

from __future__ import annotations

from advisor.advice.comparison import api_months_usd
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import overflow_share, utilization
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import capital_and_running_usd
from advisor.economics.rented import Rented, rented_month

MONTHS = 12
LOCAL = "local"


def api_action(name: str) -> str:
    """An API as an action."""
    return f"API: {name}"


def rented_action(name: str) -> str:
    """A rented GPU as an action."""
    return f"rented:{name}"


def candidate_action(name: str) -> str:
    """A candidate box as an action."""
    return f"candidate:{name}"


def action_costs(situation: Situation) -> dict[str, float | Unknown]:
    """Every action's 12 months: the box, then APIs, rented GPUs and candidates in file order."""
    case, price = situation.inputs.case(), situation.baseline_price
    found: dict[str, float | Unknown] = {LOCAL: local_with_overflow_usd(case, price)}
    for api in situation.apis:
        found[api_action(api.name)] = api_months_usd(case, api.price, MONTHS)
    for rented in situation.inputs.rentals():
        found[rented_action(rented.name)] = rent_usd(case, rented)
    for candidate in situation.candidates():
        other = candidate.situation.inputs.case()
        found[candidate_action(candidate.table.name)] = local_with_overflow_usd(other, price)
    return found


def rent_usd(case: Case, rented: Rented, months: int = MONTHS) -> float | Unknown:
    """The rent of the first months; Unknown where it is not known how many GPUs the work needs."""
    bills = rents_usd(case, rented, months)
    return bills if isinstance(bills, Unknown) else sum(bills)


def rents_usd(case: Case, rented: Rented, months: int) -> list[float] | Unknown:
    """The rent of each of the first months; Unknown where the GPU's speed is."""
    bills = []
    for month in range(months):
        rent = rented_month(case, rented, month)
        if isinstance(rent, Unknown):
            return rent
        if rent.busy_hours is None:
            return Unknown(f"the speed of '{rented.name}' is not known, nor how many GPUs it takes")
        bills.append(rent.usd)
    return bills


def local_with_overflow_usd(case: Case, price: ApiPrice | Unknown) -> float | Unknown:
    """A box's price, set-up and running cost, with what it cannot serve at an API's price; that
    part is left out where the price is unknown."""
    total = capital_and_running_usd(case, MONTHS)
    if isinstance(total, Unknown) or isinstance(price, Unknown):
        return total
    for month in range(MONTHS):
        load = utilization(case, month)
        share = 0.0 if isinstance(load, Unknown) else overflow_share(load)
        total += share * api_usd(case.usage, price, case.horizon, month)
    return total
