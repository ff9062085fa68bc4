"""How bad would each choice be if the future turned out differently?

Regret of an action in a scenario is its cost there minus the cost of the best action there.
`regrets` tells all of a small table; `regret_summary` sums up a matrix of a million scenarios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

TIE = 1e-9
"""Actions that differ by less than this part of the costs compared are equally good."""


@dataclass(frozen=True, slots=True)
class Regrets:
    """Regret in USD by action (rows) and scenario (columns), and each action's worst and mean."""

    usd: tuple[tuple[float, ...], ...]

    @property
    def worst_usd(self) -> tuple[float, ...]:
        """Each action's largest regret."""
        return tuple(max(row) for row in self.usd)

    @property
    def minimax(self) -> int:
        """The action whose largest regret is smallest; the first of equals."""
        return self.worst_usd.index(min(self.worst_usd))

    def expected_usd(self, weights: Sequence[float]) -> tuple[float, ...]:
        """Each action's mean regret with these weights of the scenarios, which need not sum to 1.

        Raises InputError unless there is one weight a scenario, none negative, one positive.
        """
        if len(weights) != len(self.usd[0]) or min(weights) < 0 or sum(weights) <= 0:
            raise InputError(
                "the weights of the scenarios",
                why="each scenario needs one weight, none below 0 and one above",
            )
        total = sum(weights)
        return tuple(
            sum(regret * weight for regret, weight in zip(row, weights, strict=True)) / total
            for row in self.usd
        )


def regrets(costs_usd: Sequence[Sequence[float]]) -> Regrets:
    """Regrets of a matrix of costs, one row an action, one column a scenario.

    Raises InputError when the rows are empty or differ in length.
    """
    lengths = {len(row) for row in costs_usd}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError("the costs", why="every action needs one cost in every scenario")
    best = [min(column) for column in zip(*costs_usd, strict=True)]
    return Regrets(
        tuple(
            tuple(cost - least for cost, least in zip(row, best, strict=True)) for row in costs_usd
        )
    )


@dataclass(frozen=True, slots=True)
class RegretSummary:
    """Each action's regret over many scenarios in USD, in the order of the matrix.

    `worst_usd` is the largest that was drawn: where an input has no upper bound it grows with the
    number of draws, so `p95_usd` stands beside it. `minimax` and `least_expected` name every
    action that ties for the smallest worst and the smallest mean regret, first first.
    """

    mean_cost_usd: tuple[float, ...]
    expected_usd: tuple[float, ...]
    standard_error_usd: tuple[float, ...]
    p95_usd: tuple[float, ...]
    worst_usd: tuple[float, ...]
    minimax: tuple[int, ...]
    least_expected: tuple[int, ...]


def regret_summary(costs_usd: ArrayLike, weights: Sequence[float] | None = None) -> RegretSummary:
    """Sums up the regrets of `costs_usd[action, scenario]`.

    `weights`, one a scenario, need not sum to 1; without them every scenario counts alike. The
    standard error is that of independent draws, `sd * sqrt(sum w^2) / sum w`. The action with the
    least mean cost also has the least mean regret, since both differ by the mean of the best.
    Raises InputError for costs or weights that cannot be used.
    """
    import numpy as np

    costs = cost_matrix(costs_usd)
    shares = _shares(weights, costs.shape[1])
    regret = costs - costs.min(axis=0)
    expected = regret @ shares
    variance = np.maximum((regret**2) @ shares - expected**2, 0.0)
    error = np.sqrt(variance * float(shares @ shares))
    worst = regret[:, shares > 0].max(axis=1)
    scale = float(np.abs(costs).max())
    return RegretSummary(
        mean_cost_usd=_plain(costs @ shares),
        expected_usd=_plain(expected),
        standard_error_usd=_plain(error),
        p95_usd=tuple(_p95(row, shares) for row in regret),
        worst_usd=_plain(worst),
        minimax=_smallest(worst, scale),
        least_expected=_smallest(expected, scale),
    )


def cost_matrix(costs_usd: ArrayLike) -> NDArray[np.float64]:
    """The costs as a matrix of actions by scenarios. Raises InputError unless all are finite."""
    import numpy as np

    try:
        costs = np.asarray(costs_usd, dtype=np.float64)
    except ValueError as error:
        raise InputError(
            "the costs", why="every action needs one cost in every scenario"
        ) from error
    if costs.ndim != 2 or costs.size == 0:
        raise InputError("the costs", why="every action needs one cost in every scenario")
    if not np.isfinite(costs).all():
        raise InputError("the costs", why="every cost must be a finite number of dollars")
    return costs


def _shares(weights: Sequence[float] | None, scenarios: int) -> NDArray[np.float64]:
    import numpy as np

    if weights is None:
        return np.full(scenarios, 1.0 / scenarios)
    given = np.asarray(weights, dtype=np.float64)
    total = float(given.sum()) if given.shape == (scenarios,) else 0.0
    if not (np.isfinite(total) and total > 0 and (given >= 0).all()):
        raise InputError(
            "the weights of the scenarios",
            why="each scenario needs one weight, none below 0 and one above",
        )
    return np.asarray(given / total, dtype=np.float64)


def _p95(regret: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """The smallest regret that at least 95 % of the weight does not exceed."""
    import numpy as np

    order = np.argsort(regret)
    reached = np.cumsum(shares[order])
    place = int(np.searchsorted(reached, 0.95 - TIE))
    return float(regret[order[min(place, len(order) - 1)]])


def _smallest(values: NDArray[np.float64], scale: float) -> tuple[int, ...]:
    least = values.min()
    return tuple(index for index, value in enumerate(values) if value - least <= TIE * scale)


def _plain(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
