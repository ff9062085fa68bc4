"""What is known of a machine, in which words and units (`advisor.machine/1`)?

A value that could not be had is null, and `unknown` says why under its path
(`gpus[0].power_w` -> "the card does not report it").
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """Data caches, each level summed over the whole machine."""

    l1d_bytes: int | None
    l2_bytes: int | None
    l3_bytes: int | None


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """The processors. `features` are the instruction sets that matter to model inference;
    `frequency_mhz` is now, `frequency_max_mhz` at most; `governor` is Linux's policy for it."""

    model: str | None
    architecture: str
    sockets: int | None
    physical_cores: int | None
    logical_cores: int | None
    features: tuple[str, ...] | None
    frequency_mhz: float | None
    frequency_max_mhz: float | None
    governor: str | None
    cache: Cache


NOISY_PERCENT = 15.0
"""From this share of the processors on, other programs spoil a measurement, and are told of."""


class Bandwidth(msgspec.Struct, frozen=True, kw_only=True):
    """A measured rate of reading or copying memory, by the faster of both; `method` says which
    and how bytes were counted.

    `median` and `spread` (10th and 90th percentile of `n` repetitions) are at `threads` threads,
    `one_thread` is the median of a single one, `read` and `copy` are both kernels' medians.
    `others_busy_percent` is the share of all processors that other programs took meanwhile: what
    they moved is missing in the rates.
    """

    method: str
    median_bytes_per_s: float
    spread_bytes_per_s: tuple[float, float]
    read_bytes_per_s: float
    copy_bytes_per_s: float
    one_thread_bytes_per_s: float
    n: int
    threads: int
    working_set_bytes: int
    others_busy_percent: float | None = None


class MemoryModule(msgspec.Struct, frozen=True, kw_only=True):
    """A memory module as the firmware describes it, or null where it does not.

    `speed_mt_per_s` is how many million transfers a second it is run at, `rated_...` what it was
    sold for; a module slower than its rating is often a setting of the firmware.
    """

    place: str
    size_bytes: int | None
    kind: str | None
    width_bits: int | None
    speed_mt_per_s: int | None
    rated_speed_mt_per_s: int | None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Main memory, within a container what the container may use.
    `bandwidth_bytes_per_s` is the median of `bandwidth`. `channels` are those that hold modules,
    `speed_mt_per_s` is the slowest module's."""

    total_bytes: int
    available_bytes: int
    swap_total_bytes: int | None
    bandwidth_bytes_per_s: float | None
    bandwidth: Bandwidth | None
    channels: int | None = None
    speed_mt_per_s: int | None = None
    modules: tuple[MemoryModule, ...] | None = None


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """The volume that holds the user's data, where models are usually kept."""

    total_bytes: int | None
    free_bytes: int | None
    rotational: bool | None


class GpuProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that holds memory of a GPU; null bytes where the driver does not tell."""

    pid: int
    memory_bytes: int | None


class MigInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of a divided NVIDIA card. `profile` names its size ("1g.10gb"); `gpu_slices`
    and `compute_slices` are its shares of the card's; `uuid` stays local like the card's."""

    profile: str | None
    uuid: str | None
    memory_total_bytes: int | None
    memory_free_bytes: int | None
    gpu_slices: int | None
    compute_slices: int | None
    multiprocessors: int | None


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """One graphics processor.

    `uuid` identifies the very card: it stays in the local document and is never exported.
    `memory_unified` is true where the card uses main memory, whose size is then given.
    `bandwidth_bytes_per_s` is computed as `bandwidth_basis` says.
    `throttle_reasons` are what holds its clocks back now. `compute_capability` is NVIDIA's, of
    AMD the target that compilers name (gfx1100). `core_count` counts what the vendor calls cores:
    CUDA cores, compute units, Apple's GPU cores; it compares cards of one make only.
    `ecc_..._errors` are those of all its memories since the driver was loaded: each uncorrected one
    spoiled what was computed.
    """

    index: int
    name: str | None
    vendor: Literal["nvidia", "amd", "apple", "intel"]
    uuid: str | None
    pci_bus_id: str | None
    compute_capability: str | None
    memory_total_bytes: int | None
    memory_free_bytes: int | None
    memory_unified: bool
    memory_bus_width_bits: int | None
    bandwidth_bytes_per_s: float | None
    bandwidth_basis: str
    power_w: float | None
    power_limit_w: float | None
    power_limit_max_w: float | None
    has_energy_counter: bool | None
    temperature_c: float | None
    clock_graphics_mhz: int | None
    clock_graphics_max_mhz: int | None
    clock_memory_mhz: int | None
    clock_memory_max_mhz: int | None
    throttle_reasons: tuple[str, ...] | None
    pcie_generation: int | None
    pcie_generation_max: int | None
    pcie_width: int | None
    pcie_width_max: int | None
    ecc_enabled: bool | None
    persistence_enabled: bool | None
    mig_enabled: bool | None
    processes: tuple[GpuProcess, ...] | None
    core_count: int | None = None
    mig_instances: tuple[MigInstance, ...] | None = None
    ecc_corrected_errors: int | None = None
    ecc_uncorrected_errors: int | None = None


class Drivers(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of the NVIDIA driver and of the newest CUDA that it supports."""

    nvidia: str | None
    cuda: str | None


class OperatingSystem(msgspec.Struct, frozen=True, kw_only=True):
    """`system` is Linux, Darwin or Windows, `name` its distribution or edition."""

    system: str
    name: str | None
    kernel: str
    python: str


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this is a container, a virtual machine or WSL ("none" where it is not), and what
    of the machine may be used: `limited_by` names what takes the rest away."""

    container: str
    vm: str | None
    wsl: bool
    usable_cpus: float
    usable_memory_bytes: int
    limited_by: tuple[str, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that differs from an earlier look, by its path; "absent" stands for a card that
    was not there before or is not any more."""

    path: str
    before: str | int | float | bool
    after: str | int | float | bool


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine as it was found (`advisor.machine/1`).

    `id` is the same for the same installation of the operating system, whatever its drivers, and
    holds no serial number; `id_basis` says what it was made from. `signature` is the same for
    machines of the same make (processor, memory, cards, driver, power limits): a changed one
    begins a new epoch.
    `gpus` are what inference engines compute on; `integrated_graphics` are processors' own, on
    which none computes by itself. `changes` is what differs from the probe before.
    """

    schema: Literal["advisor.machine/1"] = "advisor.machine/1"
    id: str
    id_basis: str
    signature: str
    hostname_shared: bool = False
    probed_at: str
    cpu: Cpu
    memory: Memory
    disk: Disk
    gpus: tuple[Gpu, ...]
    drivers: Drivers
    os: OperatingSystem
    environment: Environment
    unknown: dict[str, str]
    integrated_graphics: tuple[Gpu, ...] = ()
    changes: tuple[Change, ...] | None = None
