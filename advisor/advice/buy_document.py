"""What does the answer to "which box?" look like (`advisor.buy/1`)? Money is USD."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.advice.uncertainty_document import Spread
from advisor.models.band import Band
from advisor.models.memory import Verdict

PromptSource = Literal["usage.request", "usage.requests_per_month", "assumed"]
API: Literal["api"] = "api"
BOX: Literal["box"] = "box"
RENTED: Literal["rented"] = "rented"
ChoiceKind = Literal["api", "box", "rented"]
OWN_BOX = "the box of the scenario"


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice misses: `predicted` (of a machine file in its band's middle) where `needed`
    is asked for, in tokens a second for each reader or in milliseconds until a prompt is read."""

    limit: Literal["tok_per_s", "ttft_ms"]
    needed: float
    predicted: float


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A box with the speed that is predicted for it: at `concurrency` requests at once, the most
    that leave each reader what it needs, else one; `output_tok_per_s` is theirs together.
    `prefill_tok_per_s` is that of a prompt of `prompt_tokens` with nothing before it, the mean of
    the use's, each counting by its length. `ttft_ms` is how long a prompt of the length that the
    limit is held to takes by itself (null: no limit, or not known). Where it `fits` partly,
    `spilled_layers` of `layers` stay in main memory, and the speeds are those with them there.
    `shortfalls` say why it does not meet the needs, `unknown` why it cannot be priced (null: it
    can)."""

    name: str
    source: str
    price_usd: float | None
    active_power_w: float | None
    idle_power_w: float | None
    fits: Verdict
    layers: int
    spilled_layers: int
    concurrency: int
    decode_tok_per_s: Band | None
    output_tok_per_s: Band | None
    prefill_tok_per_s: Band | None
    prompt_tokens: float
    ttft_ms: float | None
    basis: str
    rests_on: str
    meets_needs: bool
    shortfalls: tuple[Shortfall, ...]
    assumptions: tuple[str, ...]
    unknown: str | None


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """A choice that the scenario names itself, held to the same limits at the rates that it states.

    Those are of the whole server, so one reader alone gets no more. `ttft_ms` is how long a prompt
    of the length that the limit is held to takes (null: no limit, or `ttft_unknown` says why it is
    not known; such a choice is not ruled out).
    """

    name: str
    kind: ChoiceKind
    ttft_ms: float | None
    meets_needs: bool
    shortfalls: tuple[Shortfall, ...]
    ttft_unknown: str | None


class BuyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One choice and its discounted cost over the horizon, with what a box cannot serve bought at
    the baseline API. A choice that is known not to give each reader what it needs is not eligible.

    `served_share` is the share of the first month's work that a box serves itself, at the middle of
    its speed (null: no box, or unknown). `tied` choices cannot be told from the first one: they are
    the cheapest at least a third as often as it is.
    """

    name: str
    kind: ChoiceKind
    eligible: bool
    usd: Spread
    mean_usd: float
    cheapest_probability: float
    served_share: float | None
    tied: bool


class Buy(msgspec.Struct, frozen=True, kw_only=True):
    """All choices, eligible ones first, each by its mean cost. `buys` is the first, an API's name
    where no box is worth it; rows that are `tied` are as good. `ttft_ms_needed` is held to a prompt
    of `ttft_prompt_tokens`, and `ttft_prompt_source` says where that length is from."""

    schema: Literal["advisor.buy/1"] = "advisor.buy/1"
    model: str
    quantization: str
    tok_per_s_needed: float
    ttft_ms_needed: float | None
    ttft_prompt_tokens: float | None
    ttft_prompt_source: PromptSource | None
    months: int
    scenarios: int
    seed: int
    baseline: str
    buys: str | None
    rows: tuple[BuyRow, ...]
    offers: tuple[Offer, ...]
    stated: tuple[Stated, ...]
    price_book: str
