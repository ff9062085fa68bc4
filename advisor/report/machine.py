"""How is a machine shown?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import facts_table, result_console
from advisor.report.text import name, number, size

if TYPE_CHECKING:
    from advisor.machine.document import Gpu, Machine, Memory

Fact = tuple[str, str]

SHOWN_ELSEWHERE = ("gpus", "drivers.nvidia", "drivers.cuda")
"""Paths whose reasons stand among the facts, not in the list at the end."""

LEAST_FOR_A_SPREAD = 3
NOISY_PERCENT = 15.0
"""As busy as a measurement warns of."""


def show_machine(machine: Machine) -> None:
    """Prints the machine, then each card, then what is not known and why."""
    console = result_console()
    console.print(facts_table(_machine_facts(machine)))
    for gpu in machine.gpus:
        console.print()
        console.print(f"GPU {gpu.index}: {name(gpu.name or 'of unknown name')}", style="bold")
        console.print(facts_table(_gpu_facts(gpu)))
    if "gpus" in machine.unknown:
        console.print()
        console.print(f"GPU: {name(machine.unknown['gpus'], 300)}", style="yellow")
    _show_unknown(machine)


def _machine_facts(machine: Machine) -> Iterator[Fact]:
    yield "machine", f"{machine.id} (from {machine.id_basis})"
    yield "system", " · ".join(_system_parts(machine))
    yield "processor", name(machine.cpu.model or "of unknown model")
    yield "", ", ".join(_processor_parts(machine))
    if machine.cpu.features:
        yield "", name(" ".join(machine.cpu.features), 300)
    memory = machine.memory
    yield "memory", f"{size(memory.total_bytes)}, {size(memory.available_bytes)} available"
    if memory.bandwidth:
        yield "bandwidth", f"{_rate(memory.bandwidth.median_bytes_per_s)} ({_spread(memory)}):"
        yield "", memory.bandwidth.method
        busy_percent = memory.bandwidth.others_busy_percent or 0
        if busy_percent > NOISY_PERCENT:
            yield "", f"other programs kept the processors {busy_percent:.0f} % busy: it is faster"
    if machine.disk.free_bytes is not None and machine.disk.total_bytes is not None:
        kind = {True: ", spinning", False: ", solid state", None: ""}[machine.disk.rotational]
        yield (
            "disk",
            f"{size(machine.disk.free_bytes)} free of {size(machine.disk.total_bytes)}{kind}",
        )
    if machine.drivers.nvidia:
        yield "driver", f"NVIDIA {name(machine.drivers.nvidia)}, CUDA {machine.drivers.cuda or '?'}"
    elif not machine.gpus and "gpus" not in machine.unknown:
        yield "GPU", "none that can be asked (no NVIDIA driver)"


def _system_parts(machine: Machine) -> Iterator[str]:
    yield name(machine.os.name or machine.os.system)
    yield name(machine.os.kernel)
    surroundings = machine.environment
    if surroundings.wsl:
        yield "WSL"
    elif surroundings.vm not in (None, "none"):
        yield "virtual machine" + (
            f" ({name(surroundings.vm)})" if surroundings.vm != "unnamed" else ""
        )
    if surroundings.container != "none":
        yield f"container ({name(surroundings.container)})"
    if surroundings.limited_by:
        yield (
            f"may use {surroundings.usable_cpus:g} processors and "
            f"{size(surroundings.usable_memory_bytes)} ({', '.join(surroundings.limited_by)})"
        )


def _processor_parts(machine: Machine) -> Iterator[str]:
    cpu = machine.cpu
    if cpu.physical_cores:
        yield f"{cpu.physical_cores} cores"
    if cpu.logical_cores:
        yield f"{cpu.logical_cores} threads"
    if cpu.sockets and cpu.sockets > 1:
        yield f"{cpu.sockets} sockets"
    if cpu.frequency_mhz:
        yield f"{number(cpu.frequency_mhz / 1000)} GHz now"
    if cpu.frequency_max_mhz:
        yield f"{number(cpu.frequency_max_mhz / 1000)} GHz at most"
    for level, held in (("L2", cpu.cache.l2_bytes), ("L3", cpu.cache.l3_bytes)):
        if held:
            yield f"{size(held)} {level}"
    if cpu.governor:
        yield f"governor {name(cpu.governor)}"


def _gpu_facts(gpu: Gpu) -> Iterator[Fact]:
    if gpu.memory_total_bytes is not None and gpu.memory_free_bytes is not None:
        shared = ", shared with the processor" if gpu.memory_unified else ""
        yield (
            "memory",
            f"{size(gpu.memory_total_bytes)}, {size(gpu.memory_free_bytes)} free{shared}",
        )
    if gpu.bandwidth_bytes_per_s is not None:
        yield "bandwidth", f"{_rate(gpu.bandwidth_bytes_per_s)}, {_bandwidth_basis(gpu)}"
    power = [f"{number(gpu.power_w)} W now"] if gpu.power_w is not None else []
    if gpu.power_limit_w is not None:
        power.append(f"limit {number(gpu.power_limit_w)} W")
    if power:
        yield "power", ", ".join([*power, _counter(gpu.has_energy_counter)])
    clocks = [
        f"{kind} {now} MHz now, {highest} at most"
        for kind, now, highest in (
            ("graphics", gpu.clock_graphics_mhz, gpu.clock_graphics_max_mhz),
            ("memory", gpu.clock_memory_mhz, gpu.clock_memory_max_mhz),
        )
        if now is not None and highest is not None
    ]
    if clocks:
        yield "clocks", "; ".join(clocks)
    if gpu.throttle_reasons:
        yield "held back by", ", ".join(gpu.throttle_reasons)
    if gpu.pcie_generation is not None and gpu.pcie_width is not None:
        most = f"{gpu.pcie_generation_max or '?'} x{gpu.pcie_width_max or '?'} at most"
        yield "PCIe", f"generation {gpu.pcie_generation} x{gpu.pcie_width} now, {most}"
    modes = list(_modes(gpu))
    if modes:
        yield "modes", ", ".join(modes)
    if gpu.temperature_c is not None:
        yield "temperature", f"{gpu.temperature_c:.0f} °C"
    if gpu.mig_enabled:
        yield "divided", "MIG is on: power is the whole card's"
    if gpu.processes:
        told = [each.memory_bytes for each in gpu.processes if each.memory_bytes is not None]
        count = len(gpu.processes)
        held = f", {size(sum(told))}" if told else ""
        yield "in use by", f"{count} process{'es' if count > 1 else ''}{held}"
    if gpu.uuid:
        yield "UUID", f"{name(gpu.uuid)} (stays on this machine)"


def _spread(memory: Memory) -> str:
    """How many repetitions of the sweep there were, and how far they lie apart."""
    measured = memory.bandwidth
    assert measured is not None
    if measured.n < LEAST_FOR_A_SPREAD:
        return f"measured {'twice' if measured.n > 1 else 'once'}, no spread"
    low, high = (number(each / 1e9) for each in measured.spread_bytes_per_s)
    return f"median of {measured.n} measured, {low} to {high}"


def _bandwidth_basis(gpu: Gpu) -> str:
    if gpu.vendor == "nvidia":
        bus = f"{gpu.memory_bus_width_bits}-bit bus at {gpu.clock_memory_max_mhz} MHz"
        return f"computed from its {bus}"
    return name(gpu.bandwidth_basis, 300)


def _modes(gpu: Gpu) -> Iterator[str]:
    """What is set on or off, and what the memory's check found."""
    if gpu.compute_capability:
        yield f"compute {name(gpu.compute_capability)}"
    if gpu.ecc_enabled is not None:
        errors = gpu.ecc_uncorrected_errors
        found = f" (uncorrected errors: {errors})" if errors else ""
        yield f"ECC {_on(gpu.ecc_enabled)}{found}"
    if gpu.persistence_enabled is not None:
        yield f"persistence {_on(gpu.persistence_enabled)}"


def _on(state: bool) -> str:
    return "on" if state else "off"


def _show_unknown(machine: Machine) -> None:
    reasons: dict[str, list[str]] = {}
    for path, reason in machine.unknown.items():
        if path not in SHOWN_ELSEWHERE:
            reasons.setdefault(reason, []).append(path)
    if not reasons:
        return
    console = result_console()
    console.print()
    console.print("Not known:", style="dim")
    columns = console.width
    for reason, paths in reasons.items():
        text = f"{', '.join(paths)}: {name(reason, 300)}"
        for line in textwrap.wrap(text, columns, initial_indent="  ", subsequent_indent="    "):
            console.print(line, style="dim", soft_wrap=True)


def _counter(present: bool | None) -> str:
    return {
        True: "with an energy counter",
        False: "without an energy counter",
        None: "energy counter unknown",
    }[present]


def _rate(bytes_per_s: float) -> str:
    return f"{number(bytes_per_s / 1e9)} GB/s"
