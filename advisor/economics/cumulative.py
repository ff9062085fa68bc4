"""What has each side cost by the end of each month, so that a reader sees where they cross?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.flows import local_running_usd
from advisor.economics.inputs import ApiPrice, Case


@dataclass(frozen=True, slots=True)
class Cumulative:
    """USD by the end of month t, for t = 0 to the horizon, in today's money.

    `local_usd[t] - api_usd[t]` is the balance of the full break-even (`break_even.balance_usd`):
    the box's side is its capital with its running cost and overflow, less what it sells for then.
    """

    local_usd: tuple[float, ...]
    api_usd: tuple[float, ...]


def cumulative_usd(case: Case, price: ApiPrice) -> Cumulative | Unknown:
    """Both sides' cost so far, flows at each month's end, discounted."""
    monthly = 1.0 + case.horizon.discount_rate_per_month
    local, api = [case.box.capital_usd], [0.0]
    running = billed = 0.0
    for month in range(case.horizon.months):
        cost = local_running_usd(case, price, month)
        if isinstance(cost, Unknown):
            return cost
        discount = monthly ** (month + 1)
        running += cost / discount
        billed += api_usd(case.usage, price, case.horizon, month) / discount
        resale = case.box.resale_usd(month + 1) / discount
        local.append(case.box.capital_usd - resale + running)
        api.append(billed)
    return Cumulative(tuple(local), tuple(api))
