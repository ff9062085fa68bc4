"""What did the same requests show on each side? The `same_work` of `advisor.bench/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.bench.interval import Distribution, Rate
from advisor.bench.spend import Spend


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One server or API and how it did the work, one request at a time.

    Rates and latencies as in a stage. `usd_per_1000_requests` is what 1,000 such requests cost: an
    API's price, a local box's electricity (all that it draws meanwhile; `..._marginal` without its
    idle share). `differs` says what is not the same as on the first side.
    """

    name: str
    kind: Literal["local", "api"]
    model: str
    quantization: str | None
    requests: int
    errors: dict[str, int]
    stopped_by: str
    input_tokens: float | None
    output_tokens: float | None
    ttft_ms: Distribution | None
    e2e_ms: Distribution | None
    decode_tok_per_s: Distribution | None
    output_tok_per_s: Rate | None
    usd_per_1000_requests: float | None
    usd_per_1000_requests_marginal: float | None
    j_per_request: float | None
    j_per_request_marginal: float | None
    spend: Spend | None
    differs: tuple[str, ...]
    unknown: dict[str, str]


class SameWork(msgspec.Struct, frozen=True, kw_only=True):
    """The same requests, put to each side in turn: same prompts, same lengths asked for."""

    requests: int
    seed: int | None
    usd_per_kwh: float
    sides: tuple[Side, ...]
