"""What does it cost to wait some months, look, and only then choose?

Two stages. Until month k the work stays where it is (at the API); then the action is chosen that
looks cheapest by what was seen meanwhile. Its row `costs_usd[scenario]` stands in the matrix beside
the actions of today, and its worth is what it saves over the best of them: the value of what is
learnt less the price of the delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.foresight import chosen_costs
from advisor.economics.information import Worth, worth_of
from advisor.economics.regret import cost_matrix
from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting `months` and then choosing. `net_usd = information.usd - delay_usd`: above 0, waiting
    is cheaper on average than the best choice today. `delay_usd` may be below 0, where later is
    cheaper even without learning anything."""

    months: int
    costs_usd: NDArray[np.float64]
    information: Worth
    delay_usd: float
    net: Worth

    @property
    def mean_cost_usd(self) -> float:
        return float(self.costs_usd.mean())


def wait(
    months: int, today_usd: ArrayLike, later_usd: ArrayLike, chosen: NDArray[np.intp]
) -> Waiting:
    """Waiting, valued against acting today.

    `today_usd[action, scenario]` are the costs of acting now; `later_usd` those of waiting and
    then acting, waiting months included (see `delayed_usd`); both over the same scenarios and the
    same horizon. `chosen[scenario]` is the row of `later_usd` taken after the wait: `choices` of
    what will have been seen, or `best_choices` for a bound. Raises InputError where the scenarios
    differ.
    """
    import numpy as np

    today, later = cost_matrix(today_usd), cost_matrix(later_usd)
    if today.shape[1] != later.shape[1]:
        raise InputError("the costs of waiting", why="they need the scenarios of the costs today")
    row = chosen_costs(later, chosen)
    best_today = today[int(today.mean(axis=1).argmin())]
    saved = best_today - row
    error = float(saved.std(ddof=1) / np.sqrt(len(saved))) if len(saved) > 1 else 0.0
    return Waiting(
        months=months,
        costs_usd=row,
        information=worth_of(later, chosen),
        delay_usd=float(later.mean(axis=1).min() - best_today.mean()),
        net=Worth(float(saved.mean()), error),
    )


def delayed_usd(
    until_usd: ArrayLike, whole_usd: ArrayLike, purchase_usd: ArrayLike, stays_at: int
) -> NDArray[np.float64]:
    """Each action's cost in each scenario when it starts after some months at action `stays_at`.

    `until_usd[action, scenario]` and `whole_usd[action, scenario]` are the running costs of the
    months waited and of the whole horizon, `purchase_usd[action, scenario]` what buying costs when
    the wait ends, less what it will still sell for at the horizon; all in today's money. Raises
    InputError where they do not belong together.
    """
    until, whole, purchase = (cost_matrix(each) for each in (until_usd, whole_usd, purchase_usd))
    if not until.shape == whole.shape == purchase.shape or not 0 <= stays_at < len(until):
        raise InputError("the costs of waiting", why="they need the same actions and scenarios")
    delayed: NDArray[np.float64] = until[stays_at] + (whole - until) + purchase
    return delayed
