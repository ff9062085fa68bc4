"""What does each action pay, and when?

An action's flows are its capital before month 0, a payment at the end of each month of the horizon,
and a resale at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import overflow_share, utilization
from advisor.economics.inputs import ApiPrice, Case, Horizon
from advisor.economics.local_cost import local_month
from advisor.economics.rented import Rented, rented_month


@dataclass(frozen=True, slots=True)
class Flows:
    """What one action pays: undiscounted, in USD."""

    capital_usd: float
    monthly_usd: tuple[float, ...]
    resale_usd_at_end: float

    def total_usd(self, horizon: Horizon) -> float:
        """`capital + sum of monthly/(1 + m)^(t + 1) - resale/(1 + m)^months`, in today's money."""
        growth = 1.0 + horizon.discount_rate_per_month
        paid = sum(usd / growth ** (t + 1) for t, usd in enumerate(self.monthly_usd))
        return self.capital_usd + paid - self.resale_usd_at_end / growth ** len(self.monthly_usd)


def api_flows(case: Case, price: ApiPrice) -> Flows:
    """An API pays its bill of each month and nothing else."""
    months = range(case.horizon.months)
    bills = tuple(api_usd(case.usage, price, case.horizon, month) for month in months)
    return Flows(0.0, bills, 0.0)


def local_flows(case: Case, overflow_to: ApiPrice | None = None) -> Flows | Unknown:
    """The box: price and set-up first, running costs and overflow monthly, resale at the end."""
    monthly = []
    for month in range(case.horizon.months):
        running = local_running_usd(case, overflow_to, month)
        if isinstance(running, Unknown):
            return running
        monthly.append(running)
    return Flows(case.box.capital_usd, tuple(monthly), case.box.resale_usd(case.horizon.months))


def local_running_usd(case: Case, overflow_to: ApiPrice | None, month: int) -> float | Unknown:
    """One month's electricity, upkeep and parts, and the overflow at an API's price."""
    running = local_month(case, month)
    if isinstance(running, Unknown):
        return running
    return running.usd + overflow_usd(case, overflow_to, month)


def overflow_usd(case: Case, overflow_to: ApiPrice | None, month: int) -> float:
    """What an API charges for the part of one month's load that the box cannot serve."""
    load = utilization(case, month)
    if overflow_to is None or isinstance(load, Unknown):
        return 0.0
    share = overflow_share(load)
    return share * api_usd(case.usage, overflow_to, case.horizon, month) if share else 0.0


def rented_flows(case: Case, rented: Rented) -> Flows | Unknown:
    """A rented GPU pays its hours of each month."""
    monthly = []
    for month in range(case.horizon.months):
        rent = rented_month(case, rented, month)
        if isinstance(rent, Unknown):
            return rent
        monthly.append(rent.usd)
    return Flows(0.0, tuple(monthly), 0.0)
