"""How do the figures of regret, information and waiting become a part of the document?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.advice.regret_document import (
    ActionPart,
    AllowancePart,
    BestSplitPart,
    ClassSharePart,
    KnowingPart,
    MeasurementPart,
    RegretPart,
    WaitPart,
    WorthPart,
)
from advisor.documents import Unknown, Unknowns
from advisor.economics.information import (
    Worth,
    partial_information,
    perfect_information,
    sample_information,
)
from advisor.economics.regret import cost_matrix, regret_summary
from advisor.economics.ski_rental import Allowance
from advisor.economics.split import BestSplit
from advisor.economics.waiting import Waiting
from advisor.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Measurement:
    """One that could still be made: a simulated reading of its keys in each scenario, and what
    making it costs (the delay included, where one must wait for it)."""

    what: str
    keys: tuple[str, ...]
    readings: ArrayLike
    cost_usd: float


def regret_part(
    actions: Sequence[str],
    costs_usd: ArrayLike,
    *,
    horizon_months: int,
    knowing: Mapping[tuple[str, ...], ArrayLike],
    measurements: Sequence[Measurement] = (),
    waiting: Mapping[str, Waiting] | None = None,
    ski_rental: Allowance | Unknown | None = None,
    best_split: tuple[BestSplit, Sequence[str]] | Unknown | None = None,
) -> RegretPart:
    """The part of the document for `costs_usd[action, scenario]`, actions named in its order.

    `knowing` has the draws of the keys (one row a key) whose exact value could be learnt, `waiting`
    what waiting does by the name of its action, `best_split` the split with its classes' names.
    Raises InputError where names and rows differ in number.
    """
    costs = cost_matrix(costs_usd)
    if len(actions) != len(costs):
        raise InputError("the costs", why="each action needs one row, and each row a name")
    unknowns = Unknowns()
    found = regret_summary(costs)
    rule = unknowns.settle("ski_rental", ski_rental)
    split = unknowns.settle("best_split", best_split)
    known = [
        KnowingPart(keys=keys, worth=_worth(partial_information(costs, draws)))
        for keys, draws in knowing.items()
    ]
    measured = [_measurement(costs, each) for each in measurements]
    return RegretPart(
        scenarios=costs.shape[1],
        horizon_months=horizon_months,
        actions=tuple(
            ActionPart(
                action=action,
                mean_cost_usd=found.mean_cost_usd[index],
                expected_regret_usd=found.expected_usd[index],
                standard_error_usd=found.standard_error_usd[index],
                p95_regret_usd=found.p95_usd[index],
                worst_regret_usd=found.worst_usd[index],
            )
            for index, action in enumerate(actions)
        ),
        minimax=tuple(actions[index] for index in found.minimax),
        least_expected=tuple(actions[index] for index in found.least_expected),
        perfect_information=_worth(perfect_information(costs)),
        knowing=tuple(sorted(known, key=lambda each: -each.worth.usd)),
        measurements=tuple(sorted(measured, key=lambda each: -each.worth.usd)),
        waiting=tuple(_wait(action, each) for action, each in (waiting or {}).items()),
        ski_rental=None if rule is None else _allowance(rule),
        best_split=None if split is None else _split(*split),
        unknown=unknowns.reasons,
    )


def _worth(worth: Worth) -> WorthPart:
    return WorthPart(usd=worth.usd, standard_error_usd=worth.standard_error_usd)


def _measurement(costs: ArrayLike, measurement: Measurement) -> MeasurementPart:
    worth = sample_information(costs, measurement.readings)
    return MeasurementPart(
        what=measurement.what,
        keys=measurement.keys,
        worth=_worth(worth),
        cost_usd=measurement.cost_usd,
        net_usd=worth.usd - measurement.cost_usd,
    )


def _wait(action: str, waiting: Waiting) -> WaitPart:
    return WaitPart(
        action=action,
        months=waiting.months,
        mean_cost_usd=waiting.mean_cost_usd,
        information=_worth(waiting.information),
        delay_usd=waiting.delay_usd,
        net=_worth(waiting.net),
    )


def _allowance(rule: Allowance) -> AllowancePart:
    return AllowancePart(
        still_to_spend_usd=rule.still_to_spend_usd,
        month=rule.month,
        purchase_usd=rule.purchase_usd,
        missed_usd=rule.missed_usd,
        saved_share_of_bill=rule.saved_share_of_bill,
        at_most_times_hindsight=rule.at_most_times_hindsight,
    )


def _split(split: BestSplit, names: Sequence[str]) -> BestSplitPart:
    first = split.months[0]
    return BestSplitPart(
        uses="hybrid" if split.is_mixed else "local" if split.uses_box else "api",
        local_share=first.local_share,
        local_share_last_month=split.months[-1].local_share,
        by_class=tuple(
            ClassSharePart(name=name, local_share=share)
            for name, share in zip(names, first.by_class, strict=True)
        ),
        busy_hours=first.busy_hours,
        local_usd_per_month=first.local_usd,
        api_usd_per_month=first.api_usd,
        usd=split.usd,
        api_only_usd=split.api_only_usd,
        local_first_usd=split.local_first_usd,
        saved_usd=max(split.saved_usd, 0.0),
    )
