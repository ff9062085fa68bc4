"""What does a Shelly plug of the second generation or later measure?

`Switch.GetStatus` tells `apower` in watts and `aenergy.total` in watt-hours.
"""

from __future__ import annotations

import time

from advisor.documents import Unknown
from advisor.power.meter import Clock
from advisor.power.reading import Reading, at_path, joules, watts
from advisor.power.sampled import SampledMeter
from advisor.power.wall import open_plug, plug

J_PER_WH = 3600.0
BELIEF = (
    "its fields: https://repo.shelly.cloud/firmware/ng-api/gen2/Components/FunctionalComponents/"
    "Switch/, read 2026-11-24"
)


def open_shelly(address: str, clock: Clock = time.perf_counter_ns) -> SampledMeter | Unknown:
    """The plug at HOST or HOST:PORT, if it answers."""
    plate = plug("Shelly plug", within=0.05, belief=BELIEF)
    url = f"http://{address}/rpc/Switch.GetStatus?id=0"
    return open_plug(plate, url, _read, clock)


def _read(answer: object) -> Reading | Unknown:
    power_w = watts(at_path(answer, ("apower",)))
    if isinstance(power_w, Unknown):
        return power_w
    return Reading(power_w, joules(at_path(answer, ("aenergy", "total")), J_PER_WH))
