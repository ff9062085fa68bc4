"""Which processors are here, and what can they do? One reader for each operating system."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown, Unknowns
from advisor.machine.arm import arm_model
from advisor.machine.document import Cache, Cpu
from advisor.machine.sources import ROOT, number_in, sysctl, text_of, windows_registry

NOT_TOLD = Unknown("the operating system does not tell")

FEATURES_THAT_MATTER = re.compile(
    r"ss?se3|sse4_[12]|avx.*|fma|f16c|amx_.*|asimd(hp|dp|fhm)?|neon|sve.*|sme2?(_.*)?|i8mm|bf16"
)
"""Instruction sets that kernels of inference engines choose between, by Linux's names."""

MACOS_FEATURES = {
    "hw.optional.arm.FEAT_DotProd": "asimddp",
    "hw.optional.arm.FEAT_FP16": "asimdhp",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_SME": "sme",
    "hw.optional.AdvSIMD": "asimd",
    "hw.optional.sse4_2": "sse4_2",
    "hw.optional.avx1_0": "avx",
    "hw.optional.avx2_0": "avx2",
    "hw.optional.fma": "fma",
    "hw.optional.f16c": "f16c",
    "hw.optional.avx512f": "avx512f",
}


@dataclass(slots=True)
class CpuFacts:
    """What one operating system tells; the rest stays Unknown."""

    model: str | Unknown = NOT_TOLD
    sockets: int | Unknown = NOT_TOLD
    physical_cores: int | Unknown = NOT_TOLD
    features: tuple[str, ...] | Unknown = NOT_TOLD
    frequency_mhz: float | Unknown = NOT_TOLD
    frequency_max_mhz: float | Unknown = NOT_TOLD
    governor: str | Unknown = NOT_TOLD
    l1d_bytes: int | Unknown = NOT_TOLD
    l2_bytes: int | Unknown = NOT_TOLD
    l3_bytes: int | Unknown = NOT_TOLD


def read_cpu(unknowns: Unknowns) -> Cpu:
    """This machine's processors; reasons of what is missing go under `cpu...`."""
    import psutil

    facts = cpu_facts()
    logical_cores: int | Unknown = psutil.cpu_count() or NOT_TOLD
    return Cpu(
        model=unknowns.settle("cpu.model", facts.model),
        architecture=platform.machine(),
        sockets=unknowns.settle("cpu.sockets", facts.sockets),
        physical_cores=unknowns.settle("cpu.physical_cores", facts.physical_cores),
        logical_cores=unknowns.settle("cpu.logical_cores", logical_cores),
        features=unknowns.settle("cpu.features", facts.features),
        frequency_mhz=unknowns.settle("cpu.frequency_mhz", facts.frequency_mhz),
        frequency_max_mhz=unknowns.settle("cpu.frequency_max_mhz", facts.frequency_max_mhz),
        governor=unknowns.settle("cpu.governor", facts.governor),
        cache=Cache(
            l1d_bytes=unknowns.settle("cpu.cache.l1d_bytes", facts.l1d_bytes),
            l2_bytes=unknowns.settle("cpu.cache.l2_bytes", facts.l2_bytes),
            l3_bytes=unknowns.settle("cpu.cache.l3_bytes", facts.l3_bytes),
        ),
    )


def cpu_facts() -> CpuFacts:
    """What this operating system tells of its processors."""
    import psutil

    if sys.platform == "darwin":
        facts = macos_cpu(sysctl)
    elif sys.platform == "win32":
        facts = windows_cpu(windows_registry)
    else:
        facts = linux_cpu(ROOT)
    if isinstance(facts.physical_cores, Unknown):
        facts.physical_cores = psutil.cpu_count(logical=False) or NOT_TOLD
    return facts


def linux_cpu(root: Path) -> CpuFacts:
    """From /proc/cpuinfo and sysfs below `root`."""
    facts = CpuFacts()
    cpuinfo = text_of(root / "proc/cpuinfo")
    if not isinstance(cpuinfo, Unknown):
        blocks = [_fields(block) for block in cpuinfo.split("\n\n")]
        first = blocks[0]
        facts.model = _linux_model(blocks, root)
        sockets = {block["physical id"] for block in blocks if "physical id" in block}
        facts.sockets = len(sockets) or _distinct(root, "physical_package_id")
        cores = {
            (block["physical id"], block["core id"])
            for block in blocks
            if "physical id" in block and "core id" in block
        }
        facts.physical_cores = len(cores) or _distinct(root, "core_cpus_list")
        listed = first.get("flags", first.get("Features", "")).split()
        if listed:
            facts.features = tuple(
                sorted(each for each in set(listed) if FEATURES_THAT_MATTER.fullmatch(each))
            )
        told = (re.fullmatch(r"\d+(\.\d+)?", block.get("cpu MHz", "")) for block in blocks)
        speeds = [float(match[0]) for match in told if match]
        if speeds:
            facts.frequency_mhz = round(sum(speeds) / len(speeds), 1)
    policy = root / "sys/devices/system/cpu/cpu0/cpufreq"
    facts.governor = text_of(policy / "scaling_governor")
    highest_khz = number_in(policy / "cpuinfo_max_freq")
    facts.frequency_max_mhz = (
        highest_khz if isinstance(highest_khz, Unknown) else highest_khz / 1000
    )
    current_khz = number_in(policy / "scaling_cur_freq")
    if isinstance(facts.frequency_mhz, Unknown) and not isinstance(current_khz, Unknown):
        facts.frequency_mhz = current_khz / 1000
    caches = _linux_caches(root / "sys/devices/system/cpu")
    facts.l1d_bytes = caches.get(1, NOT_TOLD)
    facts.l2_bytes = caches.get(2, NOT_TOLD)
    facts.l3_bytes = caches.get(3, NOT_TOLD)
    return facts


