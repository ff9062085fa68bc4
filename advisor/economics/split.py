"""Which part of the work belongs on the box, and which at the API?

A month's work is given in classes of requests, each with the hours that it would keep the box busy
and the bill that it would make at the API, spread over the hours of the week. Some of it may be
bound to the box (sensitive). The least hours of the box that take a given sum off the API's bill
come from filling it in the order of dollars saved per busy hour, each hour of the week up to what
the box can serve in it: the greedy choice is exact, since requests divide finely and the limits
nest (Dantzig's bound for the knapsack problem, Operations Research 5(2), 1957,
doi:10.1287/opre.5.2.266). Both bills only rise with their amount, so the cheapest split lies on
that line, and as both are piecewise linear (tariff blocks, volume tiers), at one of its corners or
where a block or tier begins. All of these are tried; no share is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.documents import Unknown
from advisor.economics.inputs import HOURS_PER_MONTH, Case
from advisor.economics.local_cost import electricity, local_month
from advisor.economics.tiers import LINEAR, Tiers
from advisor.economics.work import Work, check_work
from advisor.errors import InputError

ROUNDING = 1e-9
"""A load above a limit by less than this part of it fits."""


@dataclass(frozen=True, slots=True)
class BoxCosts:
    """What the box costs: once (capital less resale, in today's money), in a month in which it
    works, and for busy hours by tier. It serves `hours_per_month`, spread evenly over the cycle, or
    those of each hour of the cycle."""

    capital_usd: float
    base_usd_per_month: float
    usd_per_busy_hour: Tiers
    hours_per_month: float | tuple[float, ...] = HOURS_PER_MONTH


@dataclass(frozen=True, slots=True)
class MonthSplit:
    """One month's cheapest split: shares of the tokens on the box, in all and by class, and the
    running cost of both sides, undiscounted."""

    classes: tuple[str, ...]
    local_share: float
    by_class: tuple[float, ...]
    busy_hours: float
    local_usd: float
    api_usd: float

    @property
    def usd(self) -> float:
        return self.local_usd + self.api_usd


@dataclass(frozen=True, slots=True)
class BestSplit:
    """The cheapest way to serve all months, in today's money, with both pure choices beside it.

    `api_only_usd` is None where sensitive work forbids it; `local_first_usd` puts on the box all
    that it can serve, and the API serves the rest.
    """

    usd: float
    api_only_usd: float | None
    local_first_usd: float
    months: tuple[MonthSplit, ...]

    @property
    def saved_usd(self) -> float:
        """What the split saves over the cheaper pure choice; never below 0."""
        pure = [self.local_first_usd] + [self.api_only_usd] * (self.api_only_usd is not None)
        return min(each for each in pure if each is not None) - self.usd

    @property
    def uses_box(self) -> bool:
        """Whether anything is local in any month, so that the capital is paid."""
        return any(month.local_share > 0 or month.local_usd > 0 for month in self.months)

    @property
    def is_mixed(self) -> bool:
        """Whether both sides serve something, in one month or in turns."""
        return self.uses_box and any(month.local_share < 1 - ROUNDING for month in self.months)


def best_split(
    work_by_month: Sequence[Sequence[Work]],
    box: BoxCosts,
    discount: Sequence[float],
    api_tiers: Tiers = LINEAR,
) -> BestSplit | Unknown:
    """The split with the least total over the months.

    `discount` is what a dollar of each month is worth today; `api_tiers` turns a month's list bill
    into what is charged. Every month is split anew as use and prices move; a month that leaves the
    box idle pays nothing for it but the capital. Unknown where the box cannot serve the sensitive
    work. Raises InputError for work that makes no sense.
    """
    bound = any(each.sensitive_share > 0 for work in work_by_month for each in work)
    with_box, local_first, api_only = [], [], []
    for work in work_by_month:
        check_work(work)
        corners = _corners(work, box)
        if isinstance(corners, Unknown):
            return corners
        points = [_priced(point, box, api_tiers) for point in _candidates(corners, box, api_tiers)]
        bill = api_tiers.total(corners[0].api_usd_of_all)
        all_api = MonthSplit(corners[0].names, 0.0, (0.0,) * len(work), 0.0, 0.0, bill)
        local_first.append(points[-1])
        api_only.append(all_api)
        with_box.append(min(points if bound else [all_api, *points], key=lambda point: point.usd))
    totals = [
        (
            capital + sum(each.usd * factor for each, factor in zip(chosen, discount, strict=True)),
            tuple(chosen),
        )
        for chosen, capital in (
            (with_box, box.capital_usd),
            (local_first, box.capital_usd),
            *([] if bound else [(api_only, 0.0)]),
        )
    ]
    best_usd, best_months = min(reversed(totals), key=lambda total: total[0])
    return BestSplit(
        usd=best_usd,
        api_only_usd=None if bound else totals[2][0],
        local_first_usd=totals[1][0],
        months=best_months,
    )


def box_costs(case: Case) -> BoxCosts | Unknown:
    """The box's costs in the terms of a split; blocks of a tariff become tiers of busy hours."""
    model, running = electricity(case), local_month(case)
    if isinstance(model, Unknown):
        return model
    if isinstance(running, Unknown):
        return running
    horizon, hours_on = case.horizon, case.box.powered_hours_per_month
    turns = [0.0, *(hours for hours in model.kinks_hours if hours < hours_on)]
    rates = [
        (model.usd(end) - model.usd(start)) / (end - start)
        for start, end in pairwise([*turns, hours_on])
    ]
    worth_today = (1.0 + horizon.discount_rate_per_month) ** -horizon.months
    return BoxCosts(
        capital_usd=case.box.capital_usd - case.box.resale_usd(horizon.months) * worth_today,
        base_usd_per_month=model.usd(0.0) + running.maintenance_usd + running.spare_parts_usd,
        usd_per_busy_hour=Tiers(tuple(turns), tuple(rates)),
        hours_per_month=hours_on,
    )


@dataclass(frozen=True, slots=True)
class _Point:
    """A place on the line of cheapest hours: tokens local by class, hours, and the list bill."""

    names: tuple[str, ...]
    local_tokens: tuple[float, ...]
    tokens: tuple[float, ...]
    hours: float
    api_usd: float
    api_usd_of_all: float

    def towards(self, other: _Point, share: float) -> _Point:
        def between(start: float, end: float) -> float:
            return start + (end - start) * share

        return _Point(
            self.names,
            tuple(map(between, self.local_tokens, other.local_tokens)),
            self.tokens,
            between(self.hours, other.hours),
            between(self.api_usd, other.api_usd),
            self.api_usd_of_all,
        )


def _corners(work: Sequence[Work], box: BoxCosts) -> list[_Point] | Unknown:
    """From nothing but sensitive work on the box to all that it can serve."""
    slots = max(len(each.by_hour) for each in work) or _slots(box)
    left = _room(box, slots)
    shares = [list(each.by_hour) or [1.0 / slots] * slots for each in work]
    local = [each.sensitive_share for each in work]
    for each, spread in zip(work, shares, strict=True):
        hours = each.busy_hours * each.sensitive_share
        left = [room - hours * share for room, share in zip(left, spread, strict=True)]
    if min(left) < -ROUNDING * max(_room(box, slots)):
        return Unknown("the box cannot serve all sensitive work in each hour")
    left = [max(room, 0.0) for room in left]
    corners = [_point(work, local)]
    order = sorted(range(len(work)), key=lambda index: _usd_per_hour(work[index]), reverse=True)
    for index in order:
        each, spread = work[index], shares[index]
        free = each.busy_hours * (1.0 - each.sensitive_share)
        taken = [min(free * share, room) for share, room in zip(spread, left, strict=True)]
        left = [room - hours for room, hours in zip(left, taken, strict=True)]
        fits = sum(taken) >= free * (1.0 - ROUNDING)
        local[index] = 1.0 if fits else each.sensitive_share + sum(taken) / each.busy_hours
        corners.append(_point(work, local))
    return corners


def _slots(box: BoxCosts) -> int:
    return len(box.hours_per_month) if isinstance(box.hours_per_month, tuple) else 1


def _room(box: BoxCosts, slots: int) -> list[float]:
    if isinstance(box.hours_per_month, tuple):
        if len(box.hours_per_month) != slots:
            raise InputError("the box's hours", why="they need the cycle of the work's hours")
        return list(box.hours_per_month)
    return [box.hours_per_month / slots] * slots


def _usd_per_hour(work: Work) -> float:
    """What an hour of the box takes off the API's list bill; infinite for work that takes none."""
    return work.api_usd / work.busy_hours if work.busy_hours > 0 else float("inf")


def _point(work: Sequence[Work], local: Sequence[float]) -> _Point:
    return _Point(
        names=tuple(each.name for each in work),
        local_tokens=tuple(each.tokens * share for each, share in zip(work, local, strict=True)),
        tokens=tuple(each.tokens for each in work),
        hours=sum(each.busy_hours * share for each, share in zip(work, local, strict=True)),
        api_usd=sum(each.api_usd * (1.0 - share) for each, share in zip(work, local, strict=True)),
        api_usd_of_all=sum(each.api_usd for each in work),
    )


def _candidates(corners: list[_Point], box: BoxCosts, api_tiers: Tiers) -> list[_Point]:
    """The corners and, between them, where a tariff block or a volume tier begins."""
    found = [corners[0]]
    for start, end in pairwise(corners):
        turns = [
            (limit - low) / (high - low)
            for tiers, low, high in (
                (box.usd_per_busy_hour, start.hours, end.hours),
                (api_tiers, start.api_usd, end.api_usd),
            )
            for limit in tiers.above
            if min(low, high) < limit < max(low, high)
        ]
        found += [start.towards(end, turn) for turn in sorted(turns)]
        found.append(end)
    return found


def _priced(point: _Point, box: BoxCosts, api_tiers: Tiers) -> MonthSplit:
    tokens = sum(point.tokens)
    return MonthSplit(
        classes=point.names,
        local_share=sum(point.local_tokens) / tokens if tokens else 0.0,
        by_class=tuple(
            local / whole if whole else 0.0
            for local, whole in zip(point.local_tokens, point.tokens, strict=True)
        ),
        busy_hours=point.hours,
        local_usd=box.base_usd_per_month + box.usd_per_busy_hour.total(point.hours),
        api_usd=api_tiers.total(point.api_usd),
    )
