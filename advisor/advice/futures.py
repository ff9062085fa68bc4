"""Would a split be cheaper, and what would it cost to be wrong? Hybrids and the table of regrets.

All sums are 12 months, undiscounted, capital in full and resale ignored, as in the comparison.
"""

from __future__ import annotations

from dataclasses import replace

from advisor.advice.action_costs import LOCAL, MONTHS, action_costs
from advisor.advice.comparison import api_months_usd
from advisor.advice.document import ActionRegret, RegretTable, Split, SplitKind
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import overflow_share, serves_all, utilization
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import capital_and_running_usd, local_month
from advisor.economics.regret import regrets

NOTE = "Money only: models differ in quality, and sensitive data rule an API out."
NOTE_WITH_RENT = (
    "Money only: models differ in quality, sensitive data rule out an API and a rented GPU that "
    "may not hold them, and looking after a rented server is not counted."
)


def splits(situation: Situation) -> tuple[Split, ...]:
    """The guide's hybrids with their costs: sensitive data on the box and the rest at the API;
    the base load on the box and what it cannot serve at the API.

    Empty where a price or the local cost is unknown; the base load needs the box's rates. Without
    the first where the box cannot serve all sensitive data of the year: nothing else may.
    """
    case = situation.inputs.case()
    price = situation.baseline_price
    load = utilization(case)
    if isinstance(price, Unknown):
        return ()
    found = []
    usage = situation.inputs.usage
    growth = [case.usage.growth(month) for month in range(MONTHS)]
    sensitive_load = 0.0 if isinstance(load, Unknown) else load * usage.sensitive_share
    if usage.sensitive and serves_all(sensitive_load * max(growth)):
        shares = [usage.sensitive_share] * MONTHS
        found.append(_split("sensitive_local_rest_api", case, price, shares))
    if not isinstance(load, Unknown):
        shares = [1.0 - overflow_share(load * each) for each in growth]
        found.append(_split("base_load_local_peaks_api", case, price, shares))
    return tuple(split for split in found if split is not None)


def _split(kind: SplitKind, case: Case, price: ApiPrice, shares: list[float]) -> Split | None:
    """A split that serves `shares[month]` of each month's tokens on the box."""
    local, api = [], []
    for month, share in enumerate(shares):
        cost = local_month(case.at_volume(share), month)
        if isinstance(cost, Unknown):
            return None
        local.append(cost.usd)
        api.append((1.0 - share) * api_usd(case.usage, price, case.horizon, month))
    total = case.box.capital_usd + sum(local) + sum(api)
    all_api = api_months_usd(case, price, MONTHS)
    all_local = capital_and_running_usd(case, MONTHS)
    pure = [cost for cost in (all_api, all_local) if not isinstance(cost, Unknown)]
    return Split(
        kind=kind,
        local_share=shares[0],
        local_usd_per_month=local[0],
        api_usd_per_month=api[0],
        usd_12_months=total,
        more_than_cheaper_pure_choice_usd=total - min(pure),
    )


def regret_table(situation: Situation) -> RegretTable | None:
    """Regret of every action whose costs are known if use or prices turn out differently.

    A box buys what it cannot serve from the baseline API. None without a price for the baseline,
    without local costs, or while the usage is a guess.
    """
    if isinstance(situation.baseline_price, Unknown) or situation.guessed:
        return None
    futures = {
        "as stated": situation,
        "use halves": situation.at_volume(0.5),
        "use doubles": situation.at_volume(2.0),
        "API prices halve": replace(
            situation,
            apis=tuple(
                replace(api, price=api.price.scaled(0.5))
                if isinstance(api.price, ApiPrice)
                else api
                for api in situation.apis
            ),
        ),
        "electricity doubles": situation.at_electricity(2.0),
    }
    rows: dict[str, list[float]] = {}
    for future in futures.values():
        costs = action_costs(future)
        if isinstance(costs[LOCAL], Unknown):
            return None
        for action, cost in costs.items():
            if not isinstance(cost, Unknown):
                rows.setdefault(action, []).append(cost)
    found = regrets(list(rows.values()))
    return RegretTable(
        scenarios=tuple(futures),
        actions=tuple(
            ActionRegret(
                action=action,
                usd_12_months=tuple(costs),
                regret_usd=found.usd[index],
                worst_regret_usd=found.worst_usd[index],
            )
            for index, (action, costs) in enumerate(rows.items())
        ),
        minimax=list(rows)[found.minimax],
        note=NOTE_WITH_RENT if situation.inputs.rented else NOTE,
    )
