"""What did measuring a paid API cost, and by whose count? The `spend` of `advisor.bench/1`."""

from __future__ import annotations

import msgspec


class SpendPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price that the guard counts by, in USD per million tokens.

    `given`: the user stated it; else it is `name` in the price book. `worst_...` are the highest of
    all tiers and hours, by which no request may be begun that could cross the limit.
    """

    name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float | None
    usd_per_request: float | None
    worst_input_usd_per_mtok: float
    worst_output_usd_per_mtok: float
    status: str | None
    as_of: str | None
    source: str
    given: bool


class SpentTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that the API said it bills, over all answers that told; reasoning is output."""

    input: int
    cached_input: int
    output: int
    reasoning: int


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """Money spent on one measurement, warm-up included.

    `usd` is what is counted against `max_usd`: by the usage told, by the worst case where none was.
    `by_usage_usd` is usage times the price; `planned_usd` the price of as many answers as asked
    for; `told_usd` the API's own figure. `by_worst_case` counts the requests without a usable
    usage, `refused` those that the API turned down (HTTP 4xx), which count as free. `broken` says
    how a bill went beyond what the request allowed; nothing was sent after that.
    """

    usd: float
    max_usd: float
    by_usage_usd: float
    planned_usd: float
    told_usd: float | None
    requests: int
    refused: int
    by_worst_case: int
    cut: int
    retries: int
    waits: int
    waited_s: float
    tokens: SpentTokens
    price: SpendPrice
    disagreement: str | None
    broken: str | None
    rests_on: tuple[str, ...]
