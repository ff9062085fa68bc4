"""Which NVIDIA cards are here, and what is known of each?"""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import Drivers, Gpu, MigInstance
from advisor.machine.holders import holders
from advisor.machine.mig import mig_instances
from advisor.machine.nvml import NOT_SUPPORTED, Nvml, NvmlUnknown
from advisor.machine.throttling import throttle_reasons

BANDWIDTH_BASIS = "memory bus width / 8 x maximum memory clock x 2"
"""Two transfers a clock as NVML counts it; it tells apart the memories that share a name."""

LIKE_ALL_OF_MEMORY = (0.9, 1.1)
"""A card without a bus of its own whose memory is between these shares of the machine's has the
machine's. For such parts drivers answer that memory is not supported, zero, or all of main memory
(https://github.com/XuehaiPan/nvitop/pull/208, https://github.com/Syllo/nvtop/pull/411, read
2026-11-25)."""


class SystemMemory(msgspec.Struct, frozen=True):
    """Main memory, which some cards share: total and available bytes."""

    total_bytes: int
    available_bytes: int


def nvidia_gpus(nvml: Nvml, shared: SystemMemory, unknowns: Unknowns) -> tuple[Gpu, ...]:
    """Every card that the driver shows. `shared` stands in for the memory of cards without their
    own; reasons of what is missing go to `unknowns` under `gpus[i]...`."""
    handles = nvml.handles()
    if isinstance(handles, Unknown):
        unknowns.settle("gpus", handles)
        return ()
    cards: list[Gpu] = []
    for index, handle in enumerate(handles):
        if isinstance(handle, Unknown):
            unknowns.settle("gpus", Unknown(f"card {index} cannot be opened: {handle.reason}"))
        else:
            path = f"gpus[{len(cards)}]"
            cards.append(_Card(nvml, handle, path, unknowns).read(index, shared))
    return tuple(cards)


def nvidia_drivers(nvml: Nvml | Unknown, unknowns: Unknowns) -> Drivers:
    """Versions of the driver and of CUDA; without NVML, the reason for both."""
    if isinstance(nvml, Unknown):
        unknowns.settle("drivers.nvidia", nvml)
        unknowns.settle("drivers.cuda", nvml)
        return Drivers(nvidia=None, cuda=None)
    cuda = nvml.read(nvml.library.nvmlSystemGetCudaDriverVersion_v2)
    if not isinstance(cuda, Unknown):
        cuda = f"{cuda // 1000}.{cuda % 1000 // 10}"
    return Drivers(
        nvidia=unknowns.settle(
            "drivers.nvidia", nvml.read(nvml.library.nvmlSystemGetDriverVersion)
        ),
        cuda=unknowns.settle("drivers.cuda", cuda),
    )


def power_limit_w(nvml: Nvml, handle: Any) -> float | Unknown:
    """The limit in force: enforced, else set, default or maximum (laptops lack the first)."""
    library = nvml.library
    enforced = nvml.read(library.nvmlDeviceGetEnforcedPowerLimit, handle)
    if not isinstance(enforced, Unknown):
        return float(enforced) / 1000
    for getter in (
        library.nvmlDeviceGetPowerManagementLimit,
        library.nvmlDeviceGetPowerManagementDefaultLimit,
    ):
        limit = nvml.read(getter, handle)
        if not isinstance(limit, Unknown):
            return float(limit) / 1000
    highest = power_limit_max_w(nvml, handle)
    return enforced if isinstance(highest, Unknown) else highest


def power_limit_max_w(nvml: Nvml, handle: Any) -> float | Unknown:
    """The highest limit that may be set."""
    limits = nvml.read(nvml.library.nvmlDeviceGetPowerManagementLimitConstraints, handle)
    return limits if isinstance(limits, Unknown) else float(limits[1]) / 1000


def power_now_w(nvml: Nvml, handle: Any) -> float | Unknown:
    """The instantaneous draw where the driver has it, else its own average (one second on
    Ampere and later, NVML reference, nvmlDeviceGetPowerUsage)."""
    instant = nvml.field(handle, nvml.library.NVML_FI_DEV_POWER_INSTANT)
    if not isinstance(instant, Unknown):
        return instant / 1000
    average = nvml.read(nvml.library.nvmlDeviceGetPowerUsage, handle)
    return average if isinstance(average, Unknown) else float(average) / 1000


