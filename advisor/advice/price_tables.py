"""What does a scenario say about an API's prices, and about GPUs for rent?"""

from __future__ import annotations

from advisor.advice.bounds import (
    Day,
    LessThanAll,
    Name,
    PerToken,
    PoweredHours,
    RequestTokens,
    Share,
    SomeShare,
    Table,
    TokenRatio,
    TokPerS,
    UsdPerHour,
    UsdPerMtok,
    UsdPerRequest,
)
from advisor.economics.rates import Dialogue
from advisor.economics.rented import RentalKind, Rented


class TokenPricesTable(Table, frozen=True, kw_only=True):
    """Prices of one kind of call; what is left out costs as it does without."""

    input_usd_per_mtok: UsdPerMtok | None = None
    output_usd_per_mtok: UsdPerMtok | None = None
    cached_input_usd_per_mtok: UsdPerMtok | None = None
    cache_write_usd_per_mtok: UsdPerMtok | None = None


class TierTable(TokenPricesTable, frozen=True, kw_only=True):
    """Prices of every token of a request whose input is longer than this."""

    above_input_tokens: RequestTokens


class TimeTable(TokenPricesTable, frozen=True, kw_only=True):
    """Prices between two times of every day, UTC."""

    from_utc: str
    until_utc: str


class ChangeTable(TokenPricesTable, frozen=True, kw_only=True, rename={"start": "from"}):
    """Prices from a day on."""

    start: Day
    usd_per_request: UsdPerRequest | None = None
    batch_input_usd_per_mtok: UsdPerMtok | None = None
    batch_output_usd_per_mtok: UsdPerMtok | None = None


class ApiTable(TokenPricesTable, frozen=True, kw_only=True):
    name: Name
    baseline: bool = False
    usd_per_request: UsdPerRequest | None = None
    batch_input_usd_per_mtok: UsdPerMtok | None = None
    batch_output_usd_per_mtok: UsdPerMtok | None = None
    input_token_ratio: TokenRatio = 1.0
    output_token_ratio: TokenRatio = 1.0
    reasoning_tokens_per_output_token: PerToken = 0.0
    retry_share: Share = 0.0
    tier: tuple[TierTable, ...] = ()
    time: tuple[TimeTable, ...] = ()
    change: tuple[ChangeTable, ...] = ()

    @property
    def dialogue(self) -> Dialogue:
        """How this model counts the team's text."""
        return Dialogue(
            self.input_token_ratio,
            self.output_token_ratio,
            self.reasoning_tokens_per_output_token,
            self.retry_share,
        )


class RentedTable(Table, frozen=True, kw_only=True):
    """A GPU by the hour: somebody else's machine, so that sensitive data may not go there unless
    `may_hold_sensitive_data` says so."""

    name: Name
    usd_per_hour: UsdPerHour
    kind: RentalKind = RentalKind.ON_DEMAND
    prefill_tok_per_s: TokPerS | None = None
    decode_tok_per_s: TokPerS | None = None
    interrupted_share: LessThanAll = 0.0
    hours_per_month: PoweredHours | None = None
    max_utilization: SomeShare = 0.7
    may_hold_sensitive_data: bool = False
    source: str = ""
    as_of: Day | None = None

    def plain(self) -> Rented:
        """The numbers that the economics works on."""
        return Rented(
            self.name,
            self.usd_per_hour,
            self.kind,
            self.prefill_tok_per_s,
            self.decode_tok_per_s,
            self.interrupted_share,
            self.hours_per_month,
            self.max_utilization,
        )
