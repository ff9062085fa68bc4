"""What has each action cost by the horizon, and in which month does the box pull ahead?

The second stage: one pass over the months for a chunk of scenarios that fits the processor's cache.
Everything that time multiplies is carried along as a running product, everything summed as a
running sum. An API's bill is `A * w(t)` with one `w` for all, so what the box saves at any API by
month t is `A * V(t)`, `V` being the sum of `w` times the share served.
"""

from __future__ import annotations

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


class _Served:
    """One serving carried through the months: what it has cost, and what of `w` it has served."""

    def __init__(self, serving: Serving, flows: Flows, months: int) -> None:
        import numpy as np

        v, g, d = flows.discount, flows.growth, flows.api_decline
        self.serving = serving
        self.usd = serving.capital_usd * (1.0 - ROUNDING)
        self.weight = np.zeros_like(v)
        self._busy = serving.busy_usd * v
        self._busy_step = g * v
        self._base = serving.base_usd * v
        self._v = v
        self._work = v * serving.share
        self._work_step = g * v * d
        lowest = serving.headroom / np.maximum(g, 1.0) ** (months - 1)
        peak = flows.peak_to_mean
        self._peak = peak
        self._room = serving.headroom.copy()
        self._room_step = 1.0 / g
        self._overflows = bool((lowest < NEAR_FULL * (1.0 if peak is None else peak)).any())
        self._most_busy = self._busy * serving.headroom if self._overflows else self._busy
        self._most_work = self._work * serving.headroom if self._overflows else self._work
        self._most_work_step = v * d
        self._spare = np.empty_like(v)

    def month(self) -> None:
        """Adds a month's running cost and the share of the month's bill that was served."""
        import numpy as np

        spare = self._spare
        self.usd += self._base
        self._base *= self._v
        if not self._overflows:
            self.usd += self._busy
            self.weight += self._work
        elif self._peak is None:
            np.minimum(self._busy, self._most_busy, out=spare)
            self.usd += spare
            np.minimum(self._work, self._most_work, out=spare)
            self.weight += spare
            self._most_busy *= self._v
            self._most_work *= self._most_work_step
        else:
            served = served_share(self._room, self._peak)
            self.usd += self._busy * served
            self.weight += self._work * served
            self._room *= self._room_step
        self._busy *= self._busy_step
        self._work *= self._work_step


def served_share(headroom: Floats, peak_to_mean: Floats) -> Floats:
    """The share of a load that is served at `headroom` (hours available over hours needed).

    The load falls in a straight line from its peak `p` times the mean: to `2 - p` times the mean
    where p <= 2, else to nothing after `2/p` of the time. With p = 1 it is even.
    """
    import numpy as np

    p, q = peak_to_mean, headroom
    short = np.maximum(p - q, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = np.where(q <= 2.0 - p, q, 1.0 - short * short / (4.0 * (p - 1.0)))
        steep = 1.0 - (short / p) ** 2
    return np.where(short == 0.0, 1.0, np.where(p < 2.0, flat, steep))


def follow(flows: Flows, months: int, baseline: int) -> Followed:
    """Follows every action through `months` months. What a serving cannot serve costs what the
    baseline API asks, in a break-even what the API in question asks."""
    import numpy as np

    v, g, d = flows.discount, flows.growth, flows.api_decline
    count, apis = len(v), len(flows.bills)
    served = [_Served(serving, flows, months) for serving in flows.servings]
    local = served[0]
    bill = np.array([steps[0][1] for steps in flows.bills]).reshape(apis, count)
    later = [dict(steps[1:]) for steps in flows.bills]
    shifts = any(later)
    paid = np.zeros((apis, count))
    saved = np.zeros((len(served), apis, count))
    """At earlier prices: what the API's bill, and what each serving took off it, differ by."""
    work, work_sum, step = v.copy(), np.zeros(count), g * v * d
    resale, resale_step = local.serving.capital_usd.copy(), v * flows.resale
    raised = bill * (1.0 + 2.0 * ROUNDING)
    balance_parts = np.empty((2, count))
    weights = np.empty((2, count))
    balance_parts[1] = local.serving.capital_usd * (1.0 - ROUNDING)
    weights[1] = 0.0
    gains = np.empty((apis, count))
    ahead, now, turned = (np.zeros((apis, count), dtype=bool) for _ in range(3))
    first = np.full((apis, count), np.nan)
    crossings = np.zeros((apis, count), dtype=np.uint16)
    for month in range(months):
        for index in range(apis):
            if month in later[index]:
                new = later[index][month]
                change = bill[index] - new
                paid[index] += change * work_sum
                for row, each in enumerate(served):
                    saved[row, index] += change * each.weight
                bill[index] = new
                raised[index] = new * (1.0 + 2.0 * ROUNDING)
        for each in served:
            each.month()
        work_sum += work
        work *= step
        resale *= resale_step
        here, before = month % 2, 1 - month % 2
        np.subtract(local.usd, resale, out=balance_parts[here])
        weights[here] = local.weight
        np.multiply(raised, local.weight, out=gains)
        if shifts:
            gains += saved[0]
        np.less_equal(balance_parts[here], gains, out=now)
        np.not_equal(now, ahead, out=turned)
        ahead, now = now, ahead
        if turned.any():
            api, at = np.nonzero(turned)
            price, shift = bill[api, at], saved[0, api, at]
            capital = local.serving.capital_usd[at] * ROUNDING
            after_usd = _difference(balance_parts[here, at], price * weights[here, at], shift)
            before_usd = _difference(balance_parts[before, at], price * weights[before, at], shift)
            crossings[api, at] += 1
            new_one = np.isnan(first[api, at])
            passed = _passes_zero(month, before_usd + capital, after_usd + capital)
            first[api[new_one], at[new_one]] = passed[new_one]
    totals = bill * work_sum + paid
    own = []
    for row, each in enumerate(served):
        kept = each.serving.capital_usd
        sold = resale if row == 0 else resale * _ratio(kept, local.serving.capital_usd)
        overflow = totals[baseline] - bill[baseline] * each.weight - saved[row, baseline]
        own.append(each.usd + kept * ROUNDING - sold + np.maximum(overflow, 0.0))
    return Followed(np.array([*totals, *own]), first, crossings)


def _difference(local_usd: Floats, saved_usd: Floats, shift_usd: Floats) -> Floats:
    import numpy as np

    difference = local_usd - saved_usd - shift_usd
    rounding = ROUNDING * (np.abs(local_usd) + np.abs(saved_usd) + np.abs(shift_usd))
    return np.where(np.abs(difference) <= rounding, 0.0, difference)


def _passes_zero(month: int, before: Floats, after: Floats) -> Floats:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(before == after, 0.0, before / (before - after))
    return month + np.clip(part, 0.0, 1.0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    import numpy as np

    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)
