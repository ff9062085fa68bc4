"""How long is the power read, and what does the box draw when nothing is asked of it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from advisor.bench.energy_document import IdlePower
from advisor.bench.interrupt import wait
from advisor.documents import Unknown
from advisor.power.meter import Meter

PARTS = 5


@dataclass(frozen=True, slots=True)
class EnergyProtocol:
    """Each idle baseline lasts `idle_s` after a pause of `settling_s`; then `trials` times both
    mixes, each for `trial_s`."""

    settling_s: float = 1.0
    idle_s: float = 4.0
    trials: int = 0
    trial_s: float = 0.0

    @property
    def baseline_s(self) -> float:
        """What one baseline takes."""
        return self.settling_s + self.idle_s


BRIEF = EnergyProtocol()
"""Two baselines add no more than ten seconds to a run."""
FULL = EnergyProtocol(settling_s=5.0, idle_s=30.0, trials=3, trial_s=40.0)
"""Thirty seconds of steady load and more, with some to become steady, three times."""


def idle_power(
    meter: Meter, protocol: EnergyProtocol, interrupted: Callable[[], bool]
) -> IdlePower | Unknown:
    """The draw while nobody asks for anything, as a whole and in its fifths."""
    wait(protocol.settling_s, interrupted)
    start_ns = time.perf_counter_ns()
    wait(protocol.idle_s, interrupted)
    end_ns = time.perf_counter_ns()
    if interrupted():
        return Unknown("interrupted during the idle baseline")
    window = meter.window(start_ns, end_ns)
    if isinstance(window, Unknown):
        return window
    edges = [start_ns + (end_ns - start_ns) * part // PARTS for part in range(PARTS + 1)]
    parts = [meter.window(edges[i], edges[i + 1]) for i in range(PARTS)]
    known = [part.mean_power_w for part in parts if not isinstance(part, Unknown)]
    return IdlePower(
        power_w=window.mean_power_w,
        window_s=(end_ns - start_ns) / 1e9,
        low_w=min(known, default=None),
        high_w=max(known, default=None),
    )
