"""What does a kilowatt-hour cost where its price rises with what a month has drawn already?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Blocks:
    """A tariff by blocks, and what the site draws without the box.

    `limits_kwh` are the month's totals up to which each price holds, rising; the last price has no
    limit. The box comes on top of `other_kwh_per_month`, so it pays the blocks above that.
    """

    limits_kwh: tuple[float, ...]
    usd_per_kwh: tuple[float, ...]
    other_kwh_per_month: float = 0.0

    def usd(self, kwh: float) -> float:
        """What `kwh` more than the rest of the site cost in a month, in USD.

        `sum over blocks of price * (the part of [other, other + kwh] inside the block)`.
        """
        start, end = self.other_kwh_per_month, self.other_kwh_per_month + kwh
        return sum(
            price * max(0.0, min(end, upper) - max(start, lower))
            for lower, upper, price in self._blocks()
        )

    @property
    def first_usd_per_kwh(self) -> float:
        """The price of the box's first kilowatt-hour."""
        return next(p for _, upper, p in self._blocks() if self.other_kwh_per_month < upper)

    @property
    def kinks_kwh(self) -> tuple[float, ...]:
        """The box's own kilowatt-hours at which the next block begins."""
        above = (limit - self.other_kwh_per_month for limit in self.limits_kwh)
        return tuple(kwh for kwh in above if kwh > 0)

    def scaled(self, factor: float) -> Blocks:
        """Every price times `factor`."""
        return replace(self, usd_per_kwh=tuple(price * factor for price in self.usd_per_kwh))

    def raised(self, usd_per_kwh: float) -> Blocks:
        """Every price with so much on top."""
        return replace(self, usd_per_kwh=tuple(price + usd_per_kwh for price in self.usd_per_kwh))

    def _blocks(self) -> Iterator[tuple[float, float, float]]:
        bounds = (0.0, *self.limits_kwh, float("inf"))
        yield from zip(bounds, bounds[1:], self.usd_per_kwh, strict=False)
