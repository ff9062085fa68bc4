"""Which GPU does this Mac's processor hold, and what does macOS tell of it?

`system_profiler SPDisplaysDataType -json` names the GPU and its cores; main memory is its memory
(https://developer.apple.com/documentation/metal/mtldevice/hasunifiedmemory, read 2026-11-24).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from advisor.documents import Unknown
from advisor.machine.cards import NOT_TOLD, CardFacts
from advisor.machine.document import Memory

PROFILER = ("/usr/sbin/system_profiler", "SPDisplaysDataType", "-json")
BRAND = ("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
MAKER = "sppci_vendor_Apple"
ADMINISTRATOR_ONLY = Unknown("macOS tells it to the administrator only (`sudo powermetrics`)")


class Reader(Protocol):
    """Runs a command of the system and returns what it prints."""

    def __call__(self, *command: str) -> str | Unknown: ...


class _Display(msgspec.Struct):
    sppci_model: str = ""
    sppci_cores: str = ""
    spdisplays_vendor: str = ""


class _Displays(msgspec.Struct):
    displays: list[_Display] = msgspec.field(name="SPDisplaysDataType", default_factory=list)


def apple_cards(read: Reader, memory: Memory) -> tuple[CardFacts, ...]:
    """The GPU of an Apple processor; none where the processor is another maker's."""
    brand = read(*BRAND)
    if isinstance(brand, Unknown) or not brand.startswith("Apple"):
        return ()
    display = _display(read(*PROFILER))
    cores: int | Unknown = NOT_TOLD
    if display and display.sppci_cores.isdecimal():
        cores = int(display.sppci_cores)
    values: dict[str, object] = {
        "name": (display.sppci_model if display else "") or brand,
        "core_count": cores,
        "uuid": Unknown("it is a part of the processor"),
        "pci_bus_id": Unknown("it is not on the PCI bus"),
        "memory_total_bytes": memory.total_bytes,
        "memory_free_bytes": memory.available_bytes,
        "memory_unified": True,
        "bandwidth_bytes_per_s": NOT_TOLD,
        "bandwidth_basis": "not told; main memory's is measured by the processor's cores only",
        "power_w": ADMINISTRATOR_ONLY,
        "clock_graphics_mhz": ADMINISTRATOR_ONLY,
        "throttle_reasons": ADMINISTRATOR_ONLY,
        "mig_enabled": Unknown("only NVIDIA's cards are divided so"),
        "mig_instances": (),
    }
    return (CardFacts("apple", computes=True, values=values),)


def _display(listed: str | Unknown) -> _Display | None:
    """Apple's own entry among the displays."""
    if isinstance(listed, Unknown):
        return None
    try:
        displays = msgspec.json.decode(listed, type=_Displays).displays
    except msgspec.DecodeError:
        return None
    return next((one for one in displays if one.spdisplays_vendor == MAKER), None)
