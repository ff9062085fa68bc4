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
    """One that could still be made: a simulated reading of its keys in each scenario, its error,
    and what making it costs (the delay included, where one must wait for it)."""

    what: str
    keys: tuple[str, ...]
    readings: ArrayLike
    error_share: float
    cost_usd: float


def regret_part(
    actions: Sequence[str],
    costs_usd: ArrayLike,
    *,
    horizon_months: int,
    knowing: Mapping[tuple[str, ...], ArrayLike],
    measurements: Sequence[Measurement] | Unknown = (),
    waiting: Mapping[str, Waiting] | Unknown | None = None,
    ski_rental: Allowance | Unknown | None = None,
    best_split: BestSplit | Unknown | None = None,
) -> RegretPart:
    """The part of the document for `costs_usd[action, scenario]`, the actions of today named in its
    order.

    `knowing` has the draws of the keys (one row a key) whose exact value could be learnt, `waiting`
    what waiting does by the name of its action. Waiting is an action beside the others; what
    knowing and measuring are worth is told for those of today. Raises InputError where names and
    rows differ in number.
    """
    import numpy as np

    costs = cost_matrix(costs_usd)
    if len(actions) != len(costs):
        raise InputError("the costs", why="each action needs one row, and each row a name")
    unknowns = Unknowns()
    waits = unknowns.settle("waiting", waiting) or {}
    names = (*actions, *waits)
    found = regret_summary(np.stack([*costs, *(each.costs_usd for each in waits.values())]))
    rule = unknowns.settle("ski_rental", ski_rental)
    split = unknowns.settle("best_split", best_split)
    known = [
        KnowingPart(keys=keys, worth=_worth(partial_information(costs, draws)))
        for keys, draws in knowing.items()
    ]
    measured = [
        _measurement(costs, each) for each in unknowns.settle("measurements", measurements) or ()
    ]
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
            for index, action in enumerate(names)
        ),
        minimax=tuple(names[index] for index in found.minimax),
        least_expected=tuple(names[index] for index in found.least_expected),
        perfect_information=_worth(perfect_information(costs)),
        knowing=tuple(sorted(known, key=lambda each: -each.worth.usd)),
        measurements=tuple(sorted(measured, key=lambda each: -each.worth.usd)),
        waiting=tuple(_wait(action, each) for action, each in waits.items()),
        ski_rental=None if rule is None else allowance_part(rule),
        best_split=None if split is None else split_part(split),
        unknown=unknowns.reasons,
    )


def _worth(worth: Worth) -> WorthPart:
    return WorthPart(usd=worth.usd, standard_error_usd=worth.standard_error_usd)


def _measurement(costs: ArrayLike, measurement: Measurement) -> MeasurementPart:
    worth = sample_information(costs, measurement.readings)
    return MeasurementPart(
        what=measurement.what,
        keys=measurement.keys,
        error_share=measurement.error_share,
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


def allowance_part(rule: Allowance) -> AllowancePart:
    """The not-yet-bought rule as others read it."""
    return AllowancePart(
        still_to_spend_usd=rule.still_to_spend_usd,
        month=rule.month,
        purchase_usd=rule.purchase_usd,
        saved_share_of_bill=rule.saved_share_of_bill,
        at_most_times_hindsight=rule.at_most_times_hindsight,
    )


def split_part(split: BestSplit) -> BestSplitPart:
    """The best split as others read it."""
    first = split.months[0]
    return BestSplitPart(
        uses="hybrid" if split.is_mixed else "local" if split.uses_box else "api",
        local_share=first.local_share,
        local_share_last_month=split.months[-1].local_share,
        by_class=tuple(
            ClassSharePart(name=name, local_share=share)
            for name, share in zip(first.classes, first.by_class, strict=True)
        ),
        busy_hours=first.busy_hours,
        local_usd_per_month=first.local_usd,
        api_usd_per_month=first.api_usd,
        usd=split.usd,
        api_only_usd=split.api_only_usd,
        local_first_usd=split.local_first_usd,
        saved_usd=max(split.saved_usd, 0.0),
    )
