"""What has each action cost by the horizon, and in which month does the box pull ahead?

The second stage: one pass over the months for a chunk of scenarios.
Everything that time multiplies is carried along as a running product, everything summed as a
running sum. An API's bill is `A * w(t)` with one `w` for all, so what the box saves at any API by
month t is `A * V(t)`, `V` being the sum of `w` times the share served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.break_even import ROUNDING
from advisor.economics.simulation.components import Flows, Serving

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.normal import Floats

NEAR_FULL = 1.0 + 1e-6


@dataclass(frozen=True, slots=True)
class Followed:
    """Results of a chunk: costs by action, and by API the first month at which the box has cost no
    more (nan: never within the horizon) and how often the cheaper side changes."""

    costs_usd: Floats
    break_even_months: Floats
    crossings: NDArray[np.uint16]


class _Sums:
    """Discount, discounted volume and discounted price of it: of this month, and of all so far."""

    def __init__(self, flows: Flows) -> None:
        import numpy as np

        v, g = flows.discount, flows.growth
        self.work, self.works = v.copy(), np.zeros_like(v)
        self._discount, self.discounts = v.copy(), np.zeros_like(v)
        self._volume, self.volumes = v.copy(), np.zeros_like(v)
        self._v, self._gv, self._gvd = v, g * v, g * v * flows.api_decline

    def month(self, *, all_of_them: bool) -> None:
        self.works += self.work
        self.work *= self._gvd
        if all_of_them:
            self.discounts += self._discount
            self._discount *= self._v
            self.volumes += self._volume
            self._volume *= self._gv


class _Roomy:
    """A serving that never overflows: all that it has cost follows from the sums."""

    def __init__(self, serving: Serving, sums: _Sums) -> None:
        import numpy as np

        self.serving = serving
        self.usd = serving.capital_usd * (1.0 - ROUNDING)
        self._sums = sums
        self._start = self.usd.copy()
        self._busy = np.empty_like(self.usd)

    def catch_up(self) -> None:
        """Brings the cost up to the sums."""
        import numpy as np

        np.multiply(self.serving.base_usd, self._sums.discounts, out=self.usd)
        np.multiply(self.serving.busy_usd, self._sums.volumes, out=self._busy)
        self.usd += self._busy
        self.usd += self._start

    @property
    def weight(self) -> Floats:
        """The sum of `w` that was served."""
        return self._sums.works


class _Bounded:
    """A serving that overflows at times, carried month by month."""

    def __init__(self, serving: Serving, flows: Flows) -> None:
        import numpy as np

        v, g, d = flows.discount, flows.growth, flows.api_decline
        self.serving = serving
        self.usd = serving.capital_usd * (1.0 - ROUNDING)
        self.weight = np.zeros_like(v)
        self._base, self._v = serving.base_usd * v, v
        self._busy, self._busy_step = serving.busy_usd * v, g * v
        self._most_busy = self._busy * serving.headroom
        self._most_work, self._most_work_step = v * serving.headroom, v * d
        self._served = flows.served
        self._room, self._room_step = serving.headroom.copy(), 1.0 / g
        self._spare = np.empty_like(v)

    def month(self, work: Floats) -> None:
        """Adds a month's running cost and the share of the month's bill that was served."""
        import numpy as np

        spare = self._spare
        self.usd += self._base
        self._base *= self._v
        if self._served is None:
            np.minimum(self._busy, self._most_busy, out=spare)
            self.usd += spare
            np.minimum(work, self._most_work, out=spare)
            self.weight += spare
            self._most_busy *= self._v
            self._most_work *= self._most_work_step
        else:
            served = self._served.share(self._room)
            self.usd += self._busy * served
            self.weight += work * served
            self._room *= self._room_step
        self._busy *= self._busy_step


class _Hybrid:
    """The own box and the baseline API at their cheapest in each month: all that the box can serve
    where that spares more than it costs, and the API alone where idle power is dearer than that."""

    def __init__(self, flows: Flows, baseline: int, *, bounded: bool) -> None:
        import numpy as np

        v, g, box = flows.discount, flows.growth, flows.servings[0]
        self.usd = np.zeros_like(v)
        self._base, self._v = box.base_usd * v, v
        self._busy, self._busy_step = box.busy_usd * v, g * v
        self._bill_usd = flows.bills[baseline]
        self._room = box.headroom.copy() if bounded else None
        self._room_step, self._served = 1.0 / g, flows.served

    def month(self, work: Floats) -> None:
        """Adds a month's running cost of both sides."""
        import numpy as np

        bill = self._bill_usd * work
        spared = np.maximum(bill - self._busy, 0.0)
        if self._room is not None:
            if self._served is None:
                spared *= np.minimum(self._room, 1.0)
            else:
                spared *= self._served.share(self._room)
            self._room *= self._room_step
        self.usd += np.minimum(bill, self._base + bill - spared)
        self._base *= self._v
        self._busy *= self._busy_step


def may_overflow(flows: Flows, months: int) -> NDArray[np.bool_]:
    """The scenarios in which some serving is too small in some month, rounding set aside."""
    import numpy as np

    enough = 1.0 if flows.served is None else flows.served.enough
    headroom = np.minimum.reduce([serving.headroom for serving in flows.servings])
    lowest = headroom / np.maximum(flows.growth, 1.0) ** (months - 1)
    overflows: NDArray[np.bool_] = lowest < NEAR_FULL * enough
    return overflows


