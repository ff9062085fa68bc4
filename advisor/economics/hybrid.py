"""What does the best split cost in each of a million scenarios?

The same choice as `split`, month by month, for prices without tariff blocks or volume tiers and
work spread evenly over the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def hybrid_usd(
    busy_hours: ArrayLike,
    api_usd: ArrayLike,
    *,
    base_usd: ArrayLike,
    usd_per_busy_hour: ArrayLike,
    hours_per_month: ArrayLike,
    sensitive_share: float = 0.0,
) -> NDArray[np.float64]:
    """The running cost of the cheapest split in each month and scenario, without the capital.

    `busy_hours` and `api_usd` are `[class, month, scenario]` (or `[class, scenario]`): what a class
    would keep the box busy for and what it would cost at the API. The other three are numbers, or
    arrays of the shape without the class. A month that leaves the box idle costs the API's bill
    alone, unless `sensitive_share` of every class must stay; infinite where that does not fit.
    Raises InputError for amounts below 0 or not finite.
    """
    import numpy as np

    hours, bills = (np.asarray(each, dtype=np.float64) for each in (busy_hours, api_usd))
    base, rate, room = (
        np.asarray(each, dtype=np.float64)
        for each in (base_usd, usd_per_busy_hour, hours_per_month)
    )
    amounts = (hours, bills, base, rate, room)
    if hours.shape != bills.shape or hours.ndim < 2 or not 0 <= sensitive_share <= 1:
        raise InputError("the work", why="hours and bills need one number a class and scenario")
    if not all(np.isfinite(each).all() and (each >= 0).all() for each in amounts):
        raise InputError("the work", why="hours and dollars must be finite and 0 or above")
    everything = bills.sum(axis=0)
    bound_hours = sensitive_share * hours.sum(axis=0)
    left = room - bound_hours
    cost = base + (1.0 - sensitive_share) * everything + rate * bound_hours
    free_hours, free_bills = (1.0 - sensitive_share) * hours, (1.0 - sensitive_share) * bills
    with np.errstate(divide="ignore", invalid="ignore"):
        per_hour = np.where(free_hours > 0, free_bills / free_hours, np.inf)
    order = np.argsort(-per_hour, axis=0, kind="stable")
    free_hours = np.take_along_axis(free_hours, order, axis=0)
    free_bills = np.take_along_axis(free_bills, order, axis=0)
    fits = left >= -1e-9 * room
    left = np.maximum(left, 0.0)
    for needed, bill in zip(free_hours, free_bills, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(needed > left, left / needed, 1.0)
        cost = cost - np.maximum(bill - rate * needed, 0.0) * part
        left = left - part * needed * (bill > rate * needed)
    if sensitive_share > 0:
        return np.asarray(np.where(fits, cost, np.inf), dtype=np.float64)
    return np.asarray(np.minimum(cost, everything), dtype=np.float64)
