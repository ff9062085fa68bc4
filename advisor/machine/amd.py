"""Which AMD cards are here, and what does Linux tell of each?

From the files of the driver `amdgpu` below /sys/class/drm
(https://docs.kernel.org/gpu/amdgpu/thermal.html and .../driver-misc.html, read 2026-11-24).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.cards import CardFacts
from advisor.machine.drm import ASLEEP, cards_of, common_facts, scaled, sensors_of, sleeps
from advisor.machine.kfd import compute_node
from advisor.machine.sources import number_in, text_of

VENDOR_ID = "0x1002"
NOT_COMPUTED = "not computed: sysfs does not tell the width of the memory bus"

COMPUTE_APUS = ("gfx1151",)
"""Processors' own graphics that engines compute on by themselves: the Radeon 8060S of Strix Halo
(https://llvm.org/docs/AMDGPUUsage.html names the target, ROCm lists it; seen 2026-11-24)."""

DPM_STATE = re.compile(r"\d+:\s*(\d+)\s*Mhz\s*(\*?)", re.IGNORECASE)
"""A line of pp_dpm_sclk and its like: "1: 2100Mhz *", the star at the state in force."""


def amd_cards(
    root: Path, available_bytes: int, library: Mapping[str, Mapping[str, object]]
) -> tuple[CardFacts, ...]:
    """Every card that amdgpu drives, from sysfs below `root`. `available_bytes` of main memory
    bound what a card without its own may still take; `library` holds what `amdsmi` knows of a
    card, by its place on the bus."""
    return tuple(_card(root, card, available_bytes, library) for card in cards_of(root, VENDOR_ID))


def _card(
    root: Path, card: Path, available_bytes: int, library: Mapping[str, Mapping[str, object]]
) -> CardFacts:
    device = card / "device"
    unified = text_of(sensors_of(device) / "in1_label") == "vddnb"
    node = compute_node(root, card)
    known = common_facts(root, card)
    product = text_of(device / "product_name")
    values: dict[str, object] = {
        **known,
        **({"name": product} if isinstance(product, str) and product else {}),
        **_memory(device, available_bytes, unified=unified),
        **_sensors(device),
        **_clocks(device),
        "uuid": Unknown("AMD's unique id is a serial number, which is never read"),
        "memory_unified": unified,
        "bandwidth_bytes_per_s": Unknown("sysfs does not tell the width of the memory bus"),
        "bandwidth_basis": NOT_COMPUTED,
        "has_energy_counter": (sensors_of(device) / "energy1_input").exists(),
        "persistence_enabled": Unknown("AMD's driver has no such mode"),
        "mig_enabled": Unknown("only NVIDIA's cards are divided so"),
        "mig_instances": (),
        "processes": node,
    }
    if not isinstance(node, Unknown):
        values["compute_capability"] = node.target or Unknown("the compute driver names no target")
        values["core_count"] = node.compute_units
        values["processes"] = node.processes
    values.update(library.get(str(known["pci_bus_id"]).lower(), {}))
    computes = not unified or values.get("compute_capability") in COMPUTE_APUS
    return CardFacts("amd", computes, values)


def _memory(device: Path, available_bytes: int, *, unified: bool) -> dict[str, object]:
    """The card's own memory; of an APU what firmware set aside plus what it may map of the rest.

    The kernel shows the voltage `vddnb` on APUs only (amdgpu_pm.c), which is how one is known.
    """
    own = number_in(device / "mem_info_vram_total")
    own_used = number_in(device / "mem_info_vram_used")
    if isinstance(own, Unknown) or isinstance(own_used, Unknown):
        reason = own if isinstance(own, Unknown) else own_used
        return {"memory_total_bytes": own, "memory_free_bytes": reason}
    if not unified:
        return {"memory_total_bytes": own, "memory_free_bytes": own - own_used}
    mapped = number_in(device / "mem_info_gtt_total")
    mapped_used = number_in(device / "mem_info_gtt_used")
    if isinstance(mapped, Unknown) or isinstance(mapped_used, Unknown):
        reason = mapped if isinstance(mapped, Unknown) else mapped_used
        return {"memory_total_bytes": reason, "memory_free_bytes": reason}
    return {
        "memory_total_bytes": own + mapped,
        "memory_free_bytes": own - own_used + min(mapped - mapped_used, available_bytes),
    }


def _sensors(device: Path) -> dict[str, object]:
    """Watts and degrees; the kernel counts microwatts and thousandths of a degree."""
    if sleeps(device):
        fields = ("power_w", "power_limit_w", "power_limit_max_w", "temperature_c")
        return dict.fromkeys(fields, ASLEEP)
    sensors = sensors_of(device)
    average_w = scaled(sensors / "power1_average", 1e-6)
    now_w = scaled(sensors / "power1_input", 1e-6)
    return {
        "power_w": now_w if isinstance(average_w, Unknown) else average_w,
        "power_limit_w": scaled(sensors / "power1_cap", 1e-6),
        "power_limit_max_w": scaled(sensors / "power1_cap_max", 1e-6),
        "temperature_c": scaled(sensors / "temp1_input", 1e-3),
    }


def _clocks(device: Path) -> dict[str, object]:
    facts: dict[str, object] = {}
    for kind, name in (("graphics", "pp_dpm_sclk"), ("memory", "pp_dpm_mclk")):
        now_mhz, highest_mhz = (ASLEEP, ASLEEP) if sleeps(device) else _states(device / name)
        facts[f"clock_{kind}_mhz"] = now_mhz
        facts[f"clock_{kind}_max_mhz"] = highest_mhz
    return facts


def _states(path: Path) -> tuple[int | Unknown, int | Unknown]:
    """The clock in force and the highest of the states listed."""
    text = text_of(path)
    if isinstance(text, Unknown):
        return text, text
    states = [(int(match[1]), bool(match[2])) for match in DPM_STATE.finditer(text)]
    if not states:
        unlisted = Unknown("the driver lists no clocks")
        return unlisted, unlisted
    in_force = [mhz for mhz, starred in states if starred]
    return (
        in_force[0] if in_force else Unknown("the driver marks no clock as in force"),
        max(mhz for mhz, _ in states),
    )
