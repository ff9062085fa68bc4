"""What would each box that could be bought instead cost for the same work?"""

from __future__ import annotations

from advisor.advice.action_costs import MONTHS, local_with_overflow_usd
from advisor.advice.actions_document import CandidatePart
from advisor.advice.comparison import first_local
from advisor.advice.situation import OtherBox, Situation
from advisor.documents import Unknown, Unknowns
from advisor.economics.break_even import balance_usd, crossings
from advisor.economics.capacity import capacity
from advisor.economics.local_cost import (
    capital_and_running_usd,
    electricity,
    local_month,
    local_usd_per_mtok,
)


def candidate_parts(situation: Situation, unknown: Unknowns) -> tuple[CandidatePart, ...]:
    """One part a candidate, in file order; reasons of unknown values are noted in `unknown`."""
    own_usd = local_with_overflow_usd(situation.inputs.case(), situation.baseline_price)
    return tuple(
        _part(index, other, own_usd, unknown) for index, other in enumerate(situation.candidates())
    )


def _part(
    index: int, other: OtherBox, own_usd: float | Unknown, unknown: Unknowns
) -> CandidatePart:
    situation, case = other.situation, other.situation.inputs.case()
    running, load, power = local_month(case), capacity(case), electricity(case)
    whole_usd = local_with_overflow_usd(case, situation.baseline_price)

    def settle(key: str, value: float | Unknown | None) -> float | None:
        said = _said_of(other.table.name, value) if isinstance(value, Unknown) else value
        return unknown.settle(f"candidates[{index}].{key}", said)

    if isinstance(load, Unknown):
        settle("fits", load)
    return CandidatePart(
        name=other.table.name,
        source=other.table.source or "the scenario",
        as_of=other.table.as_of,
        capital_usd=case.box.capital_usd,
        local_usd_per_month=settle(
            "local_usd_per_month", running if isinstance(running, Unknown) else running.usd
        ),
        local_usd_12_months=settle("local_usd_12_months", capital_and_running_usd(case, MONTHS)),
        usd_12_months_with_overflow=settle("usd_12_months_with_overflow", whole_usd),
        less_than_box_usd_12_months=settle(
            "less_than_box_usd_12_months", _less(whole_usd, own_usd)
        ),
        break_even_months_simple=settle(
            "break_even_months_simple", situation.break_even_months(situation.baseline)
        ),
        break_even_months_full=settle("break_even_months_full", _paid_in_full(situation)),
        local_usd_per_mtok=settle("local_usd_per_mtok", local_usd_per_mtok(case)),
        utilization=settle("utilization", load if isinstance(load, Unknown) else load.utilization),
        fits=None if isinstance(load, Unknown) else load.fits,
        overflow_share=settle(
            "overflow_share", load if isinstance(load, Unknown) else load.overflow_share
        ),
        electricity_upper_bound=not isinstance(power, Unknown) and power.upper_bound,
        decision=situation.outcome().decision,
    )


def _said_of(name: str, unknown: Unknown) -> Unknown:
    """A reason that names the keys of the candidate, where it would name the team's own box's."""
    reason = unknown.reason.replace("box.", f"candidate.{name}.")
    return Unknown(reason.replace("measure this box", "measure such a box"))


def _less(usd: float | Unknown, than_usd: float | Unknown) -> float | Unknown:
    if isinstance(usd, Unknown):
        return usd
    return than_usd if isinstance(than_usd, Unknown) else than_usd - usd


def _paid_in_full(situation: Situation) -> float | Unknown | None:
    price = situation.baseline_price
    balance = price if isinstance(price, Unknown) else balance_usd(situation.inputs.case(), price)
    return balance if isinstance(balance, Unknown) else first_local(crossings(balance))
