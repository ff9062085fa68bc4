"""What is it worth to know more before deciding: everything, one input, or one measurement?

All from one matrix `costs_usd[action, scenario]` of draws and the inputs that made them. The worth
is what the informed choice saves on average over the best choice today:

- everything (EVPI): `min over a of E[cost] - E[min over a of cost]`;
- some inputs x (EVPPI): `min over a of E[cost] - E[min over a of E[cost | x]]`;
- a measurement y of them (EVSI): the same with y, which is x and an error.

The terms are Raiffa and Schlaifer's. E[. | x] comes from the draws, see `foresight`. EVSI needs no
nested simulation: one measurement is drawn for each scenario and treated as the input seen (Strong,
Oakley, Brennan and Breeze, Medical Decision Making 35(5), 2015, doi:10.1177/0272989X15575286); no
shape of the prior is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.foresight import best_choices, choices, chosen_costs
from advisor.economics.regret import cost_matrix
from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Worth:
    """A value in USD and the standard error that the finite number of draws leaves it."""

    usd: float
    standard_error_usd: float


def perfect_information(costs_usd: ArrayLike) -> Worth:
    """EVPI: what knowing every input exactly would save. It bounds every other worth from above,
    and equals the expected regret of the best action today."""
    return worth_of(costs_usd, best_choices(costs_usd))


def partial_information(costs_usd: ArrayLike, inputs: ArrayLike) -> Worth:
    """EVPPI: what knowing one input (`inputs[scenario]`) or a group (`inputs[input, scenario]`)
    exactly would save. Between 0 and EVPI in every sample."""
    return worth_of(costs_usd, choices(costs_usd, inputs))


def sample_information(costs_usd: ArrayLike, measured: ArrayLike) -> Worth:
    """EVSI: what deciding after a measurement saves, `measured` being one simulated reading a
    scenario (see `readings`). Between 0 and EVPI in every sample."""
    return worth_of(costs_usd, choices(costs_usd, measured))


def readings(
    truth: ArrayLike, error_sd: float, *, observations: float = 1.0, seed: int
) -> NDArray[np.float64]:
    """One simulated reading of an input in each scenario: the truth and a normal error of
    `error_sd / sqrt(observations)`, in the input's own unit.

    The mean of n months of logs has n observations. Of a positive input whose error is a share of
    it (use that swings by 30 % from month to month), give the logarithm and the share. Equal seeds
    give equal readings, and more observations shrink the same errors. Raises InputError for an
    error below 0 or no observation.
    """
    import numpy as np

    if not (np.isfinite(error_sd) and error_sd >= 0 and observations > 0):
        raise InputError(
            "the error of a measurement",
            why="it must be a finite number, 0 or above, of more than no observations",
        )
    true = np.asarray(truth, dtype=np.float64)
    errors = np.random.default_rng(seed).standard_normal(true.shape)
    return np.asarray(true + errors * (error_sd / np.sqrt(observations)), dtype=np.float64)


def worth_of(costs_usd: ArrayLike, chosen: NDArray[np.intp]) -> Worth:
    """What choosing `chosen[scenario]` saves over one choice for all, on average."""
    import numpy as np

    costs = cost_matrix(costs_usd)
    best_today = costs[int(costs.mean(axis=1).argmin())]
    saved = best_today - chosen_costs(costs, chosen)
    error = float(saved.std(ddof=1) / np.sqrt(len(saved))) if len(saved) > 1 else 0.0
    return Worth(max(0.0, float(saved.mean())), error)
