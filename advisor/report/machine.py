"""How is a machine shown?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.machine.document import NOISY_PERCENT
from advisor.report.console import bullets, facts_table, result_console
from advisor.report.language import _, ngettext, sentence
from advisor.report.text import name, number, pair, size

if TYPE_CHECKING:
    from advisor.machine.document import Gpu, Machine, Memory

Fact = tuple[str, str]

SHOWN_ELSEWHERE = ("gpus", "drivers.nvidia", "drivers.cuda")
"""Paths whose reasons stand among the facts, not in the list at the end."""

LEAST_FOR_A_SPREAD = 3


def show_machine(machine: Machine) -> None:
    """Prints the machine, then each card, then what is not known and why."""
    console = result_console()
    console.print(facts_table(_machine_facts(machine)))
    for gpu in machine.gpus:
        gpu_name = name(gpu.name or _("of unknown name"))
        console.print()
        console.print(
            f"GPU {gpu.index}: {gpu_name}",
            style="bold",
        )
        console.print(facts_table(_gpu_facts(gpu)))
    if "gpus" in machine.unknown:
        console.print()
        console.print(
            f"GPU: {name(sentence(machine.unknown['gpus']), 300)}",
            style="yellow",
        )
    _show_unknown(machine)


def _machine_facts(machine: Machine) -> Iterator[Fact]:
    basis = sentence(machine.id_basis)
    yield _("machine"), _("{id} (from {basis})").format(id=machine.id, basis=basis)
    yield _("system"), " · ".join(_system_parts(machine))
    yield _("processor"), name(machine.cpu.model or _("of unknown model"))
    yield "", _(", ").join(_processor_parts(machine))
    if machine.cpu.features:
        yield "", name(" ".join(machine.cpu.features), 300)
    memory = machine.memory
    yield (
        _("memory"),
        _("{total}, {available} available").format(
            total=size(memory.total_bytes), available=size(memory.available_bytes)
        ),
    )
    if memory.bandwidth:
        yield _("bandwidth"), f"{_rate(memory.bandwidth.median_bytes_per_s)} ({_spread(memory)}):"
        yield "", sentence(memory.bandwidth.method)
        busy_percent = memory.bandwidth.others_busy_percent or 0
        if busy_percent > NOISY_PERCENT:
            yield (
                "",
                _("other programs kept the processors {percent} % busy: it is faster").format(
                    percent=f"{busy_percent:.0f}"
                ),
            )
    if machine.disk.free_bytes is not None and machine.disk.total_bytes is not None:
        said = {
            True: _("{free} free of {total}, spinning"),
            False: _("{free} free of {total}, solid state"),
            None: _("{free} free of {total}"),
        }[machine.disk.rotational]
        yield (
            _("disk"),
            said.format(free=size(machine.disk.free_bytes), total=size(machine.disk.total_bytes)),
        )
    if machine.drivers.nvidia:
        yield (
            _("driver"),
            f"NVIDIA {name(machine.drivers.nvidia)}, CUDA {machine.drivers.cuda or '?'}",
        )
    elif not machine.gpus and "gpus" not in machine.unknown:
        yield "GPU", _("none that can be asked (no NVIDIA driver)")


def _system_parts(machine: Machine) -> Iterator[str]:
    yield name(machine.os.name or machine.os.system)
    yield name(machine.os.kernel)
    surroundings = machine.environment
    if surroundings.wsl:
        yield "WSL"
    elif surroundings.vm not in (None, "none"):
        yield _("virtual machine") + (
            f" ({name(surroundings.vm)})" if surroundings.vm != "unnamed" else ""
        )
    if surroundings.container != "none":
        yield _("container ({container})").format(container=name(surroundings.container))
    if surroundings.limited_by:
        yield (
            _("may use {cpus} processors and {memory} ({limits})").format(
                cpus=f"{surroundings.usable_cpus:g}",
                memory=size(surroundings.usable_memory_bytes),
                limits=_(", ").join(map(sentence, surroundings.limited_by)),
            )
        )


def _processor_parts(machine: Machine) -> Iterator[str]:
    cpu = machine.cpu
    if cpu.physical_cores:
        yield _("{count} cores").format(count=cpu.physical_cores)
    if cpu.logical_cores:
        yield _("{count} threads").format(count=cpu.logical_cores)
    if cpu.sockets and cpu.sockets > 1:
        yield _("{count} sockets").format(count=cpu.sockets)
    if cpu.frequency_mhz:
        yield _("{ghz} GHz now").format(ghz=number(cpu.frequency_mhz / 1000))
    if cpu.frequency_max_mhz:
        yield _("{ghz} GHz at most").format(ghz=number(cpu.frequency_max_mhz / 1000))
    for level, held in (("L2", cpu.cache.l2_bytes), ("L3", cpu.cache.l3_bytes)):
        if held:
            yield f"{size(held)} {level}"
    if cpu.governor:
        yield _("governor {governor}").format(governor=name(cpu.governor))


def _gpu_facts(gpu: Gpu) -> Iterator[Fact]:
    if gpu.memory_total_bytes is not None and gpu.memory_free_bytes is not None:
        said = (
            _("{total}, {free} free, shared with the processor")
            if gpu.memory_unified
            else _("{total}, {free} free")
        )
        yield (
            _("memory"),
            said.format(total=size(gpu.memory_total_bytes), free=size(gpu.memory_free_bytes)),
        )
    if gpu.bandwidth_bytes_per_s is not None:
        yield _("bandwidth"), f"{_rate(gpu.bandwidth_bytes_per_s)}, {_bandwidth_basis(gpu)}"
    power = (
        [_("{power_w} W now").format(power_w=number(gpu.power_w))]
        if gpu.power_w is not None
        else []
    )
    if gpu.power_limit_w is not None:
        power.append(_("limit {power_limit_w} W").format(power_limit_w=number(gpu.power_limit_w)))
    if power:
        yield _("power"), _(", ").join([*power, _counter(gpu.has_energy_counter)])
    clocks = [
        _("{kind} {now} MHz now, {highest} at most").format(kind=kind, now=now, highest=highest)
        for kind, now, highest in (
            (_("graphics"), gpu.clock_graphics_mhz, gpu.clock_graphics_max_mhz),
            (_("memory"), gpu.clock_memory_mhz, gpu.clock_memory_max_mhz),
        )
        if now is not None and highest is not None
    ]
    if clocks:
        yield _("clocks"), _("; ").join(clocks)
    if gpu.throttle_reasons:
        yield _("held back by"), _(", ").join(map(sentence, gpu.throttle_reasons))
    if gpu.pcie_generation is not None and gpu.pcie_width is not None:
        yield (
            "PCIe",
            _("generation {now} now, {most} at most").format(
                now=f"{gpu.pcie_generation} x{gpu.pcie_width}",
                most=f"{gpu.pcie_generation_max or '?'} x{gpu.pcie_width_max or '?'}",
            ),
        )
    modes = list(_modes(gpu))
    if modes:
        yield _("modes"), _(", ").join(modes)
    if gpu.temperature_c is not None:
        yield _("temperature"), f"{gpu.temperature_c:.0f} °C"
    if gpu.mig_enabled:
        yield _("divided"), _("MIG is on: power is the whole card's")
    if gpu.processes:
        told = [each.memory_bytes for each in gpu.processes if each.memory_bytes is not None]
        count = len(gpu.processes)
        held = f", {size(sum(told))}" if told else ""
        used_by = ngettext("{count} process", "{count} processes", count).format(count=count)
        yield _("in use by"), f"{used_by}{held}"
    if gpu.uuid:
        yield "UUID", _("{uuid} (stays on this machine)").format(uuid=name(gpu.uuid))


def _spread(memory: Memory) -> str:
    """How many repetitions of the sweep there were, and how far they lie apart."""
    measured = memory.bandwidth
    assert measured is not None
    if measured.n < LEAST_FOR_A_SPREAD:
        return _("measured twice, no spread") if measured.n > 1 else _("measured once, no spread")
    low, high = (number(each / 1e9) for each in measured.spread_bytes_per_s)
    return _("median of {n} measured, {low} to {high}").format(n=measured.n, low=low, high=high)


def _bandwidth_basis(gpu: Gpu) -> str:
    if gpu.vendor == "nvidia":
        return _("computed from its {bits}-bit bus at {mhz} MHz").format(
            bits=gpu.memory_bus_width_bits, mhz=gpu.clock_memory_max_mhz
        )
    return name(sentence(gpu.bandwidth_basis or ""), 300)


def _modes(gpu: Gpu) -> Iterator[str]:
    """What is set on or off, and what the memory's check found."""
    if gpu.compute_capability:
        yield _("compute {version}").format(version=name(gpu.compute_capability))
    if gpu.ecc_enabled is not None:
        errors = gpu.ecc_uncorrected_errors
        shown = f"ECC {_on(gpu.ecc_enabled)}"
        yield (
            _("{shown} (uncorrected errors: {errors})").format(shown=shown, errors=errors)
            if errors
            else shown
        )
    if gpu.persistence_enabled is not None:
        yield _("persistence {state}").format(state=_on(gpu.persistence_enabled))


def _on(state: bool) -> str:
    return _("on") if state else _("off")


def _show_unknown(machine: Machine) -> None:
    reasons: dict[str, list[str]] = {}
    for path, reason in machine.unknown.items():
        if path not in SHOWN_ELSEWHERE:
            reasons.setdefault(reason, []).append(path)
    if not reasons:
        return
    console = result_console()
    console.print()
    console.print(_("Not known:"), style="dim")
    lines = (
        pair(_(", ").join(paths), name(sentence(reason), 300)) for reason, paths in reasons.items()
    )
    console.print(bullets(lines), style="dim")


def _counter(present: bool | None) -> str:
    return {
        True: _("with an energy counter"),
        False: _("without an energy counter"),
        None: _("energy counter unknown"),
    }[present]


def _rate(bytes_per_s: float) -> str:
    return f"{number(bytes_per_s / 1e9)} GB/s"
