"""Within what does a predicted figure lie?"""

from __future__ import annotations

import msgspec


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The 10th, 50th and 90th percentile of what is expected."""

    p10: float
    p50: float
    p90: float

    def times(self, factor: float) -> Band:
        """The band of a quantity that is so many times this one."""
        return Band(factor * self.p10, factor * self.p50, factor * self.p90)

    def under(self, total: float) -> Band:
        """The band of a total over this quantity: what is high here is low there."""
        return Band(total / self.p90, total / self.p50, total / self.p10)

    def at_most(self, most: Band) -> Band:
        """The band with none of its percentiles above that of the other."""
        return Band(min(self.p10, most.p10), min(self.p50, most.p50), min(self.p90, most.p90))
