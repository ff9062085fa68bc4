"""What do a million outcomes come to? Quantiles, chances, and which input moves them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.regret import TIE
from advisor.economics.simulation.distributions import Distribution
from advisor.economics.simulation.engine import follow_draws
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler

if TYPE_CHECKING:
    from advisor.economics.simulation.normal import Floats

TENTHS = (0.1, 0.5, 0.9)
BINS = 50
MOST_FOR_VARIANCE = 200_000
TRIED = 256
SAME = 1e-12
"""Costs that differ by less than this part are the same but for rounding."""


def quantiles(values: Floats, shares: Sequence[float] = TENTHS) -> tuple[float, ...]:
    """The smallest values that at least these shares do not exceed; nan counts as infinite."""
    import numpy as np

    ordered = np.where(np.isnan(values), np.inf, values)
    places = [max(0, math.ceil(share * len(ordered)) - 1) for share in shares]
    ordered.partition(places)
    return tuple(float(ordered[place]) for place in places)


def cheapest(costs_usd: Floats) -> tuple[float, ...]:
    """How often each action (row) is the cheapest; those that differ by rounding alone share the
    scenario, as a box and a split that leaves it everything do."""
    import numpy as np

    least = costs_usd.min(axis=0)
    best = costs_usd - least <= TIE * np.abs(costs_usd).max(axis=0)
    return tuple((best / best.sum(axis=0)).mean(axis=1).tolist())


def moving(plan: Plan, sampler: Sampler) -> frozenset[str]:
    """The keys on which a cost depends: one that in any of the first `TRIED` scenarios is another
    with the key at its median."""
    import numpy as np

    keys = sorted(sampler.distributions)
    drawn = sampler.draw(0, TRIED)
    draws = {key: np.tile(values, len(keys) + 1) for key, values in drawn.items()}
    for index, key in enumerate(keys, start=1):
        draws[key][index * TRIED : (index + 1) * TRIED] = sampler.distributions[key].median
    count = TRIED * (len(keys) + 1)
    costs = follow_draws(plan, draws, count).costs_usd.reshape(-1, len(keys) + 1, TRIED)
    differ = np.abs(costs[:, 1:] - costs[:, :1]) > SAME * np.abs(costs[:, :1])
    return frozenset(key for index, key in enumerate(keys) if np.any(differ[:, index]))


@dataclass(frozen=True, slots=True)
class Bar:
    """One input at its P10 and P90: the saving over the baseline in USD, and the break-even month
    against it (nan: never)."""

    key: str
    values: tuple[float, float]
    saving_usd: tuple[float, float]
    break_even_months: tuple[float, float]

    @property
    def swing_usd(self) -> float:
        return abs(self.saving_usd[1] - self.saving_usd[0])


def tornado(plan: Plan, distributions: Mapping[str, Distribution]) -> tuple[float, tuple[Bar, ...]]:
    """The saving with every input at its median, and a bar for each input, widest first."""
    import numpy as np

    keys = sorted(distributions)
    count = 2 * len(keys) + 1
    draws = {key: np.full(count, distributions[key].median) for key in keys}
    for index, key in enumerate(keys):
        ends = distributions[key].quantile(np.array([0.1, 0.9]))
        draws[key][2 * index + 1 : 2 * index + 3] = ends
    found = follow_draws(plan, draws, count)
    saving = found.costs_usd[plan.baseline] - found.costs_usd[len(plan.apis)]
    months = found.break_even_months[plan.baseline]

    def pair(values: Floats, index: int) -> tuple[float, float]:
        return float(values[2 * index + 1]), float(values[2 * index + 2])

    bars = [
        Bar(key, pair(draws[key], index), pair(saving, index), pair(months, index))
        for index, key in enumerate(keys)
    ]
    return float(saving[0]), tuple(sorted(bars, key=lambda bar: (-bar.swing_usd, bar.key)))


def variance_shares(sampler: Sampler, outcomes: Floats) -> dict[str, float] | None:
    """The share of the outcomes' variance that each input explains alone: `Var(E[Y|X])/Var(Y)`.

    The correlation ratio over bins of equal probability, freed of its bias as R squared is. None
    where the outcomes do not vary. Correlated inputs explain some of the same variance.
    """
    import numpy as np

    outcomes = outcomes[:MOST_FOR_VARIANCE]
    count, spread = len(outcomes), float(np.var(outcomes))
    if count <= BINS or spread <= (1e-9 * float(np.abs(outcomes).max())) ** 2:
        return None
    centered = outcomes - outcomes.mean()
    found = {}
    for key, shares in sampler.shares(0, count).items():
        bins = np.minimum((shares * BINS).astype(np.intp), BINS - 1)
        sizes = np.bincount(bins, minlength=BINS)
        sums = np.bincount(bins, weights=centered, minlength=BINS)
        between = float((sums**2 / np.maximum(sizes, 1)).sum()) / count / spread
        found[key] = max(0.0, 1.0 - (1.0 - between) * (count - 1) / (count - BINS))
    return found
