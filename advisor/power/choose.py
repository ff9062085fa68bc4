"""Which meter is the best that this machine has, or the one that the user names?"""

from __future__ import annotations

from pathlib import Path

from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.machine.nvidia import power_now_w
from advisor.machine.nvml import NoDriver, open_nvml
from advisor.power.amd import NoCard, open_amd
from advisor.power.apple import NotApple, open_apple
from advisor.power.composite import combined
from advisor.power.estimate import EstimateMeter
from advisor.power.json_url import open_json_url
from advisor.power.manual import ManualMeter
from advisor.power.meter import Meter, parts_of
from advisor.power.nut import PORT, open_nut
from advisor.power.nvml import open_nvml_meter
from advisor.power.rapl import NoZones, open_rapl
from advisor.power.shelly import open_shelly
from advisor.power.spec import MeterSpec
from advisor.power.tasmota import open_tasmota

SYSTEM = Path("/sys/class")
NONE_HERE = (NoDriver, NoCard, NotApple)


def choose_meter(
    manual_power_w: float | None = None,
    *,
    named: MeterSpec | None = None,
    on_gpu: bool = True,
    system: Path = SYSTEM,
) -> Meter:
    """What the user typed or named; else the best of this machine.

    Raises InputError if `manual_power_w` is no possible draw, or comes with a meter as well;
    AdvisorError if the named meter cannot be read.
    """
    if manual_power_w is not None and named is not None:
        raise InputError(
            "--power-w and --meter contradict each other", remedy="Leave one of them out."
        )
    if manual_power_w is not None:
        return ManualMeter(manual_power_w)
    if named is not None:
        return _named_meter(named, system)
    return _best_meter(system, on_gpu=on_gpu)


def _best_meter(system: Path, *, on_gpu: bool) -> Meter:
    """The meters of cards and processors together, if they see where the model runs: on the cards
    (`on_gpu`, where there are any) or on the processors. Else an estimate from the processors'
    use, with what idle cards draw."""
    cards, processors = _cards(system), open_rapl(system / "powercap")
    known: list[Meter] = [each for each in (cards, processors) if not isinstance(each, Unknown)]
    needed = "gpu" if on_gpu and not isinstance(cards, NONE_HERE) else "cpu"
    if any(needed in parts_of(meter.domain) for meter in known):
        return combined(known)
    estimate = EstimateMeter(_cards_w())
    if isinstance(processors, Unknown) and not isinstance(processors, NoZones):
        closed = f"the processors' own counter was not used: {processors.reason}"
        estimate.assumptions = (*estimate.assumptions, closed)
    return estimate


def _cards(system: Path) -> Meter | Unknown:
    """The first maker's cards that are here."""
    cards = open_nvml_meter()
    if not isinstance(cards, NONE_HERE):
        return cards
    others = open_amd(system / "hwmon")
    return open_apple() if isinstance(others, NONE_HERE) else others


def _named_meter(spec: MeterSpec, system: Path) -> Meter:
    meter = _open(spec, system)
    if isinstance(meter, Unknown):
        remedy = (
            "Leave --meter out to take the best meter of this machine."
            if spec.is_local
            else "Ask the same address with a browser or upsc from this machine, or leave --meter "
            "out."
        )
        which = " ".join(part for part in (spec.kind, spec.name, spec.address) if part)
        raise AdvisorError(f"the meter {which} cannot be read", why=meter.reason, remedy=remedy)
    return meter


def _open(spec: MeterSpec, system: Path) -> Meter | Unknown:
    match spec.kind:
        case "nvml":
            return open_nvml_meter()
        case "rapl":
            return open_rapl(system / "powercap")
        case "amd":
            return open_amd(system / "hwmon")
        case "apple":
            return open_apple()
        case "shelly":
            return open_shelly(spec.address)
        case "tasmota":
            return open_tasmota(spec.address)
        case "json":
            return open_json_url(spec.address, spec.name.split("."))
        case _:
            host, port = spec.host_and_port
            return open_nut(spec.name, host, port or PORT)


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
