"""What does an API charge for a month's tokens, now and later?"""

from __future__ import annotations

from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice, Horizon, Usage
from advisor.economics.per_call import bill_usd


def api_usd(usage: Usage, price: ApiPrice, horizon: Horizon, month: int = 0) -> float:
    """The API's bill of one month in USD, undiscounted.

    `A(t) = [Tin ((1 - c - w) p_in + c p_cached + w p_write) + Tout p_out]/1e6 (1 + g)^t
    (1 - d)^((t - s)/12)`, with the batch, length and time-of-day prices that `per_call` applies. A
    price that comes later holds from its month `s` on, in full then, and declines from there (s = 0
    for today's); a month in which it comes is split by days.
    """
    return usage.growth(month) * sum(
        share * bill_usd(usage, now) * horizon.api_price_factor(max(0.0, month - since))
        for share, since, now in price.in_force(month)
    )


def blended_usd_per_mtok(usage: Usage, price: ApiPrice) -> float | None:
    """One price for input and output together at this split; None without any tokens."""
    if usage.tokens_per_month == 0:
        return None
    return api_usd(usage, price, Horizon()) / usage.tokens_per_month * TOKENS_PER_MTOK
