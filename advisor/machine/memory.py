"""How much main memory is here, and how much of it is free?"""

from __future__ import annotations

import sys
from typing import Any

from advisor.documents import Unknown, Unknowns
from advisor.machine.bandwidth import measure_bandwidth
from advisor.machine.document import Bandwidth, Cpu, Environment, Memory, MemoryModule
from advisor.machine.limits import cgroup_memory_left_bytes
from advisor.machine.modules import read_modules
from advisor.machine.sources import ROOT

NOT_LISTED = Unknown("the firmware does not list it")


def read_memory(cpu: Cpu, environment: Environment, unknowns: Unknowns, *, measure: bool) -> Memory:
    """Main memory as this process may use it; its bandwidth too if `measure`."""
    import psutil

    virtual = psutil.virtual_memory()
    available_bytes = virtual.available
    if sys.platform == "linux":
        left_bytes = cgroup_memory_left_bytes(ROOT)
        available_bytes = min(
            available_bytes, available_bytes if left_bytes is None else left_bytes
        )
    bandwidth: Bandwidth | Unknown = Unknown("it was not asked for")
    if measure:
        cores = cpu.physical_cores or cpu.logical_cores or 1
        bandwidth = measure_bandwidth(
            threads=max(1, min(cores, int(environment.usable_cpus))),
            last_cache_bytes=cpu.cache.l3_bytes or cpu.cache.l2_bytes,
            available_bytes=available_bytes,
        )
    known = unknowns.settle("memory.bandwidth", bandwidth)
    if isinstance(bandwidth, Unknown):
        unknowns.settle("memory.bandwidth_bytes_per_s", bandwidth)
    return Memory(
        total_bytes=min(virtual.total, environment.usable_memory_bytes),
        available_bytes=available_bytes,
        swap_total_bytes=unknowns.settle("memory.swap_total_bytes", _swap_bytes()),
        bandwidth_bytes_per_s=known.median_bytes_per_s if known else None,
        bandwidth=known,
        **_modules(unknowns),
    )


def _modules(unknowns: Unknowns) -> dict[str, Any]:
    """The modules as the firmware lists them, and what follows from all of them."""
    found = read_modules(ROOT)
    if isinstance(found, Unknown):
        fields = ("channels", "speed_mt_per_s", "modules")
        return {field: unknowns.settle(f"memory.{field}", found) for field in fields}
    for index, module in enumerate(found.modules):
        for field in MemoryModule.__struct_fields__:
            if getattr(module, field) is None:
                unknowns.settle(f"memory.modules[{index}].{field}", NOT_LISTED)
    speeds = [module.speed_mt_per_s for module in found.modules if module.speed_mt_per_s]
    slowest = min(speeds) if speeds else NOT_LISTED
    return {
        "channels": unknowns.settle("memory.channels", found.channels),
        "speed_mt_per_s": unknowns.settle("memory.speed_mt_per_s", slowest),
        "modules": found.modules,
    }


def _swap_bytes() -> int | Unknown:
    import psutil

    try:
        return int(psutil.swap_memory().total)
    except (OSError, RuntimeError):
        return Unknown("the operating system does not tell")
