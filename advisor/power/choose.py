"""Which meter is the best that this machine has?"""

from __future__ import annotations

from advisor.documents import Unknown
from advisor.machine.nvidia import power_now_w
from advisor.machine.nvml import open_nvml
from advisor.power.estimate import EstimateMeter
from advisor.power.manual import ManualMeter
from advisor.power.meter import Meter
from advisor.power.nvml import open_nvml_meter


def choose_meter(manual_power_w: float | None = None, *, on_gpu: bool = True) -> Meter:
    """What the user typed; else the cards' own meter where the model runs on them (`on_gpu`);
    else an estimate from the processors' use, with what idle cards draw.

    Raises InputError if `manual_power_w` is no possible draw.
    """
    if manual_power_w is not None:
        return ManualMeter(manual_power_w)
    if on_gpu:
        cards = open_nvml_meter()
        if not isinstance(cards, Unknown):
            return cards
    return EstimateMeter(_cards_w())


def _cards_w() -> float:
    """What all NVIDIA cards draw now; those that do not tell are left out."""
    nvml = open_nvml()
    if isinstance(nvml, Unknown):
        return 0.0
    handles = nvml.handles()
    known = [] if isinstance(handles, Unknown) else handles
    read = [power_now_w(nvml, each) for each in known if not isinstance(each, Unknown)]
    nvml.close()
    return sum(watts for watts in read if not isinstance(watts, Unknown))
