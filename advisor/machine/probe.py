"""What is this box? Every part is asked in turn; what cannot be had is named with its reason."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from advisor.documents import Unknown, Unknowns, now
from advisor.machine.cpu import read_cpu
from advisor.machine.disk import read_disk
from advisor.machine.display import display_makers
from advisor.machine.document import Drivers, Gpu, Machine, Memory, OperatingSystem
from advisor.machine.environment import read_environment
from advisor.machine.identity import machine_id, operating_system_id, signature_of
from advisor.machine.memory import read_memory
from advisor.machine.nvidia import SystemMemory, nvidia_drivers, nvidia_gpus
from advisor.machine.nvml import NoDriver, open_nvml
from advisor.machine.sources import ROOT

CANNOT_ASK_YET = "{makers} graphics here cannot be asked yet: only NVIDIA's can"


def probe(measure_bandwidth: bool = True, progress: Callable[[str], None] | None = None) -> Machine:
    """This machine, in a second or two; under 4 s with its memory bandwidth.

    `progress` is told what is being done. It never fails for what hardware, drivers or the
    operating system do: a part that cannot be had is null, with its reason under `unknown`.
    """
    tell = progress or (lambda _: None)
    unknowns = Unknowns()
    tell("reading the processor")
    cpu = read_cpu(unknowns)
    environment = read_environment(unknowns)
    if measure_bandwidth:
        tell("measuring memory bandwidth")
    memory = read_memory(cpu, environment, unknowns, measure=measure_bandwidth)
    tell("asking the graphics driver")
    gpus, drivers = _graphics(memory, unknowns)
    disk = read_disk(environment, unknowns)
    signature = signature_of(cpu, memory, gpus, drivers)
    identity, id_basis = machine_id(operating_system_id(), signature)
    return Machine(
        id=identity,
        id_basis=id_basis,
        signature=signature,
        probed_at=now(),
        cpu=cpu,
        memory=memory,
        disk=disk,
        gpus=gpus,
        drivers=drivers,
        os=_operating_system(unknowns),
        environment=environment,
        unknown=unknowns.reasons,
    )


def _graphics(memory: Memory, unknowns: Unknowns) -> tuple[tuple[Gpu, ...], Drivers]:
    """The cards that can be asked; under `gpus` why others that are here cannot."""
    makers = display_makers(ROOT)
    nvml = open_nvml()
    drivers = nvidia_drivers(nvml, unknowns)
    gpus: tuple[Gpu, ...] = ()
    if not isinstance(nvml, Unknown):
        shared = SystemMemory(memory.total_bytes, memory.available_bytes)
        gpus = nvidia_gpus(nvml, shared, unknowns)
        nvml.close()
    elif isinstance(nvml, NoDriver) and "NVIDIA" in makers:
        unknowns.settle(
            "gpus", Unknown("an NVIDIA card is here but no driver: install NVIDIA's driver")
        )
    elif not isinstance(nvml, NoDriver):
        unknowns.settle("gpus", nvml)
    others = sorted({maker for maker in makers if maker != "NVIDIA"})
    if others and not gpus and "gpus" not in unknowns.reasons:
        unknowns.settle("gpus", Unknown(CANNOT_ASK_YET.format(makers=" and ".join(others))))
    return gpus, drivers


def _operating_system(unknowns: Unknowns) -> OperatingSystem:
    return OperatingSystem(
        system=platform.system(),
        name=unknowns.settle("os.name", _name_of_system()),
        kernel=platform.release(),
        python=platform.python_version(),
    )


def _name_of_system() -> str | Unknown:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    if sys.platform == "win32":
        return f"Windows {platform.win32_ver()[0]}"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return Unknown("this Linux has no os-release file")
    return release.get("PRETTY_NAME", release.get("NAME", "Linux"))
