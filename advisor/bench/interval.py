"""How is a number written down that is not exact?"""

from __future__ import annotations

import msgspec

Interval = tuple[float, float]


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """Of `n` values. `ci95` is the median's 95 % interval."""

    median: float
    mean: float
    p95: float
    p99: float
    n: int
    ci95: Interval | None


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate of the whole server and its 95 % confidence interval."""

    value: float
    ci95: Interval | None
