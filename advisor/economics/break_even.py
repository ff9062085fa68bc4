"""When has the box paid for itself, at what volume, and at what prices?

Two answers for "when". *Simple* divides the capital by the first month's saving, as the guide
does. *Full* follows growth, API price decline, resale, discounting and the load that overflows to
the API. None means never, which is an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import busy_hours
from advisor.economics.flows import local_running_usd
from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice, Case
from advisor.economics.local_cost import electricity, local_month

FAR_TOKENS = 1e18
"""So far away that the slope of the dearest and of the cheapest price survives rounding."""
ROUNDING = 1e-12
"""Differences below this part of the sums compared are rounding, not money."""


class Ahead(StrEnum):
    """Which side costs less from a crossing on."""

    LOCAL = "local"
    API = "api"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A month, with its fraction, at which the cheaper side changes."""

    month: float
    ahead: Ahead


def simple_break_even_months(
    capital_usd: float, api_usd_per_month: float, local_usd_per_month: float
) -> float | None:
    """`capital/(A - L)`, fractional and not cut at any horizon; None (never) if A <= L."""
    saving = api_usd_per_month - local_usd_per_month
    return capital_usd / saving if saving > 0 else None


def balance_usd(case: Case, price: ApiPrice) -> list[float] | Unknown:
    """D(t) for t = 0 to the horizon: discounted local cost so far less discounted API cost so far.

    `D(0) = capital`; `D(t) = capital - resale(t)/(1 + m)^t
    + sum over months k < t of (L(k) + overflow(k) - A(k))/(1 + m)^(k + 1)`, flows at each month's
    end. Overflow is the part of the load that the box cannot serve, at this API's price. Sums that
    differ by rounding alone come out as 0.
    """
    months = range(case.horizon.months)
    bills = [api_usd(case.usage, price, case.horizon, month) for month in months]
    return balance_against_usd(case, bills, price)


def balance_against_usd(
    case: Case, bills_usd: Sequence[float], overflow_to: ApiPrice
) -> list[float] | Unknown:
    """The same D(t) against anything that bills `bills_usd[month]`, such as a rented GPU; what the
    box cannot serve goes to an API at `overflow_to`."""
    rate = case.horizon.discount_rate_per_month
    capital = case.box.capital_usd
    balance = [capital]
    flows = 0.0
    moved = capital
    for month, bill in enumerate(bills_usd):
        running = local_running_usd(case, overflow_to, month)
        if isinstance(running, Unknown):
            return running
        discount = (1.0 + rate) ** (month + 1)
        flows += (running - bill) / discount
        moved += (running + bill) / discount
        difference = capital - case.box.resale_usd(month + 1) / discount + flows
        balance.append(0.0 if abs(difference) <= ROUNDING * moved else difference)
    return balance


def crossings(balance: list[float]) -> list[Crossing]:
    """Every time the balance passes zero, linear inside a month.

    Local is ahead where the balance is zero or below. At t = 0 it counts as ahead only if it still
    is after the first month, so a box that costs nothing and saves nothing pays back later or
    never.
    """
    found: list[Crossing] = []
    local_ahead = False
    for month, (before, after) in enumerate(pairwise(balance)):
        if not local_ahead and after <= 0:
            found.append(Crossing(_passes_zero(month, before, after), Ahead.LOCAL))
            local_ahead = True
        elif local_ahead and after > 0:
            found.append(Crossing(_passes_zero(month, before, after), Ahead.API))
            local_ahead = False
    return found


def _passes_zero(month: int, before: float, after: float) -> float:
    return float(month) if before == after else month + before / (before - after)


def net_present_value_usd(balance: list[float]) -> float:
    """What the box gains over the API by the horizon, resale included, in today's money."""
    return -balance[-1]


def break_even_tokens_per_month(case: Case, price: ApiPrice) -> float | Unknown | None:
    """Tokens a month, at this split and without growth, at which 12 months cost the same.

    The API's bill is a straight line in the volume, and so is the local cost between the blocks of
    a tariff (by one line without blocks), for only the energy of busy hours moves with it. Resale
    is ignored. None when local never catches up, or only beyond what the box can serve.
    """
    tokens = case.usage.tokens_per_month
    if tokens == 0:
        return Unknown("no tokens are used, so there is no split of input and output")
    model = electricity(case)
    if isinstance(model, Unknown):
        return model
    still = replace(case, usage=replace(case.usage, growth_per_month=0.0))
    hours = busy_hours(still.usage, case.box)
    hours_per_token = 0.0 if isinstance(hours, Unknown) else hours / tokens
    api_usd_per_token = (
        sum(api_usd(still.usage, price, case.horizon, month) for month in range(12)) / tokens
    )
    fixed_usd = case.box.capital_usd + 12 * (
        case.maintenance.usd_per_month + case.box.spare_parts_usd_per_year / 12
    )

    def local_ahead_by(volume: float) -> float:
        local = fixed_usd + 12 * model.usd(volume * hours_per_token)
        return volume * api_usd_per_token - local

    kinks = [each / hours_per_token for each in model.kinks_hours] if hours_per_token else []
    most = case.box.powered_hours_per_month / hours_per_token if hours_per_token else float("inf")
    return _first_zero(local_ahead_by, [each for each in kinks if each < most], most)


def _first_zero(
    function: Callable[[float], float], kinks: Sequence[float], most: float
) -> float | None:
    """The first point from 0 to `most` at which `function`, straight between kinks, reaches 0."""
    here = 0.0
    for there in (*kinks, most):
        inside = there if there < float("inf") else here + FAR_TOKENS
        start, slope = function(here), (function(inside) - function(here)) / (inside - here)
        if start >= 0 and slope >= 0 and here > 0:
            return here
        if start < 0 < slope or (start == 0 < slope):
            found = here - start / slope
            if found <= there:
                return found
        here = there
    return None


def blended_price_for_break_even(case: Case, months: float) -> float | Unknown:
    """USD per million tokens (input and output together) an API must charge for the box to pay
    back in `months`, by the simple formula. `float("inf")` gives the price below which it never
    does."""
    tokens = case.usage.tokens_per_month
    if tokens == 0:
        return Unknown("no tokens are used, so none has a price")
    running = local_month(case)
    if isinstance(running, Unknown):
        return running
    return (running.usd + case.box.capital_usd / months) / tokens * TOKENS_PER_MTOK


def highest_box_price_usd(case: Case, price: ApiPrice, months: float) -> float | Unknown | None:
    """The most a box with these running costs may cost to pay back in `months`, by the simple
    formula, with the set-up paid; None if it never saves anything."""
    running = local_month(case)
    if isinstance(running, Unknown):
        return running
    saving = api_usd(case.usage, price, case.horizon) - running.usd
    return max(0.0, months * saving - case.box.setup_usd) if saving > 0 else None
