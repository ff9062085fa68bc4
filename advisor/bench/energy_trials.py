"""What does a token take, over several trials under steady load?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, stdev

from advisor.bench.energy import TOKEN_COSTS, token_costs_j
from advisor.bench.energy_document import EnergyTrial, EnergyTrials
from advisor.bench.interval import Rate
from advisor.bench.metrics import Span
from advisor.bench.operating import cycles
from advisor.bench.sensor_log import SensorLog
from advisor.bench.stage import Measured
from advisor.bench.statistics import t_quantile
from advisor.documents import Unknown
from advisor.power.meter import Meter

Pair = tuple[Measured, Measured]
"""The loads of one trial: the long answers, then the short ones."""

LEAST_TREND = 0.03
"""From the first trial to the last; below it a trend is not called one."""
LEAST_TRIALS = 3


def energy_trials(
    pairs: Sequence[Pair],
    meter: Meter,
    log: SensorLog,
    *,
    idle_w: float | None,
    sockets: int | None,
) -> EnergyTrials | Unknown:
    """Each trial's costs by its own two mixes, and their means."""
    if not pairs:
        return Unknown("no trial was measured")
    trials = tuple(_trial(pair, meter, log, idle_w, sockets) for pair in pairs)
    costs_j = {}
    for name in TOKEN_COSTS:
        values = [trial.costs_j[name] for trial in trials if name in trial.costs_j]
        if values:
            costs_j[name] = Rate(value=mean(values), ci95=_interval(values))
    if not costs_j:
        return Unknown("no trial told a token's share")
    return EnergyTrials(
        concurrency=pairs[0][0].concurrency or 1,
        trials=trials,
        costs_j=costs_j,
        drifting=_drifts([trial.costs_j.get("j_per_output_token") for trial in trials]),
    )


def _trial(
    pair: Pair, meter: Meter, log: SensorLog, idle_w: float | None, sockets: int | None
) -> EnergyTrial:
    long, short = pair
    window = meter.window(long.span.start_ns, long.span.end_ns)
    whole = Span(long.span.start_ns, short.span.end_ns)
    cut = [cycles(load.observations, load.tokens, load.span) for load in pair]
    one, other = cut
    costs = (
        {}
        if isinstance(one, Unknown) or isinstance(other, Unknown)
        else token_costs_j(meter, one, other, idle_w, sockets)
    )
    return EnergyTrial(
        window_s=(long.span.seconds, short.span.seconds),
        active_w=None if isinstance(window, Unknown) else window.mean_power_w,
        costs_j={name: cost for name, cost in costs.items() if not isinstance(cost, Unknown)},
        temperature_c=log.temperature_c(whole),
        held_back_by=log.held_back_by(whole),
    )


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's, of the mean of independent trials."""
    if len(values) < 2:
        return None
    half = t_quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return mean(values) - half, mean(values) + half


def _drifts(costs: Sequence[float | None]) -> bool:
    """Whether every trial cost more than the one before, or every one less, and by enough."""
    known = [cost for cost in costs if cost is not None]
    if len(known) < LEAST_TRIALS:
        return False
    rises = [later > earlier for earlier, later in pairwise(known)]
    return len(set(rises)) == 1 and abs(known[-1] / known[0] - 1) >= LEAST_TREND
