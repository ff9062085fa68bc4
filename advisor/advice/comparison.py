"""What do the box and each API cost side by side? Every figure of the comparison table."""

from __future__ import annotations

from advisor.advice.document import (
    CapacityPart,
    Comparison,
    CrossingPart,
    LocalElectricity,
    PriceNeeded,
)
from advisor.advice.pricing import PricedApi
from advisor.advice.situation import Situation
from advisor.documents import Unknown, Unknowns
from advisor.economics.api_cost import api_usd, blended_usd_per_mtok
from advisor.economics.break_even import (
    Ahead,
    Crossing,
    balance_usd,
    blended_price_for_break_even,
    break_even_tokens_per_month,
    crossings,
    highest_box_price_usd,
    net_present_value_usd,
)
from advisor.economics.capacity import busy_hours, capacity
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import (
    capital_and_running_usd,
    electricity,
    local_month,
    local_usd_per_mtok,
)

RULE_OF_THUMB_MONTHS = (3.0, 12.0, 24.0)
"""The pay-back times that the guide's rule of thumb speaks of."""


def comparisons(situation: Situation, unknown: Unknowns) -> tuple[Comparison, ...]:
    """One comparison an API, in order; reasons of unknown values are noted in `unknown`."""
    return tuple(
        _comparison(situation, index, api, unknown) for index, api in enumerate(situation.apis)
    )


def _comparison(situation: Situation, index: int, api: PricedApi, unknown: Unknowns) -> Comparison:
    case, price = situation.inputs.case(), api.price
    running = local_month(case)
    at = f"comparisons[{index}]."

    def settle(key: str, value: float | Unknown | None) -> float | None:
        return unknown.settle(at + key, value)

    balance = price if isinstance(price, Unknown) else balance_usd(case, price)
    found = balance if isinstance(balance, Unknown) else crossings(balance)
    paid = found if isinstance(found, Unknown) else first_local(found)
    return Comparison(
        name=api.name,
        baseline=index == situation.baseline,
        added=api.added,
        status=api.status,
        as_of=api.as_of,
        source=api.source,
        input_usd_per_mtok=settle("input_usd_per_mtok", _of(price, "input_usd_per_mtok")),
        output_usd_per_mtok=settle("output_usd_per_mtok", _of(price, "output_usd_per_mtok")),
        cached_input_usd_per_mtok=settle(
            "cached_input_usd_per_mtok", _of(price, "cached_input_usd_per_mtok")
        ),
        blended_usd_per_mtok=settle("blended_usd_per_mtok", _blended(case, price)),
        api_usd_per_month=settle("api_usd_per_month", api_months_usd(case, price, 1)),
        local_usd_per_month=settle(
            "local_usd_per_month", running if isinstance(running, Unknown) else running.usd
        ),
        api_usd_12_months=settle("api_usd_12_months", api_months_usd(case, price, 12)),
        local_usd_12_months=settle("local_usd_12_months", capital_and_running_usd(case, 12)),
        break_even_months_simple=settle(
            "break_even_months_simple", situation.break_even_months(index)
        ),
        break_even_months_full=settle("break_even_months_full", paid),
        crossings=()
        if isinstance(found, Unknown)
        else tuple(CrossingPart(month=each.month, ahead=each.ahead.value) for each in found),
        net_present_value_usd=settle(
            "net_present_value_usd",
            balance if isinstance(balance, Unknown) else net_present_value_usd(balance),
        ),
        local_usd_per_mtok=settle("local_usd_per_mtok", local_usd_per_mtok(case)),
        break_even_tokens_per_month=settle(
            "break_even_tokens_per_month",
            price if isinstance(price, Unknown) else break_even_tokens_per_month(case, price),
        ),
        highest_box_price_usd=settle(
            "highest_box_price_usd",
            price
            if isinstance(price, Unknown)
            else highest_box_price_usd(case, price, situation.policy.break_even_below_months),
        ),
        decision=situation.outcome(index).decision,
        notes=api.notes,
    )


def api_months_usd(case: Case, price: ApiPrice | Unknown, months: int) -> float | Unknown:
    """The API's bills of the first `months` months, undiscounted."""
    if isinstance(price, Unknown):
        return price
    return sum(api_usd(case.usage, price, case.horizon, month) for month in range(months))


def _of(price: ApiPrice | Unknown, field: str) -> float | Unknown:
    return price if isinstance(price, Unknown) else float(getattr(price, field))


def _blended(case: Case, price: ApiPrice | Unknown) -> float | Unknown:
    if isinstance(price, Unknown):
        return price
    blended = blended_usd_per_mtok(case.usage, price)
    return Unknown("no tokens are used, so there is no split") if blended is None else blended


def first_local(found: list[Crossing]) -> float | None:
    """The month from which the box has cost less in all; None: never."""
    return next((each.month for each in found if each.ahead is Ahead.LOCAL), None)


def capacity_part(case: Case, unknown: Unknowns) -> CapacityPart:
    """Utilization, fit and overflow; null with its reason when the rates are unknown."""
    load = capacity(case)
    if isinstance(load, Unknown):
        for key in ("utilization", "fits", "overflow_share", "tokens_per_month"):
            unknown.settle(f"capacity.{key}", load)
        return CapacityPart(
            utilization=None,
            fits=None,
            overflow_share=None,
            first_month_over=None,
            tokens_per_month=None,
        )
    return CapacityPart(
        utilization=load.utilization,
        fits=load.fits,
        overflow_share=load.overflow_share,
        first_month_over=load.first_month_over,
        tokens_per_month=load.tokens_per_month,
    )


def electricity_part(case: Case, unknown: Unknowns) -> LocalElectricity:
    """The first month's electricity; null with its reason when powers and bill are unknown."""
    model = electricity(case)
    if isinstance(model, Unknown):
        unknown.settle("local_electricity.usd_per_month", model)
        unknown.settle("local_electricity.kwh_per_month", model)
        return LocalElectricity(
            kwh_per_month=None,
            usd_per_month=None,
            usd_per_kwh=case.usd_per_kwh,
            upper_bound=False,
            basis=None,
        )
    hours = busy_hours(case.usage, case.box)
    return LocalElectricity(
        kwh_per_month=unknown.settle("local_electricity.kwh_per_month", model.kwh(hours)),
        usd_per_month=model.usd(hours),
        usd_per_kwh=case.usd_per_kwh,
        upper_bound=model.upper_bound,
        basis=model.basis.value,
    )


def prices_needed(case: Case) -> tuple[PriceNeeded, ...]:
    """What an API must charge at this volume for the pay-back times of the rule of thumb, and the
    price below which local never pays. Empty where local costs are unknown."""
    needed = []
    for months in (*RULE_OF_THUMB_MONTHS, None):
        price = blended_price_for_break_even(case, float("inf") if months is None else months)
        if not isinstance(price, Unknown):
            needed.append(PriceNeeded(months=months, usd_per_mtok=price))
    return tuple(needed)
