"""How do a million scenarios get through the months in a second? In chunks, on all cores.

numpy lets go of the interpreter inside each operation, so threads share the work. A scenario's
numbers depend on its own number only: the same seed gives the same bytes whatever the chunks and
the threads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.simulation.by_month import follow_by_month, running_by_month
from advisor.economics.simulation.components import parts, summable
from advisor.economics.simulation.months import Followed, follow
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.normal import Floats

CHUNK = 131_072
"""Scenarios in one piece. Threads wait for each other at every operation on smaller ones, which
costs more than the processor's cache wins (`benchmarks/monte_carlo.py`)."""
MONTHLY_CHUNK = 8192
"""The same for costs that are followed month by month, where the cache wins."""
MOST_MONTHLY = 100_000_000
"""Numbers of a month by month result: 800 MB."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """`costs_usd[action, scenario]`: discounted totals over the horizon. By API and scenario:
    `break_even_months` (nan: never within the horizon), and how often the cheaper side changes."""

    actions: tuple[str, ...]
    costs_usd: Floats
    break_even_months: Floats
    crossings: NDArray[np.uint16]


def simulate(
    plan: Plan,
    sampler: Sampler,
    scenarios: int,
    *,
    threads: int | None = None,
    chunk: int | None = None,
) -> Simulated:
    """Every action's cost in every scenario.

    Local costs must be known (`local_cost.electricity`), and busy hours where a GPU is rented by
    those or a hybrid is asked for.
    """
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    actions, apis = plan.actions, len(plan.apis)
    size = chunk or (MONTHLY_CHUNK if summable(parts(plan, {}, 1)) is None else CHUNK)
    costs = np.empty((len(actions), scenarios))
    months = np.empty((apis, scenarios))
    crossings = np.empty((apis, scenarios), dtype=np.uint16)

    def run(start: int) -> None:
        end = min(start + size, scenarios)
        found = follow_scenarios(plan, sampler, start, end - start)
        costs[:, start:end] = found.costs_usd
        months[:, start:end] = found.break_even_months
        crossings[:, start:end] = found.crossings

    starts = range(0, scenarios, size)
    workers = min(threads or os.cpu_count() or 1, len(starts))
    if workers <= 1:
        for start in starts:
            run(start)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, starts))
    return Simulated(actions, costs, months, crossings)


def follow_scenarios(plan: Plan, sampler: Sampler, start: int, count: int) -> Followed:
    """Scenarios `start` to `start + count`, in one piece."""
    return follow_draws(plan, sampler.draw(start, count), count)


def follow_draws(plan: Plan, draws: Mapping[str, Floats], count: int) -> Followed:
    """The scenarios of these draws; what they leave out stands as in the plan."""
    found, months = parts(plan, draws, count), plan.case.horizon.months
    flows = summable(found)
    if flows is not None:
        return follow(flows, months, plan.baseline)
    return follow_by_month(found, months, plan.baseline)


def monthly_costs(plan: Plan, sampler: Sampler, scenarios: int) -> Floats:
    """`[action, month, scenario]`: what each action costs to run in each month, in today's money.

    Neither purchase nor resale is in it. Raises ValueError for more than `MOST_MONTHLY` numbers.
    """
    import numpy as np

    months = plan.case.horizon.months
    if len(plan.actions) * months * scenarios > MOST_MONTHLY:
        raise ValueError(f"{scenarios} scenarios of {months} months are too many at once")
    costs = np.empty((len(plan.actions), months, scenarios))
    for start in range(0, scenarios, MONTHLY_CHUNK):
        end = min(start + MONTHLY_CHUNK, scenarios)
        found = parts(plan, sampler.draw(start, end - start), end - start)
        for month, rows in enumerate(running_by_month(found, months, plan.baseline)):
            for row, usd in enumerate(rows):
                costs[row, month, start:end] = usd
    return costs
