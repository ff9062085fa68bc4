"""Who uses the graphics cards at this moment?

NVIDIA's by NVML; AMD's by `gpu_busy_percent` of the driver amdgpu
(https://docs.kernel.org/gpu/amdgpu/thermal.html, read 2026-11-25), which tells of no processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.documents import Unknown, Unknowns
from advisor.machine.amd import VENDOR_ID
from advisor.machine.document import GpuProcess
from advisor.machine.drm import cards_of, device_name, sleeps
from advisor.machine.holders import holders
from advisor.machine.nvml import Nvml, open_nvml
from advisor.machine.sources import ROOT, number_in

NO_PROCESSES = Unknown("amdgpu does not tell which processes hold its memory")


@dataclass(frozen=True, slots=True)
class CardUse:
    """How busy a card is, in percent of the last moments, and who has memory on it."""

    name: str
    busy_percent: float | Unknown
    holders: tuple[GpuProcess, ...] | Unknown


def cards_in_use(root: Path = ROOT) -> tuple[CardUse, ...]:
    """Every card that tells of its use; never fails."""
    return (*_nvidia(), *_amd(root))


def _nvidia() -> tuple[CardUse, ...]:
    nvml = open_nvml()
    if isinstance(nvml, Unknown):
        return ()
    try:
        handles = nvml.handles()
        if isinstance(handles, Unknown):
            return ()
        return tuple(_card(nvml, each) for each in handles if not isinstance(each, Unknown))
    finally:
        nvml.close()


def _card(nvml: Nvml, handle: Any) -> CardUse:
    library = nvml.library
    name = nvml.read(library.nvmlDeviceGetName, handle)
    rates = nvml.read(library.nvmlDeviceGetUtilizationRates, handle)
    return CardUse(
        name=name if isinstance(name, str) else "an NVIDIA card",
        busy_percent=rates if isinstance(rates, Unknown) else float(rates.gpu),
        holders=holders(nvml, handle, "", Unknowns()),
    )


def _amd(root: Path) -> tuple[CardUse, ...]:
    found = []
    for card in cards_of(root, VENDOR_ID):
        device = card / "device"
        name = device_name(root, device)
        busy = 0 if sleeps(device) else number_in(device / "gpu_busy_percent")
        found.append(
            CardUse(
                name=name if isinstance(name, str) else "an AMD card",
                busy_percent=busy if isinstance(busy, Unknown) else float(busy),
                holders=NO_PROCESSES,
            )
        )
    return tuple(found)
