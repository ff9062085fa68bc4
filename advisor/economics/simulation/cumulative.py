"""How far may either side's cost so far be off, month by month? The band around both curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.simulation.by_month import running_by_month
from advisor.economics.simulation.components import parts
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.simulation.spread import quantiles

if TYPE_CHECKING:
    from advisor.economics.simulation.normal import Floats

MOST_SCENARIOS = 4096
"""A curve's P10 and P90 are drawn, not counted on: so many scenarios show them to a pixel."""

Spread = tuple[float, ...]
"""P10, P50 and P90."""


@dataclass(frozen=True, slots=True)
class Band:
    """P10, P50 and P90 of `economics.cumulative` for t = 0 to the horizon, each month by itself."""

    local_usd: tuple[Spread, ...]
    api_usd: tuple[Spread, ...]


def cumulative_band(plan: Plan, sampler: Sampler, scenarios: int) -> Band:
    """The band over the first of the scenarios, against the baseline API."""
    import numpy as np

    count = min(scenarios, MOST_SCENARIOS)
    found = parts(plan, sampler.draw(0, count), count)
    box = found.boxes[0]
    capital = np.zeros(count) + box.capital_usd
    running, billed = np.zeros(count), np.zeros(count)
    local, api = [quantiles(capital)], [quantiles(billed)]
    worth: Floats = np.ones(count)
    rows_by_month = running_by_month(found, plan.case.horizon.months, plan.baseline)
    for month, rows in enumerate(rows_by_month):
        worth = worth * found.discount
        billed = billed + rows[plan.baseline]
        running = running + rows[len(plan.apis)]
        local.append(quantiles(capital - box.resale_usd(month + 1) * worth + running))
        api.append(quantiles(billed))
    return Band(tuple(local), tuple(api))
