"""How hard is a server pressed? So many streams at once, or so many requests a second."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate


class Arrivals(StrEnum):
    """How requests of an open loop follow each other."""

    POISSON = "poisson"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Level:
    """One load: `concurrency` streams (closed loop), or `rate_per_s` requests (open loop)."""

    concurrency: int | None = None
    rate_per_s: float | None = None
    arrivals: Arrivals = Arrivals.POISSON

    @property
    def size(self) -> float:
        """The number that is raised to press harder."""
        return float(self.concurrency or self.rate_per_s or 0)

    def __str__(self) -> str:
        if self.concurrency is not None:
            return f"concurrency {self.concurrency}"
        return f"{self.rate_per_s:g} requests/s"


def planned_starts_ns(
    rate_per_s: float, seconds: float, arrivals: Arrivals, seed: int
) -> list[int]:
    """When each request of an open loop is due, in ns from the start of the load.

    Poisson arrivals have exponential gaps; the first request is due after the first gap. There is
    at least one.
    """
    drawn = random.Random(seed)
    gap_s = 1 / rate_per_s
    count = max(1, round(rate_per_s * seconds))
    if arrivals is Arrivals.CONSTANT:
        return [round(i * gap_s * 1e9) for i in range(count)]
    gaps_s = (drawn.expovariate(rate_per_s) for _ in range(2 * count + 10))
    starts = [round(at_s * 1e9) for at_s in accumulate(gaps_s) if at_s < seconds]
    return starts or [0]
