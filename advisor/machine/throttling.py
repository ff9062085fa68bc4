"""What holds an NVIDIA card's clocks back at this moment?

The driver answers in bits (NVML reference, nvmlClocksEventReasons, read 2026-11-25).
"""

from __future__ import annotations

from typing import Any

from advisor.documents import Unknown
from advisor.machine.nvml import Nvml

THROTTLES = {
    0x004: "power limit",
    0x008: "hardware slowdown",
    0x010: "a slower card that it keeps in step with",
    0x020: "software thermal slowdown",
    0x040: "hardware thermal slowdown",
    0x080: "power brake",
    0x200: "board limit",
    0x400: "voltage reliability",
}
"""Bits of `nvmlClocksEventReason...` that hold clocks back; idling and settings are none."""


def throttle_reasons(nvml: Nvml, handle: Any) -> tuple[str, ...] | Unknown:
    """In words; older drivers know the call by its old name."""
    bits = nvml.read(nvml.library.nvmlDeviceGetCurrentClocksEventReasons, handle)
    if isinstance(bits, Unknown):
        bits = nvml.read(nvml.library.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
    if isinstance(bits, Unknown):
        return bits
    return tuple(reason for bit, reason in THROTTLES.items() if bits & bit)
