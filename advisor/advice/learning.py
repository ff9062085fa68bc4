"""What would a team have seen after a month of logs, some months of prices, a benchmark, a meter?

Each reading is the truth of a scenario and an error. Use swings around its own trend, so a month of
logs shows the trend no better than by that swing; k months show its level by `swing/sqrt(k)` and
its growth by `swing sqrt(12/(k^3 - k))`, the standard error of a least-squares slope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from typing import TYPE_CHECKING

from advisor.advice.usage_table import UsageTable
from advisor.economics.information import readings
from advisor.power.nvml import SAMPLED_BAND
from advisor.usage.trend import UNSTABLE_ABOVE

if TYPE_CHECKING:
    from advisor.economics.simulation.normal import Floats

WEEKS_PER_MONTH = 365.25 / 12 / 7
Z95 = 1.96
BENCHMARK_ERROR = 0.05 / Z95
"""`advisor bench` measures until 95 % lie within 5 %, unless asked otherwise."""
METER_ERROR = (SAMPLED_BAND[1] - 1.0) / Z95
"""What a sampled meter may be off by; a plug or a counter is better."""
PRICE_STEPS_PER_YEAR = 1.0
"""Assumed: list prices move in steps, about one a year, so few months tell little of the trend."""

GROWTH = "usage.growth_per_month"
DECLINE = "horizon.api_decline_per_year"
RATES = ("box.prefill_tok_per_s", "box.decode_tok_per_s")
POWERS = ("box.active_power_w", "box.idle_power_w", "box.prefill_power_w", "box.decode_power_w")


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The drawn values of the keys that move a cost, the most moving first, and the seed."""

    draws: Mapping[str, Floats]
    keys: tuple[str, ...]
    seed: int

    def of(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Those of the keys that are uncertain here."""
        return tuple(key for key in self.keys if key in wanted)


def monthly_swing(usage: UsageTable) -> float:
    """How far a month's use lies off its trend, as a share of it.

    As the scenario says; else the most that weeks of use called stable swing, over the weeks of a
    month; of use that is not stable as much as its weeks.
    """
    if usage.monthly_cv is not None:
        return usage.monthly_cv
    return UNSTABLE_ABOVE / sqrt(WEEKS_PER_MONTH) if usage.stable else UNSTABLE_ABOVE


def logged(scenarios: Scenarios, months: int, swing: float) -> dict[str, Floats]:
    """What so many months of logs show of the use: level from the first month on, growth from the
    second."""
    import numpy as np

    found = {}
    growth = scenarios.draws.get(GROWTH)
    for key in scenarios.keys:
        if key == GROWTH and months > 1:
            error = swing * sqrt(12 / (months**3 - months))
            found[key] = _read(np.log1p(scenarios.draws[key]), error, key, scenarios.seed)
        elif key != GROWTH and key.startswith(("usage.", "arrivals.")):
            truth = scenarios.draws[key]
            if growth is not None and key.endswith("_per_month"):
                truth = truth * (1.0 + growth) ** ((months - 1) / 2)
            found[key] = _relative(truth, swing / sqrt(months), key, scenarios.seed)
    return found


def prices_seen(scenarios: Scenarios, months: int) -> dict[str, Floats]:
    """What one knows of prices after some months: today's exactly, their decline hardly."""
    import numpy as np

    found = {key: scenarios.draws[key] for key in scenarios.keys if key.startswith("api.")}
    if DECLINE in scenarios.keys:
        decline = scenarios.draws[DECLINE]
        steps = PRICE_STEPS_PER_YEAR * months / 12
        error = float(np.sqrt(np.mean(decline**2))) / sqrt(steps)
        found[DECLINE] = _read(decline, error, DECLINE, scenarios.seed)
    return found


def measured(scenarios: Scenarios, keys: Sequence[str], error_share: float) -> dict[str, Floats]:
    """What an instrument with this relative error would read."""
    return {
        key: _relative(scenarios.draws[key], error_share, key, scenarios.seed)
        for key in scenarios.of(keys)
    }


def _relative(truth: Floats, error_share: float, key: str, seed: int) -> Floats:
    """A reading whose error is a share of the value: of its logarithm, where it has one."""
    import numpy as np

    if (truth > 0).all():
        return _read(np.log(truth), error_share, key, seed)
    return _read(truth, error_share * float(np.abs(truth).mean()), key, seed)


def _read(truth: Floats, error_sd: float, key: str, seed: int) -> Floats:
    words = sha256(f"{seed}:a reading of {key}".encode()).digest()
    return readings(truth, error_sd, seed=int.from_bytes(words[:8], "big"))