def macos_cpu(read: Callable[[str], str | Unknown]) -> CpuFacts:
    """From `sysctl` names, read by `read`. Apple tells no current frequency and no governor."""
    present = [(name, feature) for name, feature in MACOS_FEATURES.items() if read(name) == "1"]
    levels = _number(read("hw.nperflevels"))
    packages = _number(read("hw.packages"))
    return CpuFacts(
        model=read("machdep.cpu.brand_string"),
        sockets=packages,
        physical_cores=_number(read("hw.physicalcpu")),
        features=tuple(sorted(feature for _, feature in present)) or NOT_TOLD,
        frequency_max_mhz=_scaled(_number(read("hw.cpufrequency_max")), 1e-6),
        l1d_bytes=_macos_cache(read, "l1dcachesize", levels),
        l2_bytes=_macos_cache(read, "l2cachesize", levels),
        l3_bytes=_number(read("hw.l3cachesize")),
    )


def windows_cpu(read: Callable[[str, str], str | int | Unknown]) -> CpuFacts:
    """From the registry, read by `read`. Windows lists neither features nor caches there."""
    key = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    model = read(key, "ProcessorNameString")
    speed = read(key, "~MHz")
    return CpuFacts(
        model=model.strip() if isinstance(model, str) else NOT_TOLD,
        frequency_max_mhz=float(speed) if isinstance(speed, int) else NOT_TOLD,
    )


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _linux_model(blocks: list[dict[str, str]], root: Path) -> str | Unknown:
    for block in blocks:
        for name in ("model name", "cpu model", "Model", "Hardware"):
            if block.get(name):
                return block[name]
    parts = [(block.get("CPU implementer", ""), block.get("CPU part", "")) for block in blocks]
    return arm_model(parts) or text_of(root / "proc/device-tree/model")


def _distinct(root: Path, name: str) -> int | Unknown:
    """How many different answers the processors' places give."""
    places = (root / "sys/devices/system/cpu").glob(f"cpu[0-9]*/topology/{name}")
    told = {text_of(place) for place in places}
    return len([each for each in told if isinstance(each, str) and each != "-1"]) or NOT_TOLD


def _linux_caches(cpus: Path) -> dict[int, int]:
    """Level -> bytes of data cache, each physical cache once."""
    seen: dict[tuple[int, str], int] = {}
    for index in sorted(cpus.glob("cpu[0-9]*/cache/index*")):
        level = number_in(index / "level")
        size = text_of(index / "size")
        sharers = text_of(index / "shared_cpu_list")
        kind = text_of(index / "type")
        if isinstance(level, Unknown) or isinstance(size, Unknown) or kind == "Instruction":
            continue
        who = sharers if isinstance(sharers, str) else index.parent.parent.name
        seen[(level, who)] = _bytes(size)
    totals: dict[int, int] = {}
    for (level, _), size_bytes in seen.items():
        totals[level] = totals.get(level, 0) + size_bytes
    return totals


def _bytes(size: str) -> int:
    units = {"K": 2**10, "M": 2**20, "G": 2**30}
    digits = size.rstrip("KMG")
    return int(digits) * units.get(size[-1:], 1) if digits.isdigit() else 0


def _macos_cache(
    read: Callable[[str], str | Unknown], name: str, levels: int | Unknown
) -> int | Unknown:
    """Apple gives the size of one cache for each kind of core, and how many cores share it."""
    if isinstance(levels, Unknown):
        return _number(read(f"hw.{name}"))
    total = 0
    for level in range(levels):
        size = _number(read(f"hw.perflevel{level}.{name}"))
        cores = _number(read(f"hw.perflevel{level}.physicalcpu"))
        if isinstance(size, Unknown) or isinstance(cores, Unknown):
            return NOT_TOLD
        sharing = _number(read(f"hw.perflevel{level}.cpusperl2")) if "l2" in name else 1
        total += size * max(1, cores // (1 if isinstance(sharing, Unknown) else sharing))
    return total


def _number(text: str | Unknown) -> int | Unknown:
    if isinstance(text, Unknown):
        return text
    return int(text) if text.isdigit() else NOT_TOLD


def _scaled(value: int | Unknown, factor: float) -> float | Unknown:
    return value if isinstance(value, Unknown) else value * factor
