"""Which keys of a scenario say how the work arrives, and which requests are they?

The tables may hold other keys too: they are checked where the whole scenario is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from advisor.advice.usage_table import HoursTable
from advisor.documents import in_plain_words
from advisor.economics.hours import HourBand
from advisor.economics.inputs import HOURS_PER_MONTH
from advisor.economics.queueing.requests import Kind, Mix
from advisor.errors import InputError

Share = Annotated[float, Meta(ge=0, le=1)]
Tokens = Annotated[float, Meta(ge=0, le=1e15)]
Ratio = Annotated[float, Meta(gt=0, le=100)]


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """A table, of which only some keys are read."""


class RequestKeys(Keys, frozen=True, kw_only=True):
    share: Share
    input_tokens: Tokens
    output_tokens: Tokens


class UsageKeys(Keys, frozen=True, kw_only=True):
    input_tokens_per_month: Tokens = 0.0
    output_tokens_per_month: Tokens = 0.0
    growth_per_month: Annotated[float, Meta(gt=-1, le=1)] = 0.0
    requests_per_month: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    hours: tuple[HoursTable, ...] = ()
    request: tuple[RequestKeys, ...] = ()


class BoxKeys(Keys, frozen=True, kw_only=True):
    prefill_tok_per_s: Annotated[float, Meta(ge=1e-6, le=1e9)] | None = None
    decode_tok_per_s: Annotated[float, Meta(ge=1e-6, le=1e9)] | None = None
    powered_hours_per_month: Annotated[float, Meta(gt=0, le=744)] = HOURS_PER_MONTH
    cached_input_share: Share = 0.0
    input_token_ratio: Ratio = 1.0
    output_token_ratio: Ratio = 1.0
    reasoning_tokens_per_output_token: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    retry_share: Annotated[float, Meta(ge=0, le=10)] = 0.0


class HorizonKeys(Keys, frozen=True, kw_only=True):
    months: Annotated[int, Meta(ge=1, le=600)] = 60


class SloKeys(Keys, frozen=True, kw_only=True):
    ttft_p95_ms: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    request_s: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    queue_limit: Annotated[int, Meta(ge=0, le=100_000)] | None = None


class ArrivalsKeys(Keys, frozen=True, kw_only=True):
    """`size_cv` is null where nobody said: 1, or 0 where [[usage.request]] gives the lengths."""

    peak_to_mean: Annotated[float, Meta(ge=1, le=168)] | None = None
    burstiness: Annotated[float, Meta(ge=0.01, le=100)] | None = None
    seasonal_peak: Annotated[float, Meta(ge=1, le=100)] = 1.0
    size_cv: Annotated[float, Meta(ge=0, le=10)] | None = None


class LoadKeys(Keys, frozen=True, kw_only=True):
    """Everything that is read here."""

    usage: UsageKeys = UsageKeys()
    box: BoxKeys = BoxKeys()
    horizon: HorizonKeys = HorizonKeys()
    slo: SloKeys = SloKeys()
    arrivals: ArrivalsKeys = ArrivalsKeys()

    @property
    def requests_per_month(self) -> float | None:
        """As given, or the tokens over the mean length of [[usage.request]]; else not known."""
        usage = self.usage
        if usage.requests_per_month is not None or not usage.request:
            return usage.requests_per_month
        whole = sum(each.share for each in usage.request)
        for tokens, mean in (
            (usage.input_tokens_per_month, sum(r.share * r.input_tokens for r in usage.request)),
            (usage.output_tokens_per_month, sum(r.share * r.output_tokens for r in usage.request)),
        ):
            if tokens > 0 and mean > 0:
                return tokens * whole / mean
        return None

    @property
    def size_cv(self) -> float:
        """How much requests of one kind vary."""
        if self.arrivals.size_cv is not None:
            return self.arrivals.size_cv
        return 0.0 if self.usage.request else 1.0

    def mix(self, requests_per_month: float) -> Mix:
        """The requests as the local model sees them: its own tokens, less its cache's."""
        usage, box = self.usage, self.box
        lengths = [(r.share, r.input_tokens, r.output_tokens) for r in usage.request] or [
            (
                1.0,
                usage.input_tokens_per_month / requests_per_month,
                usage.output_tokens_per_month / requests_per_month,
            )
        ]
        whole = sum(share for share, _, _ in lengths)
        return Mix(
            kinds=tuple(
                Kind(
                    share / whole,
                    tokens_in * box.input_token_ratio * (1 - box.cached_input_share),
                    tokens_out
                    * box.output_token_ratio
                    * (1 + box.reasoning_tokens_per_output_token),
                )
                for share, tokens_in, tokens_out in lengths
            ),
            cv=self.size_cv,
        )

    def bands(self) -> list[HourBand]:
        """The bands of [[usage.hours]]. Raises InputError for days or times that are none."""
        return [each.plain() for each in self.usage.hours]


def read_keys(tables: Mapping[str, Any]) -> LoadKeys:
    """The keys of a scenario's tables. Raises InputError for values that make no sense."""
    try:
        keys = msgspec.convert(tables, LoadKeys)
    except msgspec.ValidationError as error:
        where, why = in_plain_words(error)
        raise InputError(
            re.sub(r"\[\d+\]", "", where) or "the scenario",
            why=why[:200],
            remedy="docs/capacity.md has the keys and their bounds.",
        ) from error
    if keys.usage.request and sum(each.share for each in keys.usage.request) <= 0:
        raise InputError("usage.request.share", why="no kind has a share", remedy="Give shares.")
    return keys
