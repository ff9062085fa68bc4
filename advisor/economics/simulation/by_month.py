"""What does each action pay in each month, and in which month does the box pull ahead?

The second stage for costs of every kind, one month after the other as in the scalar economics
(`flows`, `break_even`). `months` is the short way for those that can be summed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from advisor.economics.break_even import ROUNDING
from advisor.economics.hybrid import hybrid_usd
from advisor.economics.simulation.api_part import Bill
from advisor.economics.simulation.box_part import BoxPart
from advisor.economics.simulation.components import Parts
from advisor.economics.simulation.months import Followed, passes_zero

if TYPE_CHECKING:
    from advisor.economics.simulation.drawn import Amount
    from advisor.economics.simulation.normal import Floats


@dataclass(frozen=True, slots=True)
class _Month:
    """One month's costs in USD of that month, and what such a dollar is worth today."""

    discount: Amount
    apis: tuple[Amount, ...]
    local_usd: Amount
    """The own box's running cost, without what it cannot serve."""
    local_overflow: Amount
    rows: tuple[Amount, ...]
    """Of every action, the APIs' again among them."""


def running_by_month(found: Parts, months: int, baseline: int) -> Iterator[list[Amount]]:
    """For each month what every action costs to run, in today's money."""
    for month in _months(found, months, baseline):
        yield [usd * month.discount for usd in month.rows]


def _months(found: Parts, months: int, baseline: int) -> Iterator[_Month]:
    volume, discount = 1.0 + 0.0 * found.growth, found.discount
    for number in range(months):
        prices = [_bill(found, steps, number, volume) for steps in found.apis]
        apis = tuple(_sum(by_shape) for by_shape in prices)
        boxes = [_run(box, found, volume) for box in found.boxes]
        rows = [*apis]
        rows += [usd + overflow * apis[baseline] for usd, overflow in boxes]
        rows += [each.usd(volume) for each in found.rented]
        if found.hybrid:
            rows.append(_hybrid(found, prices[baseline], volume))
        yield _Month(discount, apis, *boxes[0], tuple(rows))
        volume, discount = volume * found.growth, discount * found.discount


def _bill(found: Parts, steps: Sequence[Bill], month: int, volume: Amount) -> list[Amount]:
    """One month's bill by the shape of the requests; a month in which a price comes is split."""
    import numpy as np

    total: list[Amount] = [0.0] * len(steps[0].by_shape)
    starts = (*(step.from_month for step in steps), np.inf)
    for step, (start, end) in zip(steps, pairwise(starts), strict=True):
        share = min(end, month + 1.0) - max(start, month)
        if share > 0:
            since = max(0.0, month - start)
            left = np.maximum(found.api_left_per_year, 0.0) ** (since / 12)
            factor = volume * (share * left)
            total = [sum_ + usd * factor for sum_, usd in zip(total, step.by_shape, strict=True)]
    return total


def _run(box: BoxPart, found: Parts, volume: Amount) -> tuple[Amount, Amount]:
    """The box's running cost at this load, and the share of it that it cannot serve."""
    import numpy as np

    if box.busy_hours is None:
        return box.running_usd(0.0), 0.0
    needed = box.busy_hours * volume
    room = box.hours_available / np.maximum(needed, 1e-300)
    if found.served is None:
        return (
            box.running_usd(np.minimum(needed, box.hours_available)),
            1.0 - np.minimum(room, 1.0),
        )
    served = found.served.share(np.asarray(room))
    return box.running_usd(needed * served), 1.0 - served


def _hybrid(found: Parts, bills: Sequence[Amount], volume: Amount) -> Amount:
    """The cheapest split of one month between the own box and an API."""
    import numpy as np

    box = found.boxes[0]
    if box.energy is not None or box.hours_by_shape is None:
        raise ValueError("a split needs the box's rates, and no blocks: the caller settles that")
    if found.served is not None:
        usd, overflow = _run(box, found, volume)
        served, bill = 1.0 - overflow, _sum(bills)
        spared = np.minimum(usd - box.base_usd - served * bill, 0.0)
        return np.minimum(box.base_usd + bill + spared, bill)
    hours = np.array([np.full(found.count, each * volume) for each in box.hours_by_shape])
    split: Amount = hybrid_usd(
        hours,
        np.array([np.full(found.count, each) for each in bills]),
        base_usd=np.asarray(box.base_usd),
        usd_per_busy_hour=np.asarray(box.usd_per_busy_hour),
        hours_per_month=np.asarray(box.hours_available),
    )
    return split


def follow_by_month(found: Parts, months: int, baseline: int) -> Followed:
    """Follows every action through `months` months, as `months.follow` does."""
    import numpy as np

    apis, local = len(found.apis), found.boxes[0]
    race = _Race(apis, local.capital_usd, found.count)
    costs: Floats | None = None
    for number, month in enumerate(_months(found, months, baseline)):
        if costs is None:
            costs = np.zeros((len(month.rows), found.count))
        for row, usd in enumerate(month.rows):
            costs[row] += usd * month.discount
        race.month(number, month, local.resale_usd(number + 1))
    if costs is None:
        raise ValueError("a horizon has at least one month")
    owned = [*found.boxes, *[None] * len(found.rented)]
    owned += [local] * found.hybrid
    worth = found.discount**months
    for row, box in enumerate(owned, start=apis):
        if box is not None:
            costs[row] += box.capital_usd - box.resale_usd(months) * worth
    return Followed(costs, race.first, race.crossings)


class _Race:
    """Who is ahead, the box or each API, and when that changed: `break_even.balance_usd` and
    `crossings` for arrays."""

    def __init__(self, apis: int, capital_usd: Amount, count: int) -> None:
        import numpy as np

        self.first = np.full((apis, count), np.nan)
        self.crossings = np.zeros((apis, count), dtype=np.uint16)
        self._capital = capital_usd
        self._flows = np.zeros((apis, count))
        self._moved = np.zeros((apis, count)) + capital_usd
        self._balance = self._moved.copy()
        self._ahead = np.zeros((apis, count), dtype=bool)

    def month(self, number: int, month: _Month, resale_usd: Amount) -> None:
        """Adds one month, after which the box sells for `resale_usd`."""
        import numpy as np

        kept = self._capital - resale_usd * month.discount
        for api, bill in enumerate(month.apis):
            running = month.local_usd + month.local_overflow * bill
            self._flows[api] += (running - bill) * month.discount
            self._moved[api] += (running + bill) * month.discount
            before = self._balance[api].copy()
            after = kept + self._flows[api]
            after = np.where(np.abs(after) <= ROUNDING * self._moved[api], 0.0, after)
            self._balance[api] = after
            ahead = after <= 0
            turned = ahead != self._ahead[api]
            self._ahead[api] = ahead
            if turned.any():
                self.crossings[api] += turned
                at = np.flatnonzero(turned & np.isnan(self.first[api]))
                self.first[api, at] = passes_zero(number, before[at], after[at])


def _sum(amounts: Sequence[Amount]) -> Amount:
    return sum(amounts[1:], amounts[0])
