"""Not bought yet: how much more may go to the API before buying is the safer choice?

The ski-rental problem with running costs on both sides. Month t costs A(t) at the API and L(t) on
the box (electricity and upkeep, paid only in months in which it works; in the others the API serves
and the box is off), and buying at t costs B(t): the price less what it will still sell for at the
horizon's end, whatever the use, so B never rises with t. Nobody knows the use that is still to
come, nor when it ends. With `missed(t)` the sum of max(A - L, 0) up to t, the rule is:

    buy as soon as missed(t) >= B(t).

Total cost is at most twice the best cost in hindsight, for any use, ending at any time. Proof. Let
base be the sum of min(A, L), which everybody pays, and let use end at T. Whoever buys at s pays
base + missed(s) + B(s), whoever never buys base + missed(T).

1. The rule has not bought: missed(T) < B(T) <= B(s) <= missed(s) + B(s) for every s <= T, so it
   has paid the best cost itself.
2. It bought at b and paid base + missed(b) + B(b). By the rule B(b) <= missed(b), and
   missed(b) <= B(s) for every s < b, as missed is continuous and B never rises. Hindsight that buys
   at s < b pays at least B(s) >= missed(b) >= B(b); one that buys at s >= b or never pays at least
   missed(b) >= B(b). Either way it is at least half of missed(b) + B(b), and base is paid by both.

With constant A and L the factor is 1 + (1 - L/A), the best that a rule without chance can promise:
Lotker, Patt-Shamir and Rawitz, "Rent, lease or buy" (STACS 2008,
doi:10.4230/LIPIcs.STACS.2008.1331), after Karlin, Manasse, Rudolph and Sleator (Algorithmica 3,
1988, doi:10.1007/BF01762111). `missed` grows while the month goes on, so the rule buys inside a
month; who looks at the bill only once a month adds at most what that month missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Past:
    """What has gone to the API before month 0, and how much of it the box would have saved.

    It counts as if the rule had been kept from its first dollar on.
    """

    api_usd: float = 0.0
    missed_usd: float = 0.0


NOTHING_SPENT = Past()


@dataclass(frozen=True, slots=True)
class Followed:
    """The rule kept in every scenario: its total cost from month 0 on, and the month, with its
    fraction, in which it buys (NaN where it never does)."""

    usd: NDArray[np.float64]
    month: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Allowance:
    """`still_to_spend_usd` may go to the API before the box is bought, which it has in `month`.
    Both None: never within the months asked about.

    `saved_share_of_bill` is what the box would save of all their bills. `at_most_times_hindsight`
    bounds the total cost, past included, whenever use ends; 1 where the rule never buys.
    """

    still_to_spend_usd: float | None
    month: float | None
    purchase_usd: float
    saved_share_of_bill: float
    at_most_times_hindsight: float


def purchase_usd_by_month(
    price_usd: float, resale_usd_by_age: Sequence[float], discount_rate_per_month: float = 0.0
) -> tuple[float, ...]:
    """B(t) for each month of a horizon, in today's money: the price at t less the resale at the
    horizon's end, when the box is `horizon - t` months old.

    `resale_usd_by_age[k]` is what it sells for after k + 1 months; there is one a month of the
    horizon. Raises InputError where the resale rises with age or exceeds the price.
    """
    months = len(resale_usd_by_age)
    values = [price_usd, *resale_usd_by_age]
    if any(older > younger for younger, older in pairwise(values)):
        raise InputError("the resale by age", why="a box cannot gain value by ageing")
    factor = 1.0 / (1.0 + discount_rate_per_month)
    return tuple(
        price_usd * factor**month - resale_usd_by_age[months - month - 1] * factor**months
        for month in range(months)
    )


def follow(
    api_usd: ArrayLike,
    local_usd: ArrayLike,
    purchase_usd: ArrayLike,
    past: Past = NOTHING_SPENT,
) -> Followed:
    """Keeps the rule through `api_usd[month, scenario]` and `local_usd[month, scenario]`.

    `purchase_usd` is one number, one a month, or a matrix of months and scenarios, and never rises
    from month to month. Money of different months must be comparable: discounted throughout, or
    not at all. Raises InputError for negative or infinite money or a purchase that rises.
    """
    import numpy as np

    api, local, purchase = _months(api_usd, local_usd, purchase_usd)
    scenarios = api.shape[1]
    missed = np.full(scenarios, past.missed_usd)
    total = np.zeros(scenarios)
    bought_in = np.full(scenarios, np.nan)
    for month, (bill, running, price) in enumerate(zip(api, local, purchase, strict=True)):
        least = np.minimum(bill, running)
        saving = bill - least
        owned = np.isfinite(bought_in)
        buys = ~owned & (missed + saving >= price)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            share = np.where(saving > 0, np.clip((price - missed) / saving, 0.0, 1.0), 0.0)
        bought_in[buys] = month + share[buys]
        total += np.where(owned, least, bill)
        total[buys] += (price - (1.0 - share) * saving)[buys]
        missed += saving
    return Followed(total, bought_in)


def allowance(
    api_usd: Sequence[float],
    local_usd: Sequence[float],
    purchase_usd: float | Sequence[float],
    *,
    past: Past = NOTHING_SPENT,
) -> Allowance:
    """How much more may go to the API if the months to come cost `api_usd[month]` there and
    `local_usd[month]` on the box; `purchase_usd` as in `follow`.

    Raises InputError as `follow` does.
    """
    import numpy as np

    api, local = (np.array(each, dtype=np.float64)[:, np.newaxis] for each in (api_usd, local_usd))
    month = float(follow(api, local, purchase_usd, past).month[0])
    prices = np.broadcast_to(np.asarray(purchase_usd, dtype=np.float64), (len(api),))
    savings = [max(bill - running, 0.0) for bill, running in zip(api_usd, local_usd, strict=True)]
    never, bills = bool(np.isnan(month)), sum(api_usd)
    return Allowance(
        still_to_spend_usd=None if never else _until(month, api_usd),
        month=None if never else month,
        purchase_usd=float(prices[0]),
        saved_share_of_bill=sum(savings) / bills if bills else 0.0,
        at_most_times_hindsight=1.0
        if never
        else _worst_ratio(month, api_usd, savings, prices.tolist(), past),
    )


def _until(month: float, usd_by_month: Sequence[float]) -> float:
    """The sum of monthly amounts up to a month with its fraction."""
    whole = int(month)
    part = month - whole
    return sum(usd_by_month[:whole]) + (part * usd_by_month[whole] if part else 0.0)


def _worst_ratio(
    month: float,
    api_usd: Sequence[float],
    savings_usd: Sequence[float],
    prices: list[float],
    past: Past,
) -> float:
    """The rule's total over hindsight's if use ends at the purchase; later the ratio only falls,
    as both pay the same from then on. Above 2 it is rounding, unless much was spent before."""
    missed = past.missed_usd + _until(month, savings_usd)
    base = past.api_usd + _until(month, api_usd) - missed
    price = prices[_bought_in(month, missed, prices)]
    earlier = [
        past.missed_usd + _until(start, savings_usd) + prices[start]
        for start in range(min(int(month) + 1, len(prices)))
    ]
    hindsight = base + min(missed, prices[0], *earlier)
    ratio = (base + missed + price) / hindsight if hindsight > 0 else 1.0
    return min(ratio, 2.0) if past == NOTHING_SPENT else ratio


def _bought_in(month: float, missed: float, prices: list[float]) -> int:
    """Whose month's price is paid: at the turn of two the earlier one's, where what was missed has
    reached that."""
    whole = int(month)
    if whole == month and whole > 0 and missed >= prices[whole - 1] * (1 - 1e-12):
        return whole - 1
    return min(whole, len(prices) - 1)


def _months(
    api_usd: ArrayLike, local_usd: ArrayLike, purchase_usd: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    api, local = (np.asarray(each, dtype=np.float64) for each in (api_usd, local_usd))
    purchase = np.asarray(purchase_usd, dtype=np.float64)
    if purchase.ndim == 1:
        purchase = purchase[:, np.newaxis]
    if api.ndim != 2 or api.size == 0 or api.shape != local.shape:
        raise InputError("the monthly costs", why="both sides need one number a month and scenario")
    try:
        purchase = np.broadcast_to(purchase, api.shape)
    except ValueError as error:
        raise InputError("the purchase", why="it needs one price, or one for each month") from error
    if not all(np.isfinite(each).all() and (each >= 0).all() for each in (api, local, purchase)):
        raise InputError("the monthly costs", why="each must be a finite number, 0 or above")
    if (np.diff(purchase, axis=0) > 1e-9 * purchase[:-1]).any():
        raise InputError(
            "the purchase", why="its price rises, and the rule holds only where it does not"
        )
    return api, local, purchase
