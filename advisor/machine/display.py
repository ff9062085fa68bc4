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
    makers = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        kind, vendor = text_of(device / "class"), text_of(device / "vendor")
        if isinstance(kind, str) and kind.startswith(DISPLAY_CLASS) and isinstance(vendor, str):
            makers.append(VENDORS.get(vendor, ""))
    return tuple(maker for maker in makers if maker)
