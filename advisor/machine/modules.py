"""Which memory modules are plugged in, how fast do they run, and on how many channels?

The firmware lists them in SMBIOS structures of type 17, "Memory Device" (DMTF DSP0134 3.7.0,
section 7.18, https://www.dmtf.org/standards/smbios). Their serial numbers are never read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.document import MemoryModule

TABLE = "sys/firmware/dmi/tables/DMI"
LINUX_HINT = "only the administrator may read it: `sudo dmidecode --type memory` shows it"
MACOS_HINT = "macOS is not asked for it: `system_profiler SPMemoryDataType` shows it"
WINDOWS_HINT = (
    "Windows is not asked for it: `Get-CimInstance Win32_PhysicalMemory` in PowerShell shows it"
)

MEMORY_DEVICE, END_OF_TABLE = 17, 127
HEADER_BYTES = 4
NO_MODULE, UNKNOWN_SIZE, EXTENDED_SIZE = 0, 0xFFFF, 0x7FFF
KILOBYTES_FLAG = 0x8000
EXTENDED_SPEED = 0xFFFF
KINDS = {
    0x18: "DDR3",
    0x1A: "DDR4",
    0x1B: "LPDDR",
    0x1C: "LPDDR2",
    0x1D: "LPDDR3",
    0x1E: "LPDDR4",
    0x20: "HBM",
    0x21: "HBM2",
    0x22: "DDR5",
    0x23: "LPDDR5",
    0x24: "HBM3",
}

CHANNEL = re.compile(r"CHANNEL[\s_-]*([A-Z0-9])\b|DIMM[\s_-]*([A-Z])\d", re.IGNORECASE)
"""How firmware names the channel in a module's place: "ChannelA-DIMM0", "P0 CHANNEL A",
"DIMM_A1"."""

UNIT = re.compile(r"(?:CPU|PROC|NODE|CONTROLLER|\bP)[\s_-]*(\d+)", re.IGNORECASE)
"""Of which processor or controller it is: "CPU1_DIMM_A1", "Controller0-ChannelA-DIMM0"."""


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules that are there, and over how many channels their places say they spread."""

    modules: tuple[MemoryModule, ...]
    channels: int | Unknown


def read_modules(root: Path) -> Modules | Unknown:
    """This machine's modules, where they can be read without being the administrator."""
    if sys.platform == "darwin":
        return Unknown(MACOS_HINT)
    if sys.platform == "win32":
        return Unknown(WINDOWS_HINT)
    return linux_modules(root)


def linux_modules(root: Path) -> Modules | Unknown:
    """From the firmware's table below `root`."""
    try:
        table = (root / TABLE).read_bytes()
    except FileNotFoundError:
        return Unknown("this system has no table of its firmware")
    except PermissionError:
        return Unknown(LINUX_HINT)
    except OSError as error:
        return Unknown(f"the table of the firmware could not be read ({error.strerror})")
    return modules_in(table)


def modules_in(table: bytes) -> Modules | Unknown:
    """The modules that a table of SMBIOS structures lists."""
    found = [
        module
        for structure, texts in _structures(table)
        if structure[0] == MEMORY_DEVICE and (module := _module(structure, texts)) is not None
    ]
    if not found:
        return Unknown("the firmware lists no memory modules")
    channels = {_channel(module.place) for module in found}
    counted: int | Unknown = len(channels)
    if None in channels:
        counted = Unknown("the firmware does not name the channels")
    return Modules(tuple(found), counted)


def _structures(table: bytes) -> Iterator[tuple[bytes, list[str]]]:
    """Each structure's fixed part and its texts, which two zero bytes end."""
    position = 0
    while position + HEADER_BYTES <= len(table):
        kind, length = table[position], table[position + 1]
        end = table.find(b"\0\0", position + length)
        if kind == END_OF_TABLE or length < HEADER_BYTES or end < 0:
            return
        texts = table[position + length : end].decode("latin-1").split("\0")
        yield table[position : position + length], texts
        position = end + 2


def _module(structure: bytes, texts: list[str]) -> MemoryModule | None:
    """One module; None for an empty place."""
    size_bytes = _size_bytes(structure)
    if size_bytes == NO_MODULE:
        return None
    places = (_text(structure, texts, at) for at in (0x10, 0x11))
    rated = _speed(structure, 0x15, 0x54)
    return MemoryModule(
        place=" ".join(place for place in places if place),
        size_bytes=size_bytes,
        kind=KINDS.get(structure[0x12]) if len(structure) > 0x12 else None,
        width_bits=_width_bits(structure),
        speed_mt_per_s=_speed(structure, 0x20, 0x58) or rated,
        rated_speed_mt_per_s=rated,
    )


def _size_bytes(structure: bytes) -> int | None:
    size = _number(structure, 0x0C, 2)
    if size is None or size == UNKNOWN_SIZE:
        return None
    if size == EXTENDED_SIZE:
        extended = _number(structure, 0x1C, 4)
        return None if extended is None else (extended & 0x7FFFFFFF) * 2**20
    if size & KILOBYTES_FLAG:
        return (size & ~KILOBYTES_FLAG) * 2**10
    return size * 2**20


def _width_bits(structure: bytes) -> int | None:
    width = _number(structure, 0x0A, 2)
    return None if width in (None, 0, 0xFFFF) else width


def _speed(structure: bytes, at: int, extended_at: int) -> int | None:
    """Million transfers a second; zero stands for unknown."""
    speed = _number(structure, at, 2)
    if speed == EXTENDED_SPEED:
        speed = _number(structure, extended_at, 4)
    return speed or None


def _number(structure: bytes, at: int, length: int) -> int | None:
    """A little-endian number; None in a structure of an older, shorter version."""
    if at + length > len(structure):
        return None
    return int.from_bytes(structure[at : at + length], "little")


def _text(structure: bytes, texts: list[str], at: int) -> str:
    """The text whose number, from 1, stands at `at`."""
    number = _number(structure, at, 1) or 0
    return texts[number - 1].strip() if 0 < number <= len(texts) else ""


def _channel(place: str) -> tuple[str, ...] | None:
    """Processor, controller and channel that a place names."""
    match = CHANNEL.search(place)
    if match is None:
        return None
    return (*UNIT.findall(place), (match[1] or match[2]).upper())
