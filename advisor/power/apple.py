"""What does an Apple chip draw? Its own energy counters, where `zeus-apple-silicon` is installed.

The library is optional and exists for macOS only: https://pypi.org/project/zeus-apple-silicon/.
"""

from __future__ import annotations

import importlib
import sys
import time
from functools import partial
from typing import Any

from advisor.documents import Unknown
from advisor.power.counted import CountedMeter
from advisor.power.meter import Clock, Grade, Nameplate

BAND = (0.90, 1.10)
NECESSARY = ("cpu_total_mj", "gpu_mj")
WHERE_TOLD = ("dram_mj", "ane_mj")
ASSUMPTION = (
    "the chip's counters of processor, graphics, memory and neural engine are right within 10 %: "
    "assumed; the graphics' own cache is not added, since nothing says that it lies outside"
)


class NotApple(Unknown):
    """This is no Mac: a normal machine, not a failure."""

    __slots__ = ()


def open_apple(clock: Clock = time.perf_counter_ns) -> CountedMeter | Unknown:
    """A meter over the chip; NotApple elsewhere, Unknown where it cannot be read."""
    if sys.platform == "darwin":
        return _opened(clock)
    return NotApple("this is no Mac")


def _opened(clock: Clock) -> CountedMeter | Unknown:
    try:
        monitor = importlib.import_module("zeus_apple_silicon").AppleEnergyMonitor()
    except ImportError:
        return Unknown("the chip's counters need `pip install zeus-apple-silicon`")
    except Exception as error:  # noqa: BLE001 - the library documents none of what it raises
        return Unknown(f"zeus-apple-silicon cannot read the chip ({type(error).__name__})")
    first = _joules(monitor)
    if isinstance(first, Unknown):
        return first
    plate = Nameplate(
        name="Apple energy counters",
        grade=Grade.COUNTER,
        domain="soc",
        band=BAND,
        assumptions=(ASSUMPTION,),
    )
    return CountedMeter(plate, partial(_joules, monitor), clock)


def _joules(monitor: Any) -> float | Unknown:
    try:
        metrics = monitor.get_cumulative_energy()
    except Exception as error:  # noqa: BLE001 - as above
        return Unknown(f"the chip's counters cannot be read ({type(error).__name__})")
    told = {name: getattr(metrics, name, None) for name in (*NECESSARY, *WHERE_TOLD)}
    if any(told[name] is None for name in NECESSARY):
        return Unknown("the chip does not count the energy of its processor and graphics")
    return float(sum(each for each in told.values() if each is not None)) / 1000
