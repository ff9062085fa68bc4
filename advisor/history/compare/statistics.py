"""Is one side's number another than the other's, and how sure is that?

The run is what is resampled, never the token: the requests of one run share its weather. With
LEAST_RUNS runs a side the ratio of medians has a bootstrap interval over runs. Whether the sides
differ is tested by rank sums (Mann and Whitney, Ann. Math. Statist. 18, 1947) under permutations of
the runs, and corrected for the number of lines by the largest of them in each permutation
(Westfall and Young, "Resampling-Based Multiple Testing", 1993): metrics of the same runs rise and
fall together, which a correction by their number alone would take for independent. With fewer runs
only their own intervals and an assumed spread from run to run tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import mean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_RUNS = 4
RESAMPLES = 4_000
SEED = 7
ALPHA = 0.05
PRACTICAL = 0.03
"""A difference smaller than this share is none that matters."""
RUN_TO_RUN = 0.05
"""Standard deviation from run to run as a share, where too few runs show it: assumed. The same
build on the same two-core virtual machine was seen to differ by 10 to 15 % between extremes."""
MOST_PERMUTATIONS = 13_000
Z95 = 1.959964


class Basis(StrEnum):
    """What an interval stands on."""

    RUNS = "runs"
    WITHIN = "within the runs"


class Verdict(StrEnum):
    """What may be said of a difference."""

    BETTER = "better"
    WORSE = "worse"
    NONE = "no difference shown"
    TOO_FEW = "too few data"


@dataclass(frozen=True, slots=True)
class Value:
    """One run's number and its own 95 % interval, if it has one."""

    value: float
    ci95: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """The other side's median over the base's and its 95 % interval."""

    ratio: float
    ci95: tuple[float, float]
    basis: Basis


def compared(base: Sequence[Value], other: Sequence[Value]) -> Ratio:
    """The ratio of two sides, each with one positive value a run and at least one run."""
    ratio = median(each.value for each in other) / median(each.value for each in base)
    if not enough(base, other):
        half = Z95 * math.hypot(_spread(base), _spread(other))
        return Ratio(ratio, (ratio * math.exp(-half), ratio * math.exp(half)), Basis.WITHIN)
    return Ratio(ratio, _bootstrap(base, other), Basis.RUNS)


def enough(base: Sequence[object], other: Sequence[object]) -> bool:
    """Whether both sides have so many runs that their spread shows."""
    return min(len(base), len(other)) >= LEAST_RUNS


def verdict(found: Ratio, p: float | None, *, lower_is_better: bool) -> Verdict:
    """What may be said, with the corrected p of the test (None: too few runs for one).

    A difference counts if it is shown and matters in practice.
    """
    low, high = found.ci95
    beyond = low > 1 or high < 1
    shown = beyond and (p is None or p <= ALPHA)
    if shown and abs(found.ratio - 1) >= PRACTICAL:
        return Verdict.BETTER if (found.ratio < 1) == lower_is_better else Verdict.WORSE
    settled = low >= 1 - PRACTICAL and high <= 1 + PRACTICAL
    return Verdict.NONE if settled or p is not None else Verdict.TOO_FEW


def geometric_mean(ratios: Sequence[Ratio]) -> tuple[float, tuple[float, float]]:
    """Of ratios, with an interval as if all were wrong in the same direction: they come from the
    same runs."""
    middle = mean(math.log(each.ratio) for each in ratios)
    half = mean(math.log(each.ci95[1] / each.ci95[0]) / 2 for each in ratios)
    return math.exp(middle), (math.exp(middle - half), math.exp(middle + half))


def corrected_p(base: Floats, other: Floats) -> list[float]:
    """One p a line, for rows of runs and columns of lines; NaN where a run lacks a line."""
    import numpy as np

    pooled = np.vstack([base, other])
    ranks, there = _ranks(pooled), ~np.isnan(pooled)
    chosen = _permutations(len(pooled), len(base))
    counts = chosen @ there
    total = there.sum(axis=0)
    centre = np.where(there, (total + 1) / 2, 0.0)
    spread = ((ranks - centre) ** 2).sum(axis=0) / np.maximum(total - 1, 1)
    deviation = np.sqrt(counts * (1 - counts / np.maximum(total, 1)) * spread)
    away = np.abs(chosen @ ranks - counts * (total + 1) / 2)
    scores = np.divide(away, deviation, out=np.zeros_like(away), where=deviation > 0)
    largest = scores.max(axis=1)
    return [float((largest >= scores[0, line] - 1e-9).mean()) for line in range(scores.shape[1])]


def _permutations(runs: int, of_base: int) -> Floats:
    """Which runs are taken for the base's: a row each, the true one first. All ways, or many."""
    import numpy as np

    true_one = np.zeros(runs)
    true_one[:of_base] = 1
    if math.comb(runs, of_base) > MOST_PERMUTATIONS:
        random = np.random.default_rng(SEED)
        drawn = random.permuted(np.tile(true_one, (MOST_PERMUTATIONS, 1)), axis=1)
        return np.vstack([true_one, drawn])
    ways = np.zeros((math.comb(runs, of_base), runs))
    for row, chosen in enumerate(combinations(range(runs), of_base)):
        ways[row, list(chosen)] = 1
    return ways


def _ranks(values: Floats) -> Floats:
    """The rank of each in its column, equal ones sharing theirs; 0 where there is none."""
    import numpy as np

    below = (values[None, :, :] < values[:, None, :]).sum(axis=1)
    equal = (values[None, :, :] == values[:, None, :]).sum(axis=1)
    return np.where(np.isnan(values), 0.0, below + (equal + 1) / 2)


def _bootstrap(base: Sequence[Value], other: Sequence[Value]) -> tuple[float, float]:
    import numpy as np

    random = np.random.default_rng(SEED)
    medians = [
        np.median(random.choice([each.value for each in side], size=(RESAMPLES, len(side))), axis=1)
        for side in (base, other)
    ]
    low, high = np.percentile(medians[1] / medians[0], [2.5, 97.5])
    return float(low), float(high)


def _spread(side: Sequence[Value]) -> float:
    """The standard error of a side's median on the log scale: within the runs, and between."""
    within = [(each.ci95[1] - each.ci95[0]) / 2 / Z95 / each.value for each in side if each.ci95]
    return math.sqrt((mean(within) ** 2 if within else 0.0) + RUN_TO_RUN**2) / math.sqrt(len(side))
