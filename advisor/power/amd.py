"""What do the AMD cards draw? The power that the driver amdgpu shows under hwmon.

`power1_average` or `power1_input`, in microwatts of the whole chip; a chip that is processor and
graphics in one (it alone has `in1_input`) is counted as both
(https://github.com/torvalds/linux/blob/master/drivers/gpu/drm/amd/pm/amdgpu_pm.c).
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.sources import number_in, text_of
from advisor.power.meter import Clock, Grade, Nameplate
from advisor.power.reading import LARGEST_W, Reading
from advisor.power.sampled import SampledMeter, opened

HWMON = Path("/sys/class/hwmon")
REFRESH_S = 0.2
BAND = (0.90, 1.10)
SENSORS = ("power1_average", "power1_input")
ASSUMPTION = (
    "the power that amdgpu shows stands for the time between two readings within 10 %: assumed; it "
    "is what the driver calls the power used by the SoC"
)


class NoCard(Unknown):
    """There is no AMD card here: a normal machine, not a failure."""

    __slots__ = ()


def open_amd(root: Path = HWMON, clock: Clock = time.perf_counter_ns) -> SampledMeter | Unknown:
    """A meter over every AMD card; NoCard on a machine without one, Unknown where one of them
    does not tell."""
    cards = [
        folder for folder in sorted(root.glob("hwmon*")) if text_of(folder / "name") == "amdgpu"
    ]
    if not cards:
        return NoCard("no AMD card is listed")
    sensors = [_sensor(card) for card in cards]
    in_one = any((card / "in1_input").exists() for card in cards)
    number = "" if len(cards) == 1 else f" of {len(cards)} cards"
    plate = Nameplate(
        name=f"amdgpu polled power{number}",
        grade=Grade.SAMPLED,
        domain="gpu+cpu" if in_one else "gpu",
        band=BAND,
        assumptions=(ASSUMPTION,),
    )
    return opened(plate, partial(_read, sensors), REFRESH_S, clock)


def _sensor(card: Path) -> Path:
    return next((card / name for name in SENSORS if (card / name).exists()), card / SENSORS[0])


def _read(sensors: list[Path]) -> Reading | Unknown:
    power_w = 0.0
    for sensor in sensors:
        microwatts = number_in(sensor)
        if isinstance(microwatts, Unknown):
            return Unknown(f"an AMD card does not tell its power: {microwatts.reason}")
        if not 0 <= microwatts <= LARGEST_W * 1_000_000:
            return Unknown("an AMD card tells a power that no card draws")
        power_w += microwatts / 1e6
    return Reading(power_w)
