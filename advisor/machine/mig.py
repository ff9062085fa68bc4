"""Into which instances is an NVIDIA card divided?

Multi-Instance GPU (https://docs.nvidia.com/datacenter/tesla/mig-user-guide/, read 2026-11-24):
each instance has its own memory and slices of the card, while power stays the whole card's.
"""

from __future__ import annotations

from typing import Any

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import MigInstance
from advisor.machine.nvml import NOT_FOUND, Nvml, NvmlUnknown

PROFILE_MARK = " MIG "
"""What stands between the card's name and the profile in an instance's name."""


def mig_instances(
    nvml: Nvml, card: Any, path: str, unknowns: Unknowns
) -> tuple[MigInstance, ...] | Unknown:
    """The instances of a card; places may be empty between them. What is missing of one is noted
    under `PATH[i]...`."""
    most = nvml.read(nvml.library.nvmlDeviceGetMaxMigDeviceCount, card)
    if isinstance(most, Unknown):
        return most
    found: list[MigInstance] = []
    for place in range(most):
        handle = nvml.read(nvml.library.nvmlDeviceGetMigDeviceHandleByIndex, card, place)
        if isinstance(handle, NvmlUnknown) and handle.code == NOT_FOUND:
            continue
        if isinstance(handle, Unknown):
            return handle
        found.append(_instance(nvml, handle, f"{path}[{len(found)}]", unknowns))
    return tuple(found)


def _instance(nvml: Nvml, handle: Any, path: str, unknowns: Unknowns) -> MigInstance:
    library = nvml.library
    memory = nvml.read(library.nvmlDeviceGetMemoryInfo, handle)
    parts = nvml.read(library.nvmlDeviceGetAttributes, handle)

    def part(name: str) -> int | Unknown:
        return parts if isinstance(parts, Unknown) else int(getattr(parts, name))

    facts: dict[str, Any] = {
        "profile": _profile(nvml.read(library.nvmlDeviceGetName, handle)),
        "uuid": nvml.read(library.nvmlDeviceGetUUID, handle),
        "memory_total_bytes": memory if isinstance(memory, Unknown) else int(memory.total),
        "memory_free_bytes": memory if isinstance(memory, Unknown) else int(memory.free),
        "gpu_slices": part("gpuInstanceSliceCount"),
        "compute_slices": part("computeInstanceSliceCount"),
        "multiprocessors": part("multiprocessorCount"),
    }
    settled = {name: unknowns.settle(f"{path}.{name}", fact) for name, fact in facts.items()}
    return MigInstance(**settled)


def _profile(name: str | Unknown) -> str | Unknown:
    if isinstance(name, Unknown):
        return name
    _, mark, profile = name.partition(PROFILE_MARK)
    return profile if mark else Unknown("the driver does not name the profile")
