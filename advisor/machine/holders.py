"""Who holds memory of an NVIDIA card?

The driver lists programs that compute and programs that draw apart (a desktop, a game, an engine
on Vulkan); one that does both stands in both lists with all that it holds
(NVML reference, nvmlDeviceGetComputeRunningProcesses and ...GraphicsRunningProcesses, read
2026-11-25).
"""

from __future__ import annotations

from typing import Any

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import GpuProcess
from advisor.machine.nvml import Nvml

NOT_TOLD = Unknown("the driver does not tell how much it holds (Windows manages the memory)")


def holders(
    nvml: Nvml, handle: Any, path: str, unknowns: Unknowns
) -> tuple[GpuProcess, ...] | Unknown:
    """Every process once, by its number. A list that is refused leaves the other; Unknown where
    both are. A process whose bytes are not told is noted under `PATH[i].memory_bytes`."""
    library = nvml.library
    lists = [
        nvml.read(library.nvmlDeviceGetComputeRunningProcesses, handle),
        nvml.read(library.nvmlDeviceGetGraphicsRunningProcesses, handle),
    ]
    if isinstance(lists[0], Unknown) and isinstance(lists[1], Unknown):
        return lists[0]
    held: dict[int, int | None] = {}
    for told in lists:
        for process in () if isinstance(told, Unknown) else told:
            both = (held.get(process.pid), process.usedGpuMemory)
            held[process.pid] = max((each for each in both if each is not None), default=None)
    return tuple(
        GpuProcess(
            pid=pid,
            memory_bytes=unknowns.settle(
                f"{path}[{index}].memory_bytes", NOT_TOLD if memory_bytes is None else memory_bytes
            ),
        )
        for index, (pid, memory_bytes) in enumerate(sorted(held.items()))
    )
