"""What does a team use, as a document (`advisor.usage/1`)?

Input tokens hold cached and cache-written ones, output tokens the reasoning. What the records do
not tell is null, with its reason under `unknown`. `cells` and the bins are what a later import
needs to add to it; they are in the file of `--out`, not in what `--json` prints.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.usage.cell import Bin, Cell


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Totals. `requests` is null where a source within does not tell it."""

    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    requests: int | None


class ModelTokens(Tokens, frozen=True, kw_only=True):
    """Totals of one model."""

    model: str


class Month(Tokens, frozen=True, kw_only=True):
    """A calendar month. It is `full` if the records cover every day of it."""

    month: str
    days: int
    covered_days: int
    full: bool
    models: tuple[ModelTokens, ...]


class Monthly(msgspec.Struct, frozen=True, kw_only=True):
    """What a month takes now, and what that is read from: the last full month, or the covered days
    brought to 30.4."""

    basis: str
    is_scaled: bool
    input_tokens: int
    output_tokens: int
    cached_input_share: float
    cache_write_share: float
    requests: int | None


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """The share by which each month exceeds the one before, with its 95 % interval and its standard
    error: a straight line through the logarithms of tokens a day of the full months."""

    per_month: float
    ci95: tuple[float, float]
    sd: float
    months: int


class Steadiness(msgspec.Struct, frozen=True, kw_only=True):
    """How far totals swing around their own straight line, as a share of their mean: of full weeks
    from Monday on, and of full months. `stable` holds up to `unstable_above`."""

    weekly_cv: float | None
    weeks: int
    monthly_cv: float | None
    months: int
    unstable_above: float
    stable: bool | None


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """When the work comes: shares of tokens by hour of the week, 0 is Monday from 00:00.

    `known_share` of all tokens is known to the hour. `peak_to_mean` is the busiest hour of this
    week over the mean one, `busiest_hour_to_mean` the busiest hour of all.
    """

    shares: tuple[float, ...]
    known_share: float
    peak_to_mean: float
    busiest_hour_to_mean: float


class LengthClass(msgspec.Struct, frozen=True, kw_only=True):
    """Requests whose input is up to so many tokens (null: longer than all others)."""

    up_to_input_tokens: int | None
    share: float
    input_tokens: float
    output_tokens: float


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """How long requests are; quantiles are within 5 %."""

    requests: int
    input_p50: float
    input_p95: float
    output_p50: float
    output_p95: float
    classes: tuple[LengthClass, ...]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One source's first and last day and tokens; days are null where it is undated."""

    source: str
    first_day: str | None
    last_day: str | None
    tokens: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be read: where it stands and why, never what it holds."""

    origin: str
    line: int
    why: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """`bad_lines` counts all problems, of which the first are listed."""

    schema: Literal["advisor.usage/1"] = "advisor.usage/1"
    time_zone: str
    first_day: str | None
    last_day: str | None
    covered_days: int
    sources: tuple[Origin, ...]
    total: Tokens
    models: tuple[ModelTokens, ...]
    months: tuple[Month, ...]
    monthly: Monthly | None
    growth: Growth | None
    steadiness: Steadiness | None
    week: Week | None
    lengths: Lengths | None
    duplicates: int
    without_usage: int
    bad_lines: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    unknown: dict[str, str]
    covered_hours: tuple[int, int] | None = None
    cells: tuple[Cell, ...] = ()
    input_bins: tuple[Bin, ...] = ()
    output_bins: tuple[Bin, ...] = ()
