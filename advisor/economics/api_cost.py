"""What does an API charge for a month's tokens, now and later?"""

from __future__ import annotations

from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice, Horizon, Usage


def api_usd(usage: Usage, price: ApiPrice, horizon: Horizon, month: int = 0) -> float:
    """The API's bill of one month in USD, undiscounted.

    `A(t) = [Tin ((1 - c) p_in + c p_cached) + Tout p_out]/1e6 (1 + g)^t (1 - d)^(t/12)`
    """
    cached = usage.cached_input_share
    input_usd_per_mtok = (
        1.0 - cached
    ) * price.input_usd_per_mtok + cached * price.cached_input_usd_per_mtok
    first_month = (
        usage.input_tokens_per_month * input_usd_per_mtok
        + usage.output_tokens_per_month * price.output_usd_per_mtok
    ) / TOKENS_PER_MTOK
    return first_month * usage.growth(month) * horizon.api_price_factor(month)


def blended_usd_per_mtok(usage: Usage, price: ApiPrice) -> float | None:
    """One price for input and output together at this split; None without any tokens."""
    if usage.tokens_per_month == 0:
        return None
    return api_usd(usage, price, Horizon()) / usage.tokens_per_month * TOKENS_PER_MTOK
