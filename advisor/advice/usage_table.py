"""What does a scenario say about the work: how much, of what length, and when?"""

from __future__ import annotations

from functools import lru_cache
from math import fsum

from advisor.advice.bounds import (
    Cv,
    Growth,
    Requests,
    RequestTokens,
    Share,
    Table,
    Tokens,
    UtcOffset,
)
from advisor.economics.hours import HourBand, work_by_minute
from advisor.economics.inputs import Shape, Usage
from advisor.economics.tariff import parse_days, parse_minute


class HoursTable(Table, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """A share of the work that comes evenly at some hours of some weekdays, local time."""

    days: str
    start: str
    end: str
    share: Share

    def plain(self) -> HourBand:
        """The numbers that the economics works on. Raises InputError for days or times that are
        none."""
        name = "usage.hours"
        return HourBand(
            parse_days(self.days, name),
            parse_minute("from", self.start, name),
            parse_minute("to", self.end, name),
            self.share,
        )


class RequestTable(Table, frozen=True, kw_only=True):
    """A share of the requests with their lengths."""

    share: Share
    input_tokens: RequestTokens
    output_tokens: RequestTokens


class UsageTable(Table, frozen=True, kw_only=True):
    input_tokens_per_month: Tokens
    output_tokens_per_month: Tokens
    cached_input_share: Share = 0.0
    sensitive_share: Share = 1.0
    growth_per_month: Growth = 0.0
    stable: bool = True
    monthly_cv: Cv | None = None
    """How far full months swing around their own trend, as a share of their mean."""
    sensitive: bool = False
    can_maintain: bool = True
    requests_per_month: Requests | None = None
    cache_write_share: Share = 0.0
    batch_share: Share = 0.0
    utc_offset_hours: UtcOffset = 0.0
    hours: tuple[HoursTable, ...] = ()
    request: tuple[RequestTable, ...] = ()

    @property
    def requests_known(self) -> float | None:
        """Requests a month: as given, or the tokens over the mean length of the requests."""
        if self.requests_per_month is not None or not self.request:
            return self.requests_per_month
        for tokens, mean in zip(
            (self.input_tokens_per_month, self.output_tokens_per_month),
            self.mean_lengths,
            strict=True,
        ):
            if tokens > 0 and mean > 0:
                return tokens / mean
        return None

    @property
    def mean_lengths(self) -> tuple[float, float]:
        """Input and output tokens of the mean request of `request`."""
        return (
            fsum(each.share * each.input_tokens for each in self.request),
            fsum(each.share * each.output_tokens for each in self.request),
        )

    def plain(self) -> Usage:
        """The numbers that the economics works on."""
        return Usage(
            self.input_tokens_per_month,
            self.output_tokens_per_month,
            self.cached_input_share,
            self.growth_per_month,
            self.requests_known,
            self.cache_write_share,
            self.batch_share,
            tuple(self._shape(each) for each in self.request),
        )

    def _shape(self, table: RequestTable) -> Shape:
        mean_input, mean_output = self.mean_lengths
        return Shape(
            request_share=table.share,
            input_share=table.share * table.input_tokens / mean_input if mean_input else 0.0,
            output_share=table.share * table.output_tokens / mean_output if mean_output else 0.0,
            input_tokens=table.input_tokens,
        )


@lru_cache(maxsize=16)
def work_of(tables: tuple[HoursTable, ...]) -> tuple[float, ...]:
    """The share of the work in each minute of the week; evenly without entries."""
    return work_by_minute([each.plain() for each in tables])
