"""How much time went by, and did the machine sleep meanwhile?

While a machine sleeps its monotonic clock stands still on macOS and Linux; the wall clock goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

PARTED_S = 5.0
"""More than clocks are set by while they run; less than any sleep worth the name."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Both clocks, in seconds."""

    wall_s: float
    monotonic_s: float

    def since(self, earlier: Moment) -> float:
        """Seconds gone by, sleep included; setting the wall clock back does not shorten them."""
        return max(self.wall_s - earlier.wall_s, self.monotonic_s - earlier.monotonic_s)

    def parted_from(self, earlier: Moment) -> float | None:
        """By how much the clocks have parted, in seconds; None if they went together."""
        wall_s, monotonic_s = self.wall_s - earlier.wall_s, self.monotonic_s - earlier.monotonic_s
        apart_s = wall_s - monotonic_s
        return apart_s if abs(apart_s) > PARTED_S else None


def read_clocks() -> Moment:
    """Now."""
    return Moment(time.time(), time.monotonic())


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to let some pass."""

    now: Callable[[], Moment] = read_clocks
    sleep: Callable[[float], None] = time.sleep
