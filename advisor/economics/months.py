"""How do use, API prices and money move over the months of a horizon?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.economics.inputs import Horizon


@dataclass(frozen=True, slots=True)
class Months:
    """For each month: use and API prices as factors of month 0's, and what a dollar at its end is
    worth today."""

    volume: tuple[float, ...]
    api_price: tuple[float, ...]
    discount: tuple[float, ...]

    @classmethod
    def of(cls, horizon: Horizon, growth_per_month: float = 0.0) -> Months:
        """`(1 + g)^t`, `(1 - d)^(t/12)`, and `(1 + m)^-(t + 1)` at the monthly rate m."""
        months = range(horizon.months)
        rate = horizon.discount_rate_per_month
        return cls(
            tuple(float((1.0 + growth_per_month) ** month) for month in months),
            tuple(horizon.api_price_factor(month) for month in months),
            tuple(float((1.0 + rate) ** -(month + 1)) for month in months),
        )

    def today_usd(self, usd_by_month: Sequence[float]) -> float:
        """The sum of monthly amounts in today's money."""
        return sum(usd * factor for usd, factor in zip(usd_by_month, self.discount, strict=True))
