"""Which graphics devices are there, whether or not a driver can be asked?"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from advisor.machine.sources import text_of

VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
"""PCI vendor ids of the makers of graphics devices (https://pci-ids.ucw.cz)."""

DISPLAY_CLASS = "0x03"


def display_makers(root: Path) -> tuple[str, ...]:
    """The makers of the display and 3D controllers, one entry a device: on Linux from `root`/sys,
    on a Mac from its processor; Windows is not asked."""
    if sys.platform == "darwin":
        return ("Apple",) if platform.machine() == "arm64" else ()
    vendors = (device.partition(":")[0] for device in display_devices(root))
    return tuple(VENDORS[vendor] for vendor in vendors if vendor in VENDORS)


def display_devices(root: Path) -> tuple[str, ...]:
    """Vendor and number ("0x10de:0x2684") of each such device that Linux lists below `root`."""
    found = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        kind, vendor = text_of(device / "class"), text_of(device / "vendor")
        if isinstance(kind, str) and kind.startswith(DISPLAY_CLASS) and isinstance(vendor, str):
            number = text_of(device / "device")
            found.append(f"{vendor}:{number if isinstance(number, str) else ''}")
    return tuple(found)
