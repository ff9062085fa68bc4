"""What does the answer to "which box?" look like (`advisor.buy/1`)? Money is USD."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.advice.uncertainty_document import Spread
from advisor.models.band import Band
from advisor.models.memory import Verdict

API: Literal["api"] = "api"
BOX: Literal["box"] = "box"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A box with the speed that is predicted for it: at `concurrency` requests at once, the most
    that leave each reader what it needs; `output_tok_per_s` is theirs together. `unknown` says why
    it cannot be priced (null: it can)."""

    name: str
    source: str
    price_usd: float | None
    active_power_w: float | None
    idle_power_w: float | None
    fits: Verdict
    concurrency: int
    decode_tok_per_s: Band | None
    output_tok_per_s: Band | None
    prefill_tok_per_s: Band | None
    basis: str
    meets_needs: bool
    assumptions: tuple[str, ...]
    unknown: str | None


class BuyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One choice and its discounted cost over the horizon, with what a box cannot serve bought at
    the baseline API. A box that does not leave each reader what it needs is not eligible."""

    name: str
    kind: Literal["api", "box", "rented"]
    eligible: bool
    usd: Spread
    mean_usd: float
    cheapest_probability: float


class Buy(msgspec.Struct, frozen=True, kw_only=True):
    """All choices, eligible ones first, each by its mean cost. `buys` is the first, an API's name
    where no box is worth it."""

    schema: Literal["advisor.buy/1"] = "advisor.buy/1"
    model: str
    quantization: str
    tok_per_s_needed: float
    ttft_ms_needed: float | None
    months: int
    scenarios: int
    seed: int
    baseline: str
    buys: str | None
    rows: tuple[BuyRow, ...]
    offers: tuple[Offer, ...]
    price_book: str