def follow(flows: Flows, months: int, baseline: int) -> Followed:
    """Follows every action through `months` months. What a serving cannot serve costs what the
    baseline API asks, in a break-even what the API in question asks.

    Scenarios with room for all their load take a shorter way; which way one takes depends on that
    scenario alone.
    """
    import numpy as np

    tight = may_overflow(flows, months)
    if not tight.any():
        return _follow(flows, months, baseline, bounded=False)
    if tight.all():
        return _follow(flows, months, baseline, bounded=True)
    parts = [
        (where, _follow(flows.at(where), months, baseline, bounded=bounded))
        for bounded, where in ((True, np.flatnonzero(tight)), (False, np.flatnonzero(~tight)))
    ]
    rows = len(flows.bills) + len(flows.servings) + flows.hybrid
    costs = np.empty((rows, len(tight)))
    first = np.empty((len(flows.bills), len(tight)))
    crossings = np.empty(first.shape, dtype=np.uint16)
    for where, part in parts:
        costs[:, where] = part.costs_usd
        first[:, where] = part.break_even_months
        crossings[:, where] = part.crossings
    return Followed(costs, first, crossings)


def _follow(flows: Flows, months: int, baseline: int, *, bounded: bool) -> Followed:
    import numpy as np

    sums = _Sums(flows)
    tight = [_Bounded(serving, flows) for serving in flows.servings] if bounded else []
    roomy = [] if bounded else [_Roomy(serving, sums) for serving in flows.servings]
    served: Sequence[_Bounded | _Roomy] = tight or roomy
    local, bills = served[0], np.array(flows.bills)
    race = _Race(bills, local.serving.capital_usd)
    resale, resale_step = local.serving.resale_usd.copy(), _resale_step(flows, local.serving)
    split = _Hybrid(flows, baseline, bounded=bounded) if flows.hybrid else None
    for month in range(months):
        if split is not None:
            split.month(sums.work)
        for carried in tight:
            carried.month(sums.work)
        sums.month(all_of_them=not bounded)
        for summed in roomy[:1]:
            summed.catch_up()
        resale *= resale_step
        race.month(month, local.usd, resale, local.weight)
    for summed in roomy[1:]:
        summed.catch_up()
    totals = bills * sums.works
    own = []
    for each in served:
        serving = each.serving
        sold = serving.resale_usd * _resale_step(flows, serving) ** months
        overflow = totals[baseline] - bills[baseline] * each.weight
        own.append(each.usd + serving.capital_usd * ROUNDING - sold + np.maximum(overflow, 0.0))
    if split is not None:
        own.append(split.usd + local.serving.capital_usd - resale)
    return Followed(np.array([*totals, *own]), race.first, race.crossings)


def _resale_step(flows: Flows, serving: Serving) -> Floats:
    """What a month leaves of the resale, in today's money."""
    return flows.discount * serving.resale_step


class _Race:
    """Who is ahead, the box or each API, and when that changed."""

    def __init__(self, bills_usd: Floats, capital_usd: Floats) -> None:
        import numpy as np

        apis, count = bills_usd.shape
        self._usd, self._raised = bills_usd, bills_usd * (1.0 + 2.0 * ROUNDING)
        self.first = np.full((apis, count), np.nan)
        self.crossings = np.zeros((apis, count), dtype=np.uint16)
        self._rounding = capital_usd * ROUNDING
        self._spent = np.array([capital_usd, capital_usd]) - self._rounding
        self._weight = np.zeros((2, count))
        self._needed = np.empty(count)
        self._ahead, self._now, self._turned = (
            np.zeros((apis, count), dtype=bool) for _ in range(3)
        )

    def month(self, month: int, usd: Floats, resale: Floats, weight: Floats) -> None:
        """The box has spent `usd - resale` in all, and saved `weight` times each API's bill."""
        import numpy as np

        spent, needed = self._spent[month % 2], self._needed
        np.subtract(usd, resale, out=spent)
        self._weight[month % 2] = weight
        np.divide(spent, weight, out=needed)
        np.less_equal(needed, self._raised, out=self._now)
        np.not_equal(self._now, self._ahead, out=self._turned)
        self._ahead, self._now = self._now, self._ahead
        for api, turned in enumerate(self._turned):
            at = np.flatnonzero(turned)
            if len(at):
                self.crossings[api, at] += 1
                self._note(month, api, at[np.isnan(self.first[api].take(at))])

    def _note(self, month: int, api: int, at: NDArray[np.intp]) -> None:
        """When within the month these scenarios' box pulled ahead for the first time."""
        price, rounding = self._usd[api].take(at), self._rounding.take(at)
        after, before = (
            _difference(self._spent[row].take(at) + rounding, price * self._weight[row].take(at))
            for row in (month % 2, 1 - month % 2)
        )
        self.first[api, at] = passes_zero(month, before, after)


def _difference(local_usd: Floats, saved_usd: Floats) -> Floats:
    import numpy as np

    difference = local_usd - saved_usd
    rounding = ROUNDING * (np.abs(local_usd) + np.abs(saved_usd))
    return np.where(np.abs(difference) <= rounding, 0.0, difference)


def passes_zero(month: int, before: Floats, after: Floats) -> Floats:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(before == after, 0.0, before / (before - after))
    return month + np.clip(part, 0.0, 1.0)
