"""Which action would we choose in each scenario if we had seen this number first?

The choice uses nothing but the signal. A regression of the costs on the signal over the draws
(Strong, Oakley and Brennan, Medical Decision Making 34(3), 2014, doi:10.1177/0272989X13505910)
names the cheapest action for each value; then the draws are put into one group an action that it
names, and each group takes the action whose true costs are least on average *there*. So the
regression only draws the borders: a poor one loses part of the value and can never invent any
beyond the noise, and the value of what was seen lies between 0 and that of knowing everything in
every sample, not just on average (within each group, the mean of the least cost is at most the
least mean).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from advisor.economics.regret import cost_matrix
from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MOST_INPUTS = 12
"""Inputs seen together; beyond these a regression on draws says little."""
FITTED_ON = 16_384
"""Scenarios that the regression reads, evenly taken; all are then assigned."""
DRAWS_PER_TERM = 10
"""Fewer scenarios than this for each term of the regression would fit noise."""


def choices(costs_usd: ArrayLike, signal: ArrayLike) -> NDArray[np.intp]:
    """The action to take in each scenario by `signal` alone: one number a scenario, or one row
    an input `signal[input, scenario]`.

    The regression is piecewise linear in each input, with knots at its quantiles, and has the
    products of each two. Raises InputError for a signal that does not fit the costs, that is not
    finite, or for too few scenarios.
    """
    import numpy as np

    costs = cost_matrix(costs_usd)
    seen = _standardised(signal, costs.shape[1])
    prior = int(costs.mean(axis=1).argmin())
    if len(seen) == 0 or len(costs) == 1:
        return np.full(costs.shape[1], prior, dtype=np.intp)
    named = _cheapest_by_regression(costs, seen, prior)
    chosen = np.full(costs.shape[1], prior, dtype=np.intp)
    for action in range(len(costs)):
        group = named == action
        if group.any():
            chosen[group] = int(costs[:, group].mean(axis=1).argmin())
    return chosen


def most_inputs(wanted: int, scenarios: int) -> int:
    """How many of the inputs wanted so many scenarios let one see together."""
    for inputs in range(min(wanted, MOST_INPUTS), 0, -1):
        if DRAWS_PER_TERM * _most_terms(inputs) <= min(scenarios, FITTED_ON // 2):
            return inputs
    return 0


def best_choices(costs_usd: ArrayLike) -> NDArray[np.intp]:
    """The action to take in each scenario if everything were known: the cheapest there."""
    chosen: NDArray[np.intp] = cost_matrix(costs_usd).argmin(axis=0)
    return chosen


def chosen_costs(costs_usd: ArrayLike, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """What each scenario costs with the action that was chosen for it."""
    import numpy as np

    costs = cost_matrix(costs_usd)
    return costs[chosen, np.arange(costs.shape[1])]


def _standardised(signal: ArrayLike, scenarios: int) -> NDArray[np.float64]:
    """Rows of mean 0 and standard deviation 1; those that never vary tell nothing and are left
    out."""
    import numpy as np

    seen = np.atleast_2d(np.asarray(signal, dtype=np.float64))
    if seen.ndim != 2 or seen.shape[1] != scenarios or not 1 <= len(seen) <= MOST_INPUTS:
        raise InputError(
            "the values seen beforehand",
            why=f"they need one number a scenario, of 1 to {MOST_INPUTS} inputs",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        centred = seen - seen.mean(axis=1, keepdims=True)
        spread = centred.std(axis=1, keepdims=True)
    if not (np.isfinite(centred).all() and np.isfinite(spread).all()):
        raise InputError("the values seen beforehand", why="every one must be a finite number")
    varies = spread[:, 0] > 1e-12 * np.abs(seen).max(axis=1)
    return np.asarray(centred[varies] / spread[varies], dtype=np.float64)


def _cheapest_by_regression(
    costs: NDArray[np.float64], seen: NDArray[np.float64], prior: int
) -> NDArray[np.intp]:
    import numpy as np

    scenarios = costs.shape[1]
    step = -(-scenarios // FITTED_ON)
    knots = _knots(seen)
    terms = _terms(seen[:, ::step], knots)
    if terms.shape[0] < DRAWS_PER_TERM * terms.shape[1]:
        raise InputError(
            "the value of knowing an input",
            why=f"{scenarios} scenarios are too few for {len(seen)} inputs together",
            remedy=f"Draw at least {DRAWS_PER_TERM * terms.shape[1]:,} scenarios.",
        )
    more_than_prior = (costs[:, ::step] - costs[prior, ::step]).T
    weights, *_ = np.linalg.lstsq(terms, more_than_prior, rcond=None)
    named = np.empty(scenarios, dtype=np.intp)
    for start in range(0, scenarios, FITTED_ON):
        part = slice(start, start + FITTED_ON)
        named[part] = (_terms(seen[:, part], knots) @ weights).argmin(axis=1)
    return named


def _knots(seen: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Quantiles at which the regression may bend: seven an input, three where many are seen."""
    import numpy as np

    parts = _parts(len(seen))
    levels = np.arange(1, parts) / parts
    return [np.unique(np.quantile(row, levels)) for row in seen]


def _parts(inputs: int) -> int:
    return 8 if inputs <= 3 else 4


def _most_terms(inputs: int) -> int:
    """The constant, each input with its bends, and the products of each two."""
    return 1 + inputs * _parts(inputs) + inputs * (inputs - 1) // 2


def _terms(seen: NDArray[np.float64], knots: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    import numpy as np

    columns = [np.ones(seen.shape[1]), *seen]
    for row, bends in zip(seen, knots, strict=True):
        columns += [np.maximum(row - bend, 0.0) for bend in bends]
    columns += [seen[first] * seen[second] for first, second in combinations(range(len(seen)), 2)]
    return np.stack(columns, axis=1)
