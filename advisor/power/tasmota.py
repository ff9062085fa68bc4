"""What does a plug with Tasmota's firmware measure?

`Status 8` tells `StatusSNS.ENERGY.Power` in watts and `.Total` in kilowatt-hours.
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

J_PER_KWH = 3.6e6
BELIEF = (
    "its maker says that each plug needs to be calibrated "
    "(https://tasmota.github.io/docs/Power-Monitoring-Calibration, read 2026-11-24)"
)


def open_tasmota(address: str, clock: Clock = time.perf_counter_ns) -> SampledMeter | Unknown:
    """The plug at HOST or HOST:PORT, if it answers."""
    plate = plug("Tasmota plug", within=0.10, belief=BELIEF)
    url = f"http://{address}/cm?cmnd=Status%208"
    return opened(plate, partial(_read, url), REFRESH_S, clock)


def _read(url: str) -> Reading | Unknown:
    answer = json_from(url)
    if isinstance(answer, Unknown):
        return answer
    measured = at_path(answer, ("StatusSNS", "ENERGY"))
    if measured is None:
        return Unknown("it measures no energy (its answer has no StatusSNS.ENERGY)")
    power_w = watts(at_path(measured, ("Power",)))
    if isinstance(power_w, Unknown):
        return power_w
    return Reading(power_w, joules(at_path(measured, ("Total",)), J_PER_KWH))
