"""What does `advisor history drift` say? `advisor.drift/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.bench.interval import Interval


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that was not the same before and after: a possible reason, no proof."""

    what: str
    before: str
    after: str


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of one machine, model and load that changed its level at run `since`.

    `ratio` is the new level over the old one; it became known with run `seen_with`. `words` is
    "faster", "slower", "less energy" or "more energy".
    """

    machine: str
    model: str
    load: str
    workload: str
    metric: str
    since: str
    since_at: str
    seen_with: str
    ratio: float
    ci95: Interval
    words: str
    causes: tuple[Cause, ...]


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """An API's price that differs between two runs with advice, in USD per million tokens."""

    name: str
    input_before: float | None
    input_after: float | None
    output_before: float | None
    output_after: float | None
    as_of: str | None


class MoneyDrift(msgspec.Struct, frozen=True, kw_only=True):
    """The advice of a machine that became another from one run to the next.

    Months are the simple break-even against `baseline`; null is never.
    """

    machine: str
    run: str
    run_at: str
    before_run: str
    baseline: str | None
    decision_before: str
    decision_after: str
    months_before: float | None
    months_after: float | None
    prices: tuple[PriceChange, ...]
    causes: tuple[Cause, ...]


class Drifts(msgspec.Struct, frozen=True, kw_only=True):
    """What changed over the runs that were looked at, newest first (`advisor.drift/1`)."""

    schema: Literal["advisor.drift/1"] = "advisor.drift/1"
    runs: int
    measured: tuple[Drift, ...]
    money: tuple[MoneyDrift, ...]
