"""Which machine is this, without telling who owns it, and is it still the same make?"""

from __future__ import annotations

import hashlib
import hmac
import re
import sys
from collections.abc import Iterable, Sequence

from advisor.documents import Unknown
from advisor.machine.document import Cpu, Drivers, Gpu, Memory
from advisor.machine.sources import ROOT, command_output, text_of, windows_registry

APPLICATION_KEY = b"local-or-api advisor machine id v1"
"""Fixed for ever: with another key every machine would change its name."""

ID_HEX_DIGITS = 32
WELL_FORMED = re.compile(r"(?!0{32})[0-9a-f]{32}")
"""32 hexadecimal digits, not all of them zero; what has no id yet says so in other words
(https://www.freedesktop.org/software/systemd/man/latest/machine-id.html, read 2026-11-25)."""

IMAGES = ("docker", "podman", "kubernetes", "containerd")
"""Containers that are started from an image, whose file of the id may come with it."""


def operating_system_id() -> str | Unknown:
    """The id that the operating system drew at its installation; it never leaves this module's
    callers unhashed."""
    if sys.platform == "darwin":
        listed = command_output("/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
        return listed if isinstance(listed, Unknown) else _quoted_after(listed, "IOPlatformUUID")
    if sys.platform == "win32":
        found = windows_registry(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")
        return found if isinstance(found, (str, Unknown)) else str(found)
    for path in ("etc/machine-id", "var/lib/dbus/machine-id"):
        text = text_of(ROOT / path)
        if isinstance(text, str) and WELL_FORMED.fullmatch(text):
            return text
    return Unknown("this system has no machine id")


def machine_id(system_id: str | Unknown, make: str, container: str = "none") -> tuple[str, str]:
    """The machine's name in records (32 hexadecimal digits) and what it was made from.

    HMAC-SHA256 of the operating system's id with a fixed application key, so that it can neither
    be turned back nor matched with another program's (as systemd's
    `sd_id128_get_machine_app_specific`). Without such an id it is made from the `make`: then
    machines of the same make share a name. In a `container` from an image all that run the image
    may have one id, so that both are taken.
    """
    if isinstance(system_id, Unknown):
        return _keyed(f"make {make}"), f"its make, because {system_id.reason}"
    if container in IMAGES:
        return _keyed(f"{system_id} {make}"), "the container's machine id and its make"
    return _keyed(system_id), "the system's machine id"


def make_of(cpu: Cpu, display_devices: Sequence[str]) -> str:
    """What no update of a driver, limit or setting changes: processors and graphics devices."""
    cores = f"{cpu.sockets} {cpu.physical_cores} {cpu.logical_cores}"
    return "\n".join((f"cpu {cpu.model} {cores}", *sorted(display_devices)))


def signature_of(cpu: Cpu, memory: Memory, gpus: Sequence[Gpu], drivers: Drivers) -> str:
    """Digest of what bears on speed and power: processor, memory, cards, driver, power limits.

    Main memory counts in whole GiB because the kernel's share of it changes, and once only: not
    again for a card that shares it.
    """
    return hashlib.sha256("\n".join(_parts(cpu, memory, gpus, drivers)).encode()).hexdigest()[
        :ID_HEX_DIGITS
    ]


def _parts(cpu: Cpu, memory: Memory, gpus: Sequence[Gpu], drivers: Drivers) -> Iterable[str]:
    yield f"cpu {cpu.model} {cpu.sockets} {cpu.physical_cores} {cpu.logical_cores}"
    yield f"memory {round(memory.total_bytes / 2**30)}"
    yield f"driver {drivers.nvidia}"
    for gpu in gpus:
        own_bytes = None if gpu.memory_unified else gpu.memory_total_bytes
        yield f"gpu {gpu.name} {own_bytes} {gpu.power_limit_w}"


def _keyed(text: str) -> str:
    digest = hmac.new(APPLICATION_KEY, text.encode(), hashlib.sha256)
    return digest.hexdigest()[:ID_HEX_DIGITS]


def _quoted_after(text: str, name: str) -> str | Unknown:
    for line in text.splitlines():
        if name in line:
            return line.rsplit("=", 1)[-1].strip().strip('"')
    return Unknown("this Mac does not list its id")