def module_power_w(nvml: Nvml, handle: Any) -> float | Unknown:
    """The draw of the module of a card that is one with its processors (Grace Hopper); Unknown of
    any other card."""
    linked = nvml.read(nvml.library.nvmlDeviceGetC2cModeInfoV, handle)
    if isinstance(linked, Unknown):
        return linked
    if not linked.isC2cEnabled:
        return Unknown("the card has no direct link to processors")
    library = nvml.library
    milliwatts = nvml.field(
        handle, library.NVML_FI_DEV_POWER_INSTANT, library.NVML_POWER_SCOPE_MODULE
    )
    return milliwatts if isinstance(milliwatts, Unknown) else milliwatts / 1000


class _Card:
    """Reads one card; every refused read leaves its reason under the card's path."""

    def __init__(self, nvml: Nvml, handle: Any, path: str, unknowns: Unknowns) -> None:
        self.nvml = nvml
        self.library = nvml.library
        self.handle = handle
        self.path = path
        self.unknowns = unknowns

    def read(self, index: int, shared: SystemMemory) -> Gpu:
        library = self.library
        bus_width = self._read("nvmlDeviceGetMemoryBusWidth")
        if bus_width == 0:
            bus_width = Unknown("the card reports none")
        total, free, unified = self._memory(shared, has_bus=not isinstance(bus_width, Unknown))
        memory_clock_max = self._read("nvmlDeviceGetMaxClockInfo", library.NVML_CLOCK_MEM)
        pci = self._read("nvmlDeviceGetPciInfo")
        capability = self._read("nvmlDeviceGetCudaComputeCapability")
        energy = self._read("nvmlDeviceGetTotalEnergyConsumption")
        return Gpu(
            index=index,
            name=self._settle("name", self._read("nvmlDeviceGetName")),
            vendor="nvidia",
            uuid=self._settle("uuid", self._read("nvmlDeviceGetUUID")),
            pci_bus_id=self._settle(
                "pci_bus_id",
                pci if isinstance(pci, Unknown) else str(pci.busId),
            ),
            compute_capability=self._settle(
                "compute_capability",
                capability
                if isinstance(capability, Unknown)
                else f"{capability[0]}.{capability[1]}",
            ),
            memory_total_bytes=self._settle("memory_total_bytes", total),
            memory_free_bytes=self._settle("memory_free_bytes", free),
            memory_unified=unified,
            memory_bus_width_bits=self._settle("memory_bus_width_bits", bus_width),
            bandwidth_bytes_per_s=self._settle(
                "bandwidth_bytes_per_s", _bandwidth(bus_width, memory_clock_max)
            ),
            bandwidth_basis=BANDWIDTH_BASIS,
            power_w=self._settle("power_w", power_now_w(self.nvml, self.handle)),
            power_limit_w=self._settle("power_limit_w", power_limit_w(self.nvml, self.handle)),
            power_limit_max_w=self._settle(
                "power_limit_max_w", power_limit_max_w(self.nvml, self.handle)
            ),
            has_energy_counter=self._settle("has_energy_counter", _whether_supported(energy)),
            temperature_c=self._settle(
                "temperature_c",
                self._read("nvmlDeviceGetTemperature", library.NVML_TEMPERATURE_GPU),
            ),
            clock_graphics_mhz=self._clock("clock_graphics_mhz", library.NVML_CLOCK_GRAPHICS),
            clock_graphics_max_mhz=self._settle(
                "clock_graphics_max_mhz",
                self._read("nvmlDeviceGetMaxClockInfo", library.NVML_CLOCK_GRAPHICS),
            ),
            clock_memory_mhz=self._clock("clock_memory_mhz", library.NVML_CLOCK_MEM),
            clock_memory_max_mhz=self._settle("clock_memory_max_mhz", memory_clock_max),
            throttle_reasons=self._settle(
                "throttle_reasons", throttle_reasons(self.nvml, self.handle)
            ),
            pcie_generation=self._pcie("pcie_generation", "CurrPcieLinkGeneration"),
            pcie_generation_max=self._pcie("pcie_generation_max", "MaxPcieLinkGeneration"),
            pcie_width=self._pcie("pcie_width", "CurrPcieLinkWidth"),
            pcie_width_max=self._pcie("pcie_width_max", "MaxPcieLinkWidth"),
            ecc_enabled=self._switch("ecc_enabled", "nvmlDeviceGetEccMode"),
            ecc_corrected_errors=self._errors("ecc_corrected_errors", "CORRECTED"),
            ecc_uncorrected_errors=self._errors("ecc_uncorrected_errors", "UNCORRECTED"),
            persistence_enabled=self._switch("persistence_enabled", "nvmlDeviceGetPersistenceMode"),
            mig_enabled=self._switch("mig_enabled", "nvmlDeviceGetMigMode"),
            processes=self._settle(
                "processes",
                holders(self.nvml, self.handle, f"{self.path}.processes", self.unknowns),
            ),
            core_count=self._settle("core_count", self._read("nvmlDeviceGetNumGpuCores")),
            mig_instances=self._settle("mig_instances", self._instances()),
        )

    def _read(self, function: str, *arguments: Any) -> Any:
        return self.nvml.read(getattr(self.library, function), self.handle, *arguments)

    def _settle(self, field: str, value: Any) -> Any:
        return self.unknowns.settle(f"{self.path}.{field}", value)

    def _memory(self, shared: SystemMemory, *, has_bus: bool) -> tuple[Any, Any, bool]:
        memory = self._read("nvmlDeviceGetMemoryInfo")
        unified = shared.total_bytes, shared.available_bytes, True
        if isinstance(memory, NvmlUnknown) and memory.code == NOT_SUPPORTED:
            return unified
        if isinstance(memory, Unknown):
            return memory, memory, False
        least, most = LIKE_ALL_OF_MEMORY
        is_all = least <= memory.total / shared.total_bytes <= most
        if memory.total == 0 or (is_all and not has_bus):
            return unified
        return int(memory.total), int(memory.free), False

    def _clock(self, field: str, clock: int) -> Any:
        return self._settle(field, self._read("nvmlDeviceGetClockInfo", clock))

    def _pcie(self, field: str, getter: str) -> Any:
        return self._settle(field, self._read(f"nvmlDeviceGet{getter}"))

    def _switch(self, field: str, getter: str) -> Any:
        state = self._read(getter)
        if isinstance(state, list):
            state = state[0]
        return self._settle(field, state if isinstance(state, Unknown) else bool(state))

    def _errors(self, field: str, kind: str) -> Any:
        """How many of a kind its memories had since the driver was loaded."""
        library = self.library
        count = self._read(
            "nvmlDeviceGetTotalEccErrors",
            getattr(library, f"NVML_MEMORY_ERROR_TYPE_{kind}"),
            library.NVML_VOLATILE_ECC,
        )
        return self._settle(field, count)

    def _instances(self) -> tuple[MigInstance, ...] | Unknown:
        mode = self._read("nvmlDeviceGetMigMode")
        if isinstance(mode, NvmlUnknown) and mode.code == NOT_SUPPORTED:
            return ()
        if isinstance(mode, Unknown):
            return mode
        if not mode[0]:
            return ()
        return mig_instances(self.nvml, self.handle, f"{self.path}.mig_instances", self.unknowns)


def _bandwidth(bus_width_bits: Any, memory_clock_max_mhz: Any) -> float | Unknown:
    for part in (bus_width_bits, memory_clock_max_mhz):
        if isinstance(part, Unknown):
            return Unknown(f"it follows from bus width and memory clock, and {part.reason}")
    return float(bus_width_bits / 8 * memory_clock_max_mhz * 1e6 * 2)


def _whether_supported(answer: Any) -> bool | Unknown:
    if isinstance(answer, NvmlUnknown):
        return False if answer.code == NOT_SUPPORTED else answer
    return True
