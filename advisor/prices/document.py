"""What does one API charge for one model, as a document (`advisor.price/1`, `advisor.prices/1`)?

Prices are USD per million tokens, exactly as the price book states them. A price that the book does
not state is null, with its reason under `unknown`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["current", "historic", "announced"]
State = Literal["priced", "local", "unpriced"]


class BookIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which price book was read. Two runs with equal identity see equal prices."""

    name: str
    version: str
    as_of: str
    source: str
    license: str


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """What every token of a request costs once its input is longer than `above_input_tokens`."""

    above_input_tokens: int
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Unit prices that hold together, before any tier."""

    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    cache_write_usd_per_mtok: float | None
    usd_per_request: float | None
    tiers: tuple[Tier, ...] = ()


class DaytimeRates(msgspec.Struct, frozen=True, kw_only=True):
    """Unit prices between two times of every day, UTC."""

    from_utc: str
    until_utc: str
    rates: Rates


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One price in a model's history. `from_date` is null where the beginning is not recorded."""

    from_date: str | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    status: Status
    source: str
    note: str | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What `provider` charges for `model` on `valid_on`.

    `status` is historic once the provider no longer sells the model, announced before it does.
    `confirmed_on` is the last day on which a source says that the price holds. `batch` is the price
    of work that can wait; `tiers` replace the prices of long requests; `by_time` is the whole day
    where the price changes within it, and then the prices above are those of most of the day.
    """

    schema: Literal["advisor.price/1"] = "advisor.price/1"
    provider: str
    model: str
    title: str | None
    state: State
    status: Status
    status_reason: str | None
    status_source: str | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    cache_write_usd_per_mtok: float | None
    usd_per_request: float | None
    tiers: tuple[Tier, ...]
    batch: Rates | None
    by_time: tuple[DaytimeRates, ...]
    valid_on: str
    as_of: str | None
    confirmed_on: str | None
    retires_on: str | None
    source: str
    comment: str | None
    history: tuple[Change, ...]
    unknown: dict[str, str]

    @property
    def name(self) -> str:
        """The price's full name: "provider/model"."""
        return f"{self.provider}/{self.model}"


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """A list of prices from one book."""

    schema: Literal["advisor.prices/1"] = "advisor.prices/1"
    book: BookIdentity
    valid_on: str
    items: tuple[Price, ...]
