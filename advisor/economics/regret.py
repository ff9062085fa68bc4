"""How bad would each choice be if the future turned out differently?

Regret of an action in a scenario is its cost there minus the cost of the best action there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.errors import InputError


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
