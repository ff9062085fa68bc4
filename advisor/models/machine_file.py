"""What does a user's file, or the catalogue of devices, say about a box that one does not own?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from advisor.documents import in_plain_words, read_toml
from advisor.errors import InputError
from advisor.models.device_rates import can_drive
from advisor.models.devices import Device, Kind, find_device, known_device
from advisor.models.memory import Room
from advisor.models.own_speed import OwnSpeed

GIB = 2**30
NEEDED = ("kind", "memory_gib", "bandwidth_gb_per_s")
LEAST, MOST = 1e-6, 1e9
"""No number of a machine file but 0 lies beyond these, in whatever unit it is."""
DUAL_CHANNEL_GB_PER_S = 2 * 8 * 3.2

USABLE_SHARES: dict[Kind, tuple[float, str]] = {
    "cuda": (0.98, "free on an idle RTX 3090 (ggml-org/llama.cpp pull request 14939)"),
    "rocm": (0.98, "as on an idle NVIDIA card"),
    "vulkan": (0.98, "as on an idle NVIDIA card"),
    "sycl": (0.98, "as on an idle NVIDIA card"),
    "metal": (0.75, "what macOS lets the GPU have (gpustack/gpustack issue 1375)"),
    "mlx": (0.75, "what macOS lets the GPU have (gpustack/gpustack issue 1375)"),
    "cpu": (0.9, "an assumption: the system and its programs take the rest"),
}
"""How much of a device's memory a model may have, and where that was seen (2026-11-28)."""


class MachineFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A candidate box, as its file describes it; memory, bandwidth and compute are each device's.

    `host_memory_gib` and `host_bandwidth_gb_per_s` are main memory's, where a device has its own;
    what is assumed where they are not given is said.
    """

    kind: Kind
    memory_gib: float
    bandwidth_gb_per_s: float
    name: str = ""
    count: int = 1
    fp16_tflops: float | None = None
    price_usd: float | None = None
    idle_power_w: float | None = None
    active_power_w: float | None = None
    host_memory_gib: float | None = None
    host_bandwidth_gb_per_s: float | None = None
    source: str = ""
    as_of: str = ""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """What a prediction has to know of a box.

    `device` is what computes and `host` the main memory behind it, by their data sheets; of this
    very machine (`here`) main memory's bandwidth was measured (`measured_bytes_per_s`), while other
    programs kept its processors so busy (`others_busy_percent`). Powers and price are the whole
    box's; `power_source` says who states them. `own` is what its own measurements tell,
    `own_unknown` why they tell nothing. None is unknown. The assumptions of spill count where a
    model does not fit the device.
    """

    name: str
    kind: Kind
    room: Room
    device: Device | None = None
    host: Device | None = None
    measured_bytes_per_s: float | None = None
    others_busy_percent: float = 0.0
    active_power_w: float | None = None
    idle_power_w: float | None = None
    power_source: str = ""
    price_usd: float | None = None
    source: str = ""
    here: bool = False
    own: OwnSpeed | None = None
    own_unknown: str = ""
    assumptions: tuple[str, ...] = ()
    assumptions_of_spill: tuple[str, ...] = ()


def read_machine(path: Path) -> Box:
    """The box that the file describes; InputError names what is wrong with it."""
    tables = read_toml(path, remedy="Write one as docs/models.md shows.")
    known = MachineFile.__struct_fields__
    for key in tables:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise InputError(
                f"{path} has a key {key[:60]!r}",
                why="no machine file has that",
                remedy=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}.",
            )
    one = known_device(str(tables.get("name") or path.stem))
    try:
        described = msgspec.convert({**_facts(one), **tables}, MachineFile)
    except msgspec.ValidationError as error:
        raise _refused(path, tables, error, needed=NEEDED if one is None else ()) from error
    _require_sane(described, path)
    if one is not None and described.kind != "cpu" and not can_drive(described.kind, one):
        raise InputError(
            f"{path} states kind = {described.kind}",
            why=f"{one.name} is not driven by it",
            remedy=f"Leave it out: it is {one.kind} then.",
        )
    name = described.name or path.stem
    if one is None:
        return _box(described, name, ())
    told = f"what the file leaves out is what {one.source} says of {one.name}"
    return _box(described, name, (told,))


def _refused(
    path: Path, tables: Mapping[str, Any], error: msgspec.ValidationError, needed: Iterable[str]
) -> InputError:
    """What the file lacks, or the value that does not fit."""
    missing = [key for key in needed if key not in tables]
    if missing:
        return InputError(
            f"{path} does not describe a machine",
            why=f"it does not state {', '.join(missing)}",
            remedy="It needs kind (cuda, rocm, metal, mlx, cpu, vulkan or sycl), memory_gib and "
            "bandwidth_gb_per_s, or the name of a known device (docs/models.md).",
        )
    key, why = in_plain_words(error)
    if why.startswith("invalid enum value"):
        why = f"{str(tables[key])[:40]!r} is none of {', '.join(get_args(Kind))}"
    return InputError(f"{path}: {key}", why=why, remedy="configs/machine.toml shows every key.")


def box_of_device(name: str) -> Box:
    """A box with one device of the catalogue; InputError names the nearest known ones.

    What the device draws and costs is not what a box does, so that both stay unknown.
    """
    one = find_device(name)
    file = MachineFile(
        kind=one.kind,
        memory_gib=one.memory_gib,
        bandwidth_gb_per_s=one.bandwidth_gb_per_s,
        fp16_tflops=one.fp16_tflops,
        source=one.source,
        as_of=one.as_of,
    )
    return _box(file, one.name, (f"the device is what {one.source} says of it ({one.as_of})",))


def _facts(one: Device | None) -> dict[str, Any]:
    """What a file may leave out where it names a known device."""
    return {} if one is None else {key: getattr(one, key) for key in NEEDED}


def _require_sane(file: MachineFile, path: Path) -> None:
    for key in file.__struct_fields__:
        value = getattr(file, key)
        if isinstance(value, int | float):
            may_be_zero = key in {"price_usd", "idle_power_w", "host_memory_gib"}
            if not (LEAST <= value <= MOST or (value == 0 and may_be_zero)):
                raise InputError(f"{path} states {key} = {value}", why="no machine has that")
    idle_w, active_w = file.idle_power_w, file.active_power_w
    if idle_w is not None and active_w is not None and idle_w > active_w:
        raise InputError(
            f"{path} states idle_power_w = {idle_w:g}",
            why=f"that is above active_power_w = {active_w:g}",
            remedy="Idle power is the lower of the two.",
        )


def _box(file: MachineFile, name: str, told: tuple[str, ...]) -> Box:
    share, where = USABLE_SHARES[file.kind]
    device_bytes = round(file.count * file.memory_gib * GIB * share)
    of_spill: list[str] = []
    assumptions = [f"{share:.0%} of the memory is free for the model: {where}"]
    host_bytes = 0
    if file.kind not in {"cpu", "metal", "mlx"}:
        host_gib = file.host_memory_gib
        if host_gib is None:
            host_gib = file.count * file.memory_gib
            of_spill.append(f"main memory holds {host_gib:g} GiB, as much as the devices'")
        host_bytes = round(host_gib * GIB * USABLE_SHARES["cpu"][0])
    if file.kind == "mlx":
        assumptions.append("mlx_lm takes as much memory as llama.cpp would")
    if file.count > 1:
        assumptions.append(
            "layers are split over the devices and computed one after the other, as llama.cpp does"
        )
    host_bandwidth = file.host_bandwidth_gb_per_s
    if host_bytes and host_bandwidth is None:
        host_bandwidth = DUAL_CHANNEL_GB_PER_S
        of_spill.append(
            f"main memory moves {host_bandwidth:g} GB/s, as two channels of DDR4-3200 do"
        )
    device = Device(
        name=name,
        kind=file.kind,
        memory_gib=file.memory_gib,
        bandwidth_gb_per_s=file.bandwidth_gb_per_s,
        count=file.count,
        fp16_tflops=file.fp16_tflops,
    )
    return Box(
        name=name,
        kind=file.kind,
        room=Room(device_bytes, host_bytes),
        device=device,
        host=main_memory(host_bandwidth, host_bytes) if host_bandwidth else None,
        active_power_w=file.active_power_w,
        idle_power_w=file.idle_power_w,
        power_source="the machine file" if file.active_power_w is not None else "",
        price_usd=file.price_usd,
        source=", ".join(each for each in (file.source, file.as_of) if each),
        assumptions=(*assumptions, *told),
        assumptions_of_spill=tuple(of_spill),
    )


def main_memory(bandwidth_gb_per_s: float, size_bytes: int) -> Device:
    """Main memory with the processors that compute on it, as a device."""
    return Device(
        kind="cpu",
        memory_gib=size_bytes / GIB,
        bandwidth_gb_per_s=bandwidth_gb_per_s,
    )
