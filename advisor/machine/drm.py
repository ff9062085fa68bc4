"""Which graphics cards does Linux list, and what does it tell of each alike, whoever made it?

Below /sys/class/drm there is a folder `cardN` for each card, whose `device` is the card's place
on the PCI bus (https://docs.kernel.org/gpu/drm-uapi.html and
https://docs.kernel.org/PCI/sysfs-pci.html, read 2026-11-24).
"""

from __future__ import annotations

import re
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.sources import number_in, text_of

CARD = re.compile(r"card(\d+)")
"""Folders of cards; those of their sockets ("card0-DP-1") are passed over."""

PCIE_GENERATIONS = {"2.5": 1, "5.0": 2, "8.0": 3, "16.0": 4, "32.0": 5, "64.0": 6}
"""Gigatransfers a second of a lane, as the kernel writes them (`pci_speed_string` in
drivers/pci/probe.c) -> generation of PCI Express."""

BRIDGE_CLASS = "0x0604"

PCI_NAMES = ("usr/share/hwdata/pci.ids", "usr/share/misc/pci.ids")
ASLEEP = Unknown("the card sleeps, and asking would wake it")


def cards_of(root: Path, vendor_id: str) -> list[Path]:
    """The folders of one vendor's cards ("0x1002"), in the kernel's order."""
    numbered = (
        (int(match[1]), folder)
        for folder in (root / "sys/class/drm").glob("card*")
        if (match := CARD.fullmatch(folder.name))
    )
    return [
        folder for _, folder in sorted(numbered) if text_of(folder / "device/vendor") == vendor_id
    ]


def common_facts(root: Path, card: Path) -> dict[str, object]:
    """Name, place on the bus and link of a card."""
    device = card / "device"
    link = link_to_the_slot(device)
    return {
        "name": device_name(root, device),
        "pci_bus_id": pci_bus_id(device),
        "pcie_generation": _generation(link / "current_link_speed"),
        "pcie_generation_max": _generation(link / "max_link_speed"),
        "pcie_width": _width(link / "current_link_width"),
        "pcie_width_max": _width(link / "max_link_width"),
    }


def link_to_the_slot(device: Path) -> Path:
    """The folder of the card's end of the link to its slot.

    AMD's cards from Navi on and Intel's Arc hold a switch, so that the device itself tells of a
    link inside the card: that to the slot is the switch's upper port's, two steps up
    (https://github.com/ilya-zlobintsev/amdgpu-sysfs-rs/pull/6 and
    https://github.com/Syllo/nvtop/pull/344, read 2026-11-25).
    """
    inside = device.resolve()
    lower, upper = inside.parent, inside.parent.parent
    maker = text_of(inside / "vendor")
    is_switch = all(
        text_of(port / "vendor") == maker
        and isinstance(kind := text_of(port / "class"), str)
        and kind.startswith(BRIDGE_CLASS)
        for port in (lower, upper)
    )
    return upper if is_switch and isinstance(maker, str) else device


def pci_bus_id(device: Path) -> str | Unknown:
    """Where the device sits: domain:bus:device.function."""
    uevent = text_of(device / "uevent")
    if isinstance(uevent, Unknown):
        return uevent
    named = dict(line.split("=", 1) for line in uevent.splitlines() if "=" in line)
    return named.get("PCI_SLOT_NAME", Unknown("it is not on the PCI bus"))


def device_name(root: Path, device: Path) -> str | Unknown:
    """The name in the system's list of PCI devices, else the device's number."""
    vendor, number = text_of(device / "vendor"), text_of(device / "device")
    if isinstance(vendor, Unknown) or isinstance(number, Unknown):
        return Unknown("the system does not number it")
    for place in PCI_NAMES:
        listed = text_of(root / place)
        if isinstance(listed, str) and (name := _listed_name(listed, vendor, number)):
            return name
    return f"PCI device {vendor.removeprefix('0x')}:{number.removeprefix('0x')}"


def sensors_of(device: Path) -> Path:
    """The folder of the card's sensors, which need not be there."""
    return next(iter(sorted((device / "hwmon").glob("hwmon*"))), device / "hwmon")


def sleeps(device: Path) -> bool:
    """Whether the card is suspended to save power."""
    return text_of(device / "power/runtime_status") == "suspended"


def scaled(path: Path, factor: float) -> float | Unknown:
    """The number in a file, brought to another unit."""
    number = number_in(path)
    return number if isinstance(number, Unknown) else number * factor


def _listed_name(listed: str, vendor: str, number: str) -> str | None:
    """The device's line below its vendor's in pci.ids (https://pci-ids.ucw.cz)."""
    _, _, below = f"\n{listed}".partition(f"\n{vendor.removeprefix('0x')}  ")
    for line in below.splitlines()[1:]:
        if line and not line.startswith(("\t", "#")):
            return None
        if line.startswith(f"\t{number.removeprefix('0x')}  "):
            return line.split("  ", 1)[1].strip()
    return None


def _generation(path: Path) -> int | Unknown:
    speed = text_of(path)
    if isinstance(speed, Unknown):
        return speed
    return PCIE_GENERATIONS.get(speed.partition(" ")[0], Unknown("it has no PCIe link of its own"))


def _width(path: Path) -> int | Unknown:
    width = number_in(path)
    if isinstance(width, int) and not 0 < width <= 32:
        return Unknown("it has no PCIe link of its own")
    return width
