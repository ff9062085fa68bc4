"""How far off may the figures be that stand in where nobody told them? As far as the guide goes."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.advice.scenario import GUIDES_FIGURES
from advisor.advice.uncertain_forms import bounds
from advisor.economics.simulation.distributions import Distribution, Quantiles

GUIDES_RANGES = {
    "usage.input_tokens_per_month": (0.5, 50 / 12),
    "usage.output_tokens_per_month": (0.5, 50 / 12),
    "box.price_usd": (0.75, 1.5),
}
"""The guide's teams use 6, 12 or 50 M tokens a month, its boxes cost $1,500 to $3,000: the ends as
parts of the figure that stands in, taken as P10 and P90."""


def guessed_distributions(guessed: Sequence[str]) -> dict[str, Distribution]:
    """The keys that took the guide's figure, each with the range that the guide speaks of."""
    found: dict[str, Distribution] = {}
    for key in guessed:
        if key in GUIDES_RANGES:
            figure, (low, high) = float(GUIDES_FIGURES[key]), GUIDES_RANGES[key]
            found[key] = Quantiles(low * figure, figure, high * figure, *bounds(key))
    return found
