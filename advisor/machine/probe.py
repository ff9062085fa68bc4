"""What is this box? Every part is asked in turn; what cannot be had is named with its reason."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

import msgspec

from advisor.documents import Unknown, Unknowns, now
from advisor.machine.changes import changes
from advisor.machine.cpu import read_cpu
from advisor.machine.disk import read_disk
from advisor.machine.display import display_devices
from advisor.machine.document import Change, Machine, OperatingSystem
from advisor.machine.environment import read_environment
from advisor.machine.graphics import read_graphics
from advisor.machine.identity import machine_id, make_of, operating_system_id, signature_of
from advisor.machine.memory import read_memory
from advisor.machine.sources import ROOT


def probe(
    measure_bandwidth: bool = True,
    progress: Callable[[str], None] | None = None,
    earlier: Machine | None = None,
) -> Machine:
    """This machine, in a second or two; with its memory bandwidth a few seconds more.

    `progress` is told what is being done; what differs from `earlier` is listed. It never fails
    for what hardware, drivers or the operating system do: a part that cannot be had is null, with
    its reason under `unknown`.
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
    graphics = read_graphics(memory, unknowns)
    disk = read_disk(environment, unknowns)
    signature = signature_of(cpu, memory, graphics.gpus, graphics.drivers)
    make = make_of(cpu, display_devices(ROOT))
    identity, id_basis = machine_id(operating_system_id(), make, environment.container)
    machine = Machine(
        id=identity,
        id_basis=id_basis,
        signature=signature,
        probed_at=now(),
        cpu=cpu,
        memory=memory,
        disk=disk,
        gpus=graphics.gpus,
        drivers=graphics.drivers,
        os=_operating_system(unknowns),
        environment=environment,
        unknown=unknowns.reasons,
        integrated_graphics=graphics.integrated,
    )
    differences = unknowns.settle("changes", _changes(earlier, machine))
    return msgspec.structs.replace(machine, changes=differences)


def _changes(earlier: Machine | None, machine: Machine) -> tuple[Change, ...] | Unknown:
    if earlier is None:
        return Unknown("no earlier probe is at hand to compare with")
    if earlier.id != machine.id:
        return Unknown("the earlier probe is of another machine")
    return changes(earlier, machine)


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
