"""What does a comparison say? `advisor.comparison/1`, every side against the first."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.bench.interval import Interval


class SidePart(msgspec.Struct, frozen=True, kw_only=True):
    """One side: its runs (newest first), their machines, and what the newest was measured on."""

    name: str
    runs: tuple[str, ...]
    machines: tuple[str, ...]
    measured_on: str
    model: str
    synthetic: bool


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the comparison key that is not the same on all sides, though it was allowed."""

    part: str
    values: dict[str, tuple[str, ...]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one load, `side` against the first one.

    `ratio` is of the sides' medians over their runs, `values` these medians. `basis` is "runs"
    where the interval is resampled by run, "within the runs" where there are too few; `p` is
    corrected for all lines of the comparison. `verdict` is "better", "worse", "no difference shown"
    or "too few data", `words` the same for this metric ("faster").
    """

    side: str
    metric: str
    load: str
    workload: str
    values: tuple[float, float]
    unit: str
    runs: tuple[int, int]
    ratio: float
    ci95: Interval
    basis: str
    p: float | None
    verdict: str
    words: str


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """The geometric mean of a metric's ratios over `lines` loads and workloads."""

    side: str
    metric: str
    lines: int
    ratio: float
    ci95: Interval


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """What the advice says of a side's newest run, all sides under the same scenario."""

    side: str
    decision: str
    baseline: str | None
    local_usd_per_month: float | None
    local_usd_per_mtok: float | None
    break_even_months_simple: float | None
    break_even_months_full: float | None
    utilization: float | None
    box_price_usd: float | None


class Crossed(msgspec.Struct, frozen=True, kw_only=True):
    """A line that crosses a limit of `--fail-on`."""

    limit: str
    side: str
    load: str
    workload: str
    change: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Sides against the first one, at the loads that they share (`advisor.comparison/1`)."""

    schema: Literal["advisor.comparison/1"] = "advisor.comparison/1"
    sides: tuple[SidePart, ...]
    differences: tuple[Difference, ...]
    money: tuple[Money, ...]
    lines: tuple[Line, ...]
    means: tuple[Mean, ...]
    crossed: tuple[Crossed, ...]
    notes: tuple[str, ...]
    unknown: dict[str, str]
