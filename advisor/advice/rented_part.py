"""What does each GPU for rent cost for the same work, and when has the box paid against it?"""

from __future__ import annotations

from advisor.advice.action_costs import MONTHS, rents_usd
from advisor.advice.actions_document import RentedPart
from advisor.advice.comparison import first_local
from advisor.advice.price_tables import RentedTable
from advisor.advice.situation import Situation
from advisor.documents import Unknown, Unknowns
from advisor.economics.break_even import balance_against_usd, crossings
from advisor.economics.rented import Rented, RentedMonth, rented_month


def rented_parts(situation: Situation, unknown: Unknowns) -> tuple[RentedPart, ...]:
    """One part a GPU, in file order; reasons of unknown values are noted in `unknown`."""
    return tuple(
        _part(index, table, situation, unknown)
        for index, table in enumerate(situation.inputs.rented)
    )


def _part(index: int, table: RentedTable, situation: Situation, unknown: Unknowns) -> RentedPart:
    case, rented = situation.inputs.case(), table.plain()
    found = [rented_month(case, rented, month) for month in range(MONTHS)]
    months = [month for month in found if not isinstance(month, Unknown)]
    first = found[0]

    def settle(key: str, value: float | Unknown | None) -> float | None:
        return unknown.settle(f"rented[{index}].{key}", value)

    def of_first(key: str) -> float | None:
        return settle(key, first if isinstance(first, Unknown) else getattr(first, key))

    gpus = of_first("gpus")
    return RentedPart(
        name=table.name,
        kind=table.kind.value,
        source=table.source or "the scenario",
        as_of=table.as_of,
        usd_per_hour=table.usd_per_hour,
        usd_per_month=settle("usd_per_month", first if isinstance(first, Unknown) else first.usd),
        usd_12_months=settle(
            "usd_12_months",
            first if isinstance(first, Unknown) else sum(month.usd for month in months),
        ),
        busy_hours_per_month=settle("busy_hours_per_month", _busy_hours(table.name, first)),
        hours_per_month=settle(
            "hours_per_month", first if isinstance(first, Unknown) else first.hours
        ),
        gpus=None if gpus is None else round(gpus),
        break_even_months_simple=settle(
            "break_even_months_simple", situation.break_even_against_rent_months(rented)
        ),
        break_even_months_full=settle("break_even_months_full", _paid_in_full(situation, rented)),
        decision=situation.outcome_against_rent(rented).decision,
        ruled_out=_ruled_out(table, situation),
        at_box_speed=table.prefill_tok_per_s is None and table.decode_tok_per_s is None,
    )


def _busy_hours(name: str, month: RentedMonth | Unknown) -> float | Unknown:
    if isinstance(month, Unknown):
        return month
    if month.busy_hours is None:
        return Unknown(f"the speed of '{name}' is not known, nor how many GPUs the work needs")
    return month.busy_hours


def _paid_in_full(situation: Situation, rented: Rented) -> float | Unknown | None:
    case, price = situation.inputs.case(), situation.baseline_price
    if isinstance(price, Unknown):
        return price
    bills = rents_usd(case, rented, case.horizon.months)
    balance = bills if isinstance(bills, Unknown) else balance_against_usd(case, bills, price)
    return balance if isinstance(balance, Unknown) else first_local(crossings(balance))


def _ruled_out(table: RentedTable, situation: Situation) -> str | None:
    usage = situation.inputs.usage
    if not usage.sensitive or table.may_hold_sensitive_data:
        return None
    return (
        f"it is somebody else's machine, and {usage.sensitive_share:.0%} of the usage must not "
        "leave"
    )
