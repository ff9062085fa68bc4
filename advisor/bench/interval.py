"""How is a number written down that is not exact?"""

from __future__ import annotations

import msgspec

Interval = tuple[float, float]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate of the whole server and its 95 % confidence interval."""

    value: float
    ci95: Interval | None
