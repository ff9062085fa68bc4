"""Which Intel graphics are here, and what does Linux tell of each?

From the files of the drivers `i915` and `xe` below /sys/class/drm
(https://docs.kernel.org/admin-guide/abi-testing.html: sysfs-driver-intel-i915-hwmon and
sysfs-driver-intel-xe-hwmon, read 2026-11-24).
"""

from __future__ import annotations

from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.cards import NOT_TOLD, CardFacts
from advisor.machine.document import Memory
from advisor.machine.drm import (
    ASLEEP,
    cards_of,
    common_facts,
    pci_bus_id,
    scaled,
    sensors_of,
    sleeps,
)
from advisor.machine.sources import number_in

VENDOR_ID = "0x8086"
BANDWIDTH_BASIS = "not computed: the driver does not tell the width of the memory bus"
INTEGRATED_PLACE = "0000:00:02.0"
"""Graphics inside Intel's processors sit at bus 0, device 2 (any of Intel's processor data
sheets, "Processor Graphics Device 2 Function 0")."""

THROTTLES = {
    "pl1": "power limit",
    "pl2": "power limit",
    "pl4": "power limit",
    "thermal": "hardware thermal slowdown",
    "prochot": "hardware thermal slowdown",
    "ratl": "hardware thermal slowdown",
    "vr_thermalert": "voltage regulator hot",
    "vr_tdc": "voltage regulator current",
}
"""The driver's words for what holds clocks back (xe_gt_throttle.c) -> those used for all."""

THROTTLE_FILES = (
    "gt/gt0/throttle_reason_{}",
    "device/tile0/gt0/freq0/throttle/reason_{}",
)
CLOCK_FILES = {
    "clock_graphics_mhz": ("gt_act_freq_mhz", "device/tile0/gt0/freq0/act_freq"),
    "clock_graphics_max_mhz": ("gt_RP0_freq_mhz", "device/tile0/gt0/freq0/rp0_freq"),
}


def intel_cards(root: Path, memory: Memory) -> tuple[CardFacts, ...]:
    """Every card that i915 or xe drives, from sysfs below `root`; `memory` is the machine's,
    which integrated graphics share."""
    return tuple(_card(root, card, memory) for card in cards_of(root, VENDOR_ID))


def _card(root: Path, card: Path, memory: Memory) -> CardFacts:
    device = card / "device"
    integrated = pci_bus_id(device) == INTEGRATED_PLACE
    values: dict[str, object] = {
        **common_facts(root, card),
        "memory_total_bytes": memory.total_bytes if integrated else _own_memory(card),
        "memory_free_bytes": memory.available_bytes if integrated else NOT_TOLD,
        "memory_unified": integrated,
        "bandwidth_basis": BANDWIDTH_BASIS,
        "uuid": NOT_TOLD,
        **_power(device),
        **{field: _first_number(card, names) for field, names in CLOCK_FILES.items()},
        "throttle_reasons": _throttles(card),
        "persistence_enabled": Unknown("Intel's driver has no such mode"),
        "mig_enabled": Unknown("only NVIDIA's cards are divided so"),
        "mig_instances": (),
    }
    return CardFacts("intel", not integrated, values)


def _own_memory(card: Path) -> int | Unknown:
    """Intel's own releases of i915 list it beside the card, some of xe by tile."""
    listed = number_in(card / "lmem_total_bytes")
    if isinstance(listed, int):
        return listed
    tiles = [
        number_in(tile / "physical_vram_size_bytes")
        for tile in sorted((card / "device").glob("tile[0-9]*"))
    ]
    known = [each for each in tiles if isinstance(each, int)]
    return sum(known) if known and len(known) == len(tiles) else NOT_TOLD


def _power(device: Path) -> dict[str, object]:
    """The driver counts energy and sets a limit (0: none) but tells no power."""
    sensors = sensors_of(device)
    counts = (sensors / "energy1_input").exists()
    facts: dict[str, object] = {
        "power_w": Unknown("the driver counts energy but tells no power") if counts else NOT_TOLD,
        "has_energy_counter": counts,
    }
    if sleeps(device):
        return {**facts, "power_limit_w": ASLEEP, "temperature_c": ASLEEP}
    limit_w = scaled(sensors / "power1_max", 1e-6)
    own_c = scaled(sensors / "temp1_input", 1e-3)
    package_c = scaled(sensors / "temp2_input", 1e-3)
    return {
        **facts,
        "power_limit_w": Unknown("no limit is set") if limit_w == 0 else limit_w,
        "temperature_c": package_c if isinstance(own_c, Unknown) else own_c,
    }


def _first_number(card: Path, names: tuple[str, ...]) -> int | Unknown:
    if sleeps(card / "device"):
        return ASLEEP
    numbers = (number_in(card / name) for name in names)
    return next((number for number in numbers if isinstance(number, int)), NOT_TOLD)


def _throttles(card: Path) -> tuple[str, ...] | Unknown:
    if sleeps(card / "device"):
        return ASLEEP
    flags = {
        name: number_in(card / file.format(name))
        for name in THROTTLES
        for file in THROTTLE_FILES
        if (card / file.format(name)).exists()
    }
    if not flags:
        return NOT_TOLD
    return tuple(dict.fromkeys(THROTTLES[name] for name, flag in flags.items() if flag == 1))
