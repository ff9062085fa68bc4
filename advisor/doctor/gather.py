"""What is there to judge? The one place of the doctor that touches the machine."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from advisor.bench.session import models_folder
from advisor.doctor.facts import (
    Card,
    ChosenMeter,
    Clock,
    Clocking,
    Facts,
    Folder,
    Graphics,
    Memory,
    Rapl,
)
from advisor.doctor.quiet import clock_read_ns, watch
from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.history.place import default_folder
from advisor.machine.display import display_makers
from advisor.machine.document import Environment, Gpu, Machine
from advisor.machine.nvml import Nvml, NvmlUnknown, open_nvml
from advisor.machine.probe import probe
from advisor.machine.sources import ROOT, text_of
from advisor.power.choose import choose_meter
from advisor.power.spec import parse_meter
from advisor.servers.discovery import look_around
from advisor.servers.document import describe
from advisor.servers.installed import installed

Tell = Callable[[str], None]

CLOCKS = "sys/devices/system/clocksource/clocksource0"
FREQUENCY_DRIVER = "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver"


def gather(tell: Tell, meter: str | None = None) -> Facts:
    """Everything that the checks ask for, in a few seconds; `tell` hears what is being done.
    `meter` is the one that the settings name for measurements, as it was written."""
    tell("watching the processors for a second")
    quiet = watch()
    tell("reading the machine")
    machine = probe(measure_bandwidth=False)
    chosen = _chosen_meter(meter)
    tell("looking for model servers")
    servers = describe(look_around(), installed())
    return Facts(
        system=machine.os.system,
        architecture=machine.cpu.architecture,
        distributions=distributions(),
        environment=machine.environment,
        logical_cores=machine.cpu.logical_cores,
        graphics=_graphics(machine),
        meter=chosen,
        rapl=rapl_counters(ROOT),
        servers=servers,
        ports_refusal=_ports_refusal(),
        cache=folder_at(models_folder()),
        data=folder_at(default_folder()),
        disk_spins=machine.disk.rotational,
        memory=Memory(
            total_bytes=machine.memory.total_bytes,
            available_bytes=machine.memory.available_bytes,
        ),
        clock=linux_clock(ROOT, clock_read_ns()),
        quiet=quiet,
        clocking=Clocking(
            governor=machine.cpu.governor,
            driver=_known(text_of(ROOT / FREQUENCY_DRIVER)),
            on_battery=on_battery(),
        ),
    )


def distributions() -> tuple[str, ...]:
    """The id of this Linux, then of those that it is like; empty elsewhere."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def rapl_counters(root: Path) -> Rapl:
    """The energy counters of RAPL's zones that the system below `root` lists."""
    counters = list((root / "sys/class/powercap").glob("intel-rapl:*/energy_uj"))
    readable = [not isinstance(text_of(counter), Unknown) for counter in counters]
    return Rapl(counters=len(counters), readable=bool(readable) and all(readable))


def linux_clock(root: Path, read_ns: float) -> Clock:
    """The clock source of the kernel below `root`; None where it is no Linux."""
    available = _known(text_of(root / CLOCKS / "available_clocksource")) or ""
    return Clock(
        source=_known(text_of(root / CLOCKS / "current_clocksource")),
        available=tuple(available.split()),
        read_ns=read_ns,
    )


def folder_at(path: Path) -> Folder:
    """A folder as it is, or as it could be made below the nearest one that exists."""
    nearest = path
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    refusal: str | None = None
    free_bytes: int | None = None
    if not nearest.is_dir():
        refusal = f"{shown_path(nearest)} is no folder"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        refusal = f"this user may not write to {shown_path(nearest)}"
    with suppress(OSError):
        free_bytes = int(psutil.disk_usage(str(nearest)).free)
    return Folder(path=shown_path(path), refusal=refusal, free_bytes=free_bytes)


def shown_path(path: Path) -> str:
    """The path with ~ for the home folder, whose name is the user's."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _graphics(machine: Machine) -> Graphics:
    nvml = open_nvml()
    if isinstance(nvml, Nvml):
        nvml.close()
    refusals = (why for path, why in machine.unknown.items() if path.endswith(".power_w"))
    return Graphics(
        cards=tuple(_card(gpu, machine) for gpu in machine.gpus),
        makers=display_makers(ROOT),
        reason=machine.unknown.get("gpus"),
        nvidia_answers=isinstance(nvml, Nvml),
        nvml_code=nvml.code if isinstance(nvml, NvmlUnknown) else None,
        device_group=_device_group(ROOT / "dev/nvidiactl"),
        power_refused=next(refusals, None),
    )


def _chosen_meter(named: str | None) -> ChosenMeter:
    refused = None
    try:
        meter = choose_meter(named=parse_meter(named) if named else None)
    except AdvisorError as error:
        meter, refused = choose_meter(), f"{named}: {error.why or error}"
    return ChosenMeter(name=meter.name, grade=meter.grade, domain=meter.domain, refused=refused)


def _card(gpu: Gpu, machine: Machine) -> Card:
    processes = gpu.processes or ()
    told = [each.memory_bytes for each in processes if each.memory_bytes is not None]
    lanes = gpu.pcie_width and gpu.pcie_width_max and (gpu.pcie_width, gpu.pcie_width_max)
    return Card(
        gpu.name or "a card of unknown name",
        machine.drivers.nvidia if gpu.vendor == "nvidia" else None,
        vendor=gpu.vendor,
        memory_bytes=gpu.memory_total_bytes,
        held_bytes=sum(told) if told else None,
        holders=_names(each.pid for each in processes) if _sees_all(machine.environment) else (),
        held_back_by=gpu.throttle_reasons or (),
        lanes=lanes or None,
        uncorrected_errors=gpu.ecc_uncorrected_errors,
    )


def _sees_all(place: Environment) -> bool:
    """Whether a process has the number here that the driver gives: not in a container or WSL."""
    return place.container == "none" and not place.wsl


def _names(pids: Iterable[int]) -> tuple[str, ...]:
    """The programs of these processes, each once."""
    names: dict[str, None] = {}
    for pid in pids:
        with suppress(psutil.Error):
            names[psutil.Process(pid).name()] = None
    return tuple(names)


def _device_group(device: Path) -> str | None:
    """The group that may use a device file which others may not."""
    try:
        found = device.stat()
        if found.st_mode & 0o006 == 0o006 or found.st_mode & 0o060 != 0o060:
            return None
        return device.group()
    except (OSError, KeyError, NotImplementedError):
        return None


def _ports_refusal() -> str | None:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return None
    except OSError as error:
        return error.strerror or str(error)


def on_battery() -> bool | None:
    """Whether this machine draws from a battery; None where it has none or does not tell."""
    read = getattr(psutil, "sensors_battery", None)
    try:
        battery = read() if read else None
    except OSError:
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def _known(text: str | Unknown) -> str | None:
    return None if isinstance(text, Unknown) else text
