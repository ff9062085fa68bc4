"""What does a Shelly plug of the second generation or later measure?

`Switch.GetStatus` tells `apower` in watts and `aenergy.total` in watt-hours.
"""

from __future__ import annotations

import time
from functools import partial

from advisor.documents import Unknown
from advisor.power.meter import Clock
from advisor.power.reading import Reading, at_path, joules, watts
from advisor.power.sampled import SampledMeter, opened
from advisor.power.wall import REFRESH_S, plug
from advisor.power.wire import json_from

J_PER_WH = 3600.0
BELIEF = (
    "its fields: https://repo.shelly.cloud/firmware/ng-api/gen2/Components/FunctionalComponents/"
    "Switch/, read 2026-11-24"
)


def open_shelly(address: str, clock: Clock = time.perf_counter_ns) -> SampledMeter | Unknown:
    """The plug at HOST or HOST:PORT, if it answers."""
    plate = plug("Shelly plug", within=0.05, belief=BELIEF)
    url = f"http://{address}/rpc/Switch.GetStatus?id=0"
    return opened(plate, partial(_read, url), REFRESH_S, clock)


def _read(url: str) -> Reading | Unknown:
    answer = json_from(url)
    if isinstance(answer, Unknown):
        return answer
    power_w = watts(at_path(answer, ("apower",)))
    if isinstance(power_w, Unknown):
        return power_w
    return Reading(power_w, joules(at_path(answer, ("aenergy", "total")), J_PER_WH))
