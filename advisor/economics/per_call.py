"""What do a month's requests cost, each at the price of its length, its hour and its urgency?

The month's tokens are cut into parts that share one set of unit prices: work that can wait at the
batch price, the rest by the time of the day, each by the length of its requests. A part costs
`[in p_in + cached p_cached + written p_write + out p_out]/1e6 + requests p_request`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice, Shape, Usage
from advisor.economics.rates import Rates


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens and requests of one month that are billed at the same rates."""

    name: str
    rates: Rates
    input_tokens: float
    """Neither read from the provider's cache nor written to it."""
    cached_tokens: float
    written_tokens: float
    output_tokens: float
    requests: float
    work_share: float
    """Of the month's work, in this batch or time of the day."""
    shape: Shape

    @property
    def tokens(self) -> tuple[tuple[str, float, float], ...]:
        """Name, number and USD per million of everything that is billed by the token."""
        rates = self.rates
        write = rates.cache_write_usd_per_mtok
        return (
            ("input tokens", self.input_tokens, rates.input_usd_per_mtok),
            ("cached input tokens", self.cached_tokens, rates.cached_input_usd_per_mtok),
            (
                "input tokens written to the cache",
                self.written_tokens,
                rates.input_usd_per_mtok if write is None else write,
            ),
            ("output tokens", self.output_tokens, rates.output_usd_per_mtok),
        )

    @property
    def usd(self) -> float:
        """`[in p_in + cached p_cached + written p_write + out p_out]/1e6 + requests p_request`."""
        by_token = sum(tokens * price for _, tokens, price in self.tokens) / TOKENS_PER_MTOK
        return by_token + self.requests * self.rates.usd_per_request


def bill_usd(usage: Usage, price: ApiPrice) -> float:
    """Month 0's requests at `price` as it stands, without decline or later changes, in USD."""
    return sum(part.usd for part in parts(usage, price))


def parts(usage: Usage, price: ApiPrice) -> Iterator[Part]:
    """Month 0's tokens by the rates that hold for them; the parts hold all of them once.

    Without a batch price the work that can wait costs as the rest does. A request's length is its
    input in the tokens of this model; where it is unknown no tier applies.
    """
    for variant, share, rates in _variants(usage, price):
        for shape in usage.shapes:
            length = shape.input_tokens
            billed = None if length is None else length * price.dialogue.input_token_ratio
            input_tokens = usage.input_tokens_per_month * shape.input_share * share
            input_tokens *= price.dialogue.input_factor
            cached = input_tokens * usage.cached_input_share
            written = input_tokens * usage.cache_write_share
            yield Part(
                name=_name(variant, len(usage.shapes), length),
                rates=rates.for_length(billed),
                input_tokens=input_tokens - cached - written,
                cached_tokens=cached,
                written_tokens=written,
                output_tokens=usage.output_tokens_per_month
                * shape.output_share
                * share
                * price.dialogue.output_factor,
                requests=(usage.requests_per_month or 0.0)
                * shape.request_share
                * share
                * (1.0 + price.dialogue.retry_share),
                work_share=share,
                shape=shape,
            )


def _variants(usage: Usage, price: ApiPrice) -> Iterator[tuple[str, float, Rates]]:
    """The ways of being billed, with the share of the work that each takes."""
    waits = usage.batch_share if price.batch is not None else 0.0
    if price.batch is not None and waits > 0:
        yield "batch", waits, price.batch
    now = 1.0 - waits
    if now == 0.0:
        return
    in_windows = 0.0
    for window in price.windows:
        in_windows += window.work_share
        if window.work_share > 0:
            yield window.name, now * window.work_share, window.rates
    if 1.0 - in_windows > 1e-9:
        yield "", now * (1.0 - in_windows), price


def _name(variant: str, shapes: int, length: float | None) -> str:
    by_length = f"requests of {length:,.0f} tokens" if shapes > 1 and length is not None else ""
    return ", ".join(part for part in (variant, by_length) if part)
