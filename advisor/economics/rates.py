"""Which unit prices may an API's bill be made of: by length, by hour, in a batch, later on?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Tier:
    """What every token of a request costs once its input is longer than `above_input_tokens`."""

    above_input_tokens: float
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float
    cache_write_usd_per_mtok: float | None = None
    """None: what the price has without tiers."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Unit prices that hold together, in USD per million tokens and per request.

    `cache_write_usd_per_mtok` is the price of input that the provider writes to its cache; None
    bills it as input. `tiers` stand in the order of their length.
    """

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float
    cache_write_usd_per_mtok: float | None = None
    usd_per_request: float = 0.0
    tiers: tuple[Tier, ...] = ()

    def for_length(self, input_tokens: float | None) -> Rates:
        """The rates of a request of so many input tokens; None, of unknown length, has no tier."""
        found = None
        for tier in self.tiers if input_tokens is not None else ():
            if input_tokens is not None and input_tokens > tier.above_input_tokens:
                found = tier
        if found is None:
            return self
        write = found.cache_write_usd_per_mtok
        return Rates(
            found.input_usd_per_mtok,
            found.output_usd_per_mtok,
            found.cached_input_usd_per_mtok,
            self.cache_write_usd_per_mtok if write is None else write,
            self.usd_per_request,
        )

    def scaled(self, factor: float) -> Self:
        """Every price times `factor`."""
        write = self.cache_write_usd_per_mtok
        return replace(
            self,
            input_usd_per_mtok=self.input_usd_per_mtok * factor,
            output_usd_per_mtok=self.output_usd_per_mtok * factor,
            cached_input_usd_per_mtok=self.cached_input_usd_per_mtok * factor,
            cache_write_usd_per_mtok=None if write is None else write * factor,
            usd_per_request=self.usd_per_request * factor,
            tiers=tuple(_scaled_tier(tier, factor) for tier in self.tiers),
        )

    def raised(self, usd_per_mtok: float) -> Self:
        """Every price of a token, but no fee, with so much on top."""
        write = self.cache_write_usd_per_mtok
        return replace(
            self,
            input_usd_per_mtok=self.input_usd_per_mtok + usd_per_mtok,
            output_usd_per_mtok=self.output_usd_per_mtok + usd_per_mtok,
            cached_input_usd_per_mtok=self.cached_input_usd_per_mtok + usd_per_mtok,
            cache_write_usd_per_mtok=None if write is None else write + usd_per_mtok,
            tiers=tuple(_raised_tier(tier, usd_per_mtok) for tier in self.tiers),
        )


def _raised_tier(tier: Tier, usd_per_mtok: float) -> Tier:
    write = tier.cache_write_usd_per_mtok
    return Tier(
        tier.above_input_tokens,
        tier.input_usd_per_mtok + usd_per_mtok,
        tier.output_usd_per_mtok + usd_per_mtok,
        tier.cached_input_usd_per_mtok + usd_per_mtok,
        None if write is None else write + usd_per_mtok,
    )


def _scaled_tier(tier: Tier, factor: float) -> Tier:
    write = tier.cache_write_usd_per_mtok
    return Tier(
        tier.above_input_tokens,
        tier.input_usd_per_mtok * factor,
        tier.output_usd_per_mtok * factor,
        tier.cached_input_usd_per_mtok * factor,
        None if write is None else write * factor,
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Rates of one time of the day, and the share of the team's work that falls into it."""

    name: str
    work_share: float
    rates: Rates


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How many tokens one model makes of the same text, for each token of the usage.

    The ratios compare tokenizers; `reasoning_tokens_per_output_token` are billed (and generated) as
    output on top; `retry_share` of the requests are done once more.
    """

    input_token_ratio: float = 1.0
    output_token_ratio: float = 1.0
    reasoning_tokens_per_output_token: float = 0.0
    retry_share: float = 0.0

    @property
    def input_factor(self) -> float:
        """Input tokens for each one of the usage: `ratio (1 + retries)`."""
        return self.input_token_ratio * (1.0 + self.retry_share)

    @property
    def output_factor(self) -> float:
        """Output tokens for each one of the usage: `ratio (1 + reasoning)(1 + retries)`."""
        reasoning = 1.0 + self.reasoning_tokens_per_output_token
        return self.output_token_ratio * reasoning * (1.0 + self.retry_share)


AS_STATED = Dialogue()
"""A model whose tokens are those of the usage, without reasoning or retries."""
