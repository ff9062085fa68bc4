"""What does a plug with Tasmota's firmware measure?

`Status 8` tells `StatusSNS.ENERGY.Power` in watts and `.Total` in kilowatt-hours.
"""

from __future__ import annotations

import time

from advisor.documents import Unknown
from advisor.power.meter import Clock
from advisor.power.reading import Reading, at_path, joules, watts
from advisor.power.sampled import SampledMeter
from advisor.power.wall import open_plug, plug

J_PER_KWH = 3.6e6
BELIEF = (
    "its maker says that each plug needs to be calibrated "
    "(https://tasmota.github.io/docs/Power-Monitoring-Calibration, read 2026-11-24)"
)


def open_tasmota(address: str, clock: Clock = time.perf_counter_ns) -> SampledMeter | Unknown:
    """The plug at HOST or HOST:PORT, if it answers."""
    plate = plug("Tasmota plug", within=0.10, belief=BELIEF)
    url = f"http://{address}/cm?cmnd=Status%208"
    return open_plug(plate, url, _read, clock)


def _read(answer: object) -> Reading | Unknown:
    measured = at_path(answer, ("StatusSNS", "ENERGY"))
    if measured is None:
        return Unknown("it measures no energy (its answer has no StatusSNS.ENERGY)")
    power_w = watts(at_path(measured, ("Power",)))
    if isinstance(power_w, Unknown):
        return power_w
    return Reading(power_w, joules(at_path(measured, ("Total",)), J_PER_KWH))
