"""What does an amount cost whose price changes from some amount on?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from advisor.errors import InputError


@dataclass(frozen=True, slots=True)
class Tiers:
    """A rising, piecewise linear cost: each unit beyond `above[i]` costs `rate[i]`, up to the next.

    Raises InputError unless the limits start at 0 and rise and no rate is below 0.
    """

    above: tuple[float, ...] = (0.0,)
    rate: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        rises = all(low < high for low, high in pairwise(self.above))
        if len(self.above) != len(self.rate) or self.above[:1] != (0.0,) or not rises:
            raise InputError("the tiers", why="they need rising limits from 0 on, a rate for each")
        if not all(0 <= rate < float("inf") for rate in self.rate):
            raise InputError("the tiers", why="every rate must be a finite number, 0 or above")

    @classmethod
    def flat(cls, rate: float) -> Tiers:
        """The same rate for every unit."""
        return cls((0.0,), (rate,))

    def total(self, amount: float) -> float:
        """The cost of this amount."""
        ends = (*self.above[1:], float("inf"))
        return sum(
            (
                rate * (min(amount, end) - start)
                for start, end, rate in zip(self.above, ends, self.rate, strict=True)
                if amount > start
            ),
            0.0,
        )


LINEAR = Tiers()
"""Charged as listed."""
