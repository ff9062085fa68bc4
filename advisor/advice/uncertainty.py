"""How sure is it? From inputs, prices and distributions to that part of the document."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from advisor.advice.uncertain import Uncertain, unstated
from advisor.advice.uncertainty_document import (
    ActionSpread,
    BreakEvenSpread,
    CorrelationPart,
    MonthSpread,
    Spread,
    TornadoBar,
    UncertainInput,
    UncertaintyPart,
)
from advisor.economics.simulation.cumulative import cumulative_band
from advisor.economics.simulation.distributions import Distribution, parameters_of
from advisor.economics.simulation.engine import Simulated, simulate
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.simulation.spread import (
    Bar,
    cheapest,
    moving,
    quantiles,
    tornado,
    variance_shares,
)

SOON_MONTHS = 12.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The scenarios of one plan: who draws them, and what every action costs in each."""

    sampler: Sampler
    result: Simulated


MayWin = Callable[[str], bool]


def draw(plan: Plan, uncertain: Uncertain) -> Drawn:
    """The scenarios of `uncertain`, the same for the same seed. Raises InputError for correlations
    that cannot be."""
    sampler = Sampler(
        uncertain.distributions, seed=uncertain.seed, correlations=uncertain.correlations
    )
    return Drawn(sampler, simulate(plan, sampler, uncertain.scenarios))


def uncertainty(
    plan: Plan, uncertain: Uncertain, drawn: Drawn, may_win: MayWin | None = None
) -> UncertaintyPart:
    """Costs and pay-back over the scenarios drawn. `may_win` names the actions to choose from; the
    others are cheapest with a chance of 0."""
    found, sampler, result = uncertain.distributions, drawn.sampler, drawn.result
    moves = moving(plan, sampler)
    saving = result.costs_usd[plan.baseline] - result.costs_usd[len(plan.apis)]
    at_medians, bars = tornado(plan, {key: each for key, each in found.items() if key in moves})
    shares = variance_shares(sampler, saving)
    return UncertaintyPart(
        scenarios=uncertain.scenarios,
        seed=uncertain.seed,
        months=plan.case.horizon.months,
        baseline=plan.apis[plan.baseline].name,
        inputs=tuple(_input(key, found[key], key in moves) for key in sorted(found)),
        correlations=tuple(
            CorrelationPart(first=each.first, second=each.second, rank=each.rank)
            for each in uncertain.correlations
        ),
        saving_usd=_spread(quantiles(saving)),
        saving_at_medians_usd=_rounded(at_medians),
        local_saves_probability=float((saving > 0).mean()),
        actions=_actions(result, may_win),
        break_even=tuple(_break_even(plan, result, index) for index in range(len(plan.apis))),
        tornado=tuple(_bar(bar, shares) for bar in bars),
        taken_as_certain=unstated(found),
        cumulative=tuple(_cumulative(plan, sampler, uncertain.scenarios)),
    )


def _cumulative(plan: Plan, sampler: Sampler, scenarios: int) -> Iterator[MonthSpread]:
    band = cumulative_band(plan, sampler, scenarios)
    for local, api in zip(band.local_usd, band.api_usd, strict=True):
        yield MonthSpread(local_usd=_spread(local), api_usd=_spread(api))


def _input(key: str, distribution: Distribution, moves_costs: bool) -> UncertainInput:
    import numpy as np

    values = distribution.quantile(np.array([0.1, 0.5, 0.9])).tolist()
    kind, parameters = parameters_of(distribution)
    return UncertainInput(
        key=key,
        kind=kind,
        values=_spread(values),
        moves_costs=moves_costs,
        parameters=parameters,
    )


def _actions(result: Simulated, may_win: MayWin | None) -> tuple[ActionSpread, ...]:
    chosen = [
        row for row, action in enumerate(result.actions) if may_win is None or may_win(action)
    ]
    chances = dict(zip(chosen, cheapest(result.costs_usd[chosen]), strict=True)) if chosen else {}
    return tuple(
        ActionSpread(
            action=action,
            usd=_spread(quantiles(result.costs_usd[row])),
            mean_usd=_rounded(float(result.costs_usd[row].mean())),
            cheapest_probability=_rounded(chances.get(row, 0.0)),
        )
        for row, action in enumerate(result.actions)
    )


def _break_even(plan: Plan, result: Simulated, index: int) -> BreakEvenSpread:
    import numpy as np

    months = result.break_even_months[index]
    p10, p50, p90 = (_month(value) for value in quantiles(months))
    return BreakEvenSpread(
        api=plan.apis[index].name,
        p10_months=p10,
        p50_months=p50,
        p90_months=p90,
        never_probability=float(np.isnan(months).mean()),
        within_12_months_probability=float((months <= SOON_MONTHS).mean()),
        several_crossings_probability=float((result.crossings[index] > 1).mean()),
    )


def _bar(bar: Bar, shares: dict[str, float] | None) -> TornadoBar:
    return TornadoBar(
        key=bar.key,
        value_p10=_rounded(bar.values[0]),
        value_p90=_rounded(bar.values[1]),
        saving_usd_at_p10=_rounded(bar.saving_usd[0]),
        saving_usd_at_p90=_rounded(bar.saving_usd[1]),
        break_even_months_at_p10=_month(bar.break_even_months[0]),
        break_even_months_at_p90=_month(bar.break_even_months[1]),
        swing_usd=_rounded(bar.swing_usd),
        variance_share=None if shares is None else _rounded(shares[bar.key], 4),
    )


def _spread(values: Sequence[float]) -> Spread:
    p10, p50, p90 = (_rounded(value) for value in values)
    return Spread(p10=p10, p50=p50, p90=p90)


def _month(value: float) -> float | None:
    return _rounded(value) if math.isfinite(value) else None


def _rounded(value: float, digits: int = 9) -> float:
    return float(f"{value:.{digits}g}")
