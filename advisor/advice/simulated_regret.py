"""What does being wrong cost in the simulated futures, and what do waiting and measuring bring?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.advice.best_split import found_split
from advisor.advice.learning import (
    BENCHMARK_ERROR,
    METER_ERROR,
    POWERS,
    RATES,
    Scenarios,
    logged,
    measured,
    monthly_swing,
    prices_seen,
)
from advisor.advice.not_bought_yet import not_bought_yet
from advisor.advice.regret_document import RegretPart
from advisor.advice.regret_part import Measurement, regret_part
from advisor.advice.situation import Situation
from advisor.advice.uncertainty import Drawn
from advisor.documents import Unknown
from advisor.economics.foresight import choices, most_inputs
from advisor.economics.simulation.components import parts
from advisor.economics.simulation.engine import MOST_MONTHLY, monthly_costs
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.waiting import Waiting, delayed_usd, wait

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.normal import Floats

MOST_KEYS = 6
"""So many keys are asked what knowing them would be worth: those that move the saving most."""
MOST_SCENARIOS = 1_000_000
"""Beyond these the errors are cents, and the matrices gigabytes."""
WORTH_SAYING = 0.01
"""A measurement that saves less than this part of what the cheapest action costs is no headline."""
MONTHS_TO_WAIT = (1, 3, 6)
LOGS, BENCHMARK, METER = "a month of logs", "a benchmark of the box", "a power meter at the box"
PRIVATE = Unknown("data that must not leave cannot wait at an API: the choice is not open")
OWNED = Unknown("the box is owned already: waiting delays no purchase")


def simulated_regret(
    plan: Plan, drawn: Drawn, moving: tuple[str, ...], seed: int, situation: Situation
) -> RegretPart:
    """The part of the document, of the first scenarios drawn; `moving` are the uncertain keys that
    move a cost, the most moving first."""
    sampler, costs_usd = drawn.sampler, drawn.result.costs_usd
    most_at_once = MOST_MONTHLY // (len(plan.actions) * max(MONTHS_TO_WAIT))
    count = min(costs_usd.shape[1], MOST_SCENARIOS, most_at_once)
    today = costs_usd[:, :count]
    draws = sampler.draw(0, count)
    futures = Futures(plan, sampler, Scenarios(draws, moving, seed), today)
    inputs = situation.inputs
    owned, private = inputs.box.already_owned, inputs.usage.sensitive
    swing = monthly_swing(inputs.usage)
    waits = {} if owned or private else dict(futures.waits(swing))
    return regret_part(
        plan.actions,
        today,
        horizon_months=plan.case.horizon.months,
        knowing={(key,): draws[key].reshape(1, -1) for key in moving[:MOST_KEYS]},
        measurements=PRIVATE
        if private
        else tuple(futures.measurements(swing, next(iter(waits.values()), None))),
        waiting=PRIVATE if private else OWNED if owned else waits,
        ski_rental=None if owned else not_bought_yet(situation),
        best_split=found_split(situation),
    )


class Futures:
    """One plan in its drawn scenarios, with the costs of acting today."""

    def __init__(
        self, plan: Plan, sampler: Sampler, scenarios: Scenarios, today_usd: NDArray[np.float64]
    ) -> None:
        self._plan, self._sampler, self._scenarios = plan, sampler, scenarios
        self._today_usd, self._count = today_usd, today_usd.shape[1]

    def waits(self, swing: float) -> Iterator[tuple[str, Waiting]]:
        """Waiting at the baseline API, then choosing by what logs and price lists showed."""
        for months in MONTHS_TO_WAIT:
            if months < self._plan.case.horizon.months:
                seen = {
                    **logged(self._scenarios, months, swing),
                    **prices_seen(self._scenarios, months),
                }
                later = self.later_usd(months)
                chosen = choices(later, self._signal(seen))
                name = f"wait {months} month{'s' * (months > 1)}"
                yield name, wait(months, self._today_usd, later, chosen)

    def measurements(self, swing: float, one_month: Waiting | None) -> Iterator[Measurement]:
        """What could be measured before deciding. Logs cost the delay of the month that they
        take, a benchmark and a meter nothing."""
        delay_usd = 0.0 if one_month is None else max(one_month.delay_usd, 0.0)
        rates = measured(self._scenarios, RATES, BENCHMARK_ERROR)
        powers = measured(self._scenarios, POWERS, METER_ERROR)
        for what, read, error_share, cost_usd in (
            (LOGS, logged(self._scenarios, 1, swing), swing, delay_usd),
            (BENCHMARK, rates, BENCHMARK_ERROR, 0.0),
            (METER, powers, METER_ERROR, 0.0),
        ):
            if read:
                signal = self._signal(read)
                yield Measurement(what, tuple(read), signal, error_share, cost_usd)

    def _signal(self, read: Mapping[str, Floats]) -> NDArray[np.float64]:
        """The readings, the most moving first, as many as the scenarios can tell apart; a constant
        where nothing is seen."""
        import numpy as np

        ordered = [read[key] for key in self._scenarios.keys if key in read]
        most = most_inputs(len(ordered), self._count)
        return np.stack(ordered[:most]) if most else np.zeros((1, self._count))

    def later_usd(self, months: int) -> NDArray[np.float64]:
        """Each action's costs when it starts after so many months at the baseline API."""
        whole = self._plan.case.horizon.months
        until = monthly_costs(_until(self._plan, months), self._sampler, self._count)
        return delayed_usd(
            until.sum(axis=1),
            self._today_usd - self._owning_usd(0, whole),
            self._owning_usd(months, whole),
            stays_at=self._plan.baseline,
        )

    def _owning_usd(self, start: int, end: int) -> NDArray[np.float64]:
        """What buying in the one month and selling in the other costs each action, in today's
        money: `capital v^start - resale(end - start) v^end`; nothing, where nothing is bought."""
        import numpy as np

        found = parts(self._plan, self._scenarios.draws, self._count)
        names = ("local", *(f"candidate:{each.name}" for each in self._plan.candidates))
        rows = {
            name: box.capital_usd * found.discount**start
            - box.resale_usd(end - start) * found.discount**end
            for name, box in zip(names, found.boxes, strict=True)
        }
        rows["hybrid"] = rows["local"]
        return np.stack(
            [np.full(self._count, rows.get(action, 0.0)) for action in self._plan.actions]
        )


def _until(plan: Plan, months: int) -> Plan:
    """The same plan with a nearer horizon."""
    horizon = replace(plan.case.horizon, months=months)
    return replace(plan, case=replace(plan.case, horizon=horizon))


def worth_in_words(part: RegretPart, money: Callable[[float], str]) -> str | None:
    """The measurement that pays best, with what it is worth; None where none pays for certain and
    enough to speak of."""
    least = min(each.mean_cost_usd for each in part.actions)
    pays = [
        each
        for each in part.measurements
        if each.net_usd > max(WORTH_SAYING * least, 2 * each.worth.standard_error_usd)
    ]
    if not pays:
        return None
    best = max(pays, key=lambda each: each.net_usd)
    costs = f" and costs {money(round(best.cost_usd))} of delay" if best.cost_usd >= 0.5 else ""
    return f"{best.what} is worth {money(round(best.worth.usd))}{costs}"
