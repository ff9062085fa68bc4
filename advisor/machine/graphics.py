"""Which graphics processors are here, whoever made them, and which of them compute?"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.documents import Unknown, Unknowns
from advisor.machine.amd import VENDOR_ID as AMD_VENDOR_ID
from advisor.machine.amd import amd_cards
from advisor.machine.amdsmi import facts_by_bus_id
from advisor.machine.apple import apple_cards
from advisor.machine.cards import CardFacts, settled_cards
from advisor.machine.display import display_makers
from advisor.machine.document import Drivers, Gpu, Memory
from advisor.machine.drm import cards_of
from advisor.machine.intel import intel_cards
from advisor.machine.nvidia import SystemMemory, nvidia_drivers, nvidia_gpus
from advisor.machine.nvml import NoDriver, Nvml, open_nvml
from advisor.machine.sources import ROOT, command_output

NO_NVIDIA_DRIVER = Unknown("an NVIDIA card is here but no driver: install NVIDIA's driver")
NO_OTHER_DRIVER = "{makers} graphics are here but no driver of theirs is loaded"


@dataclass(frozen=True, slots=True)
class Graphics:
    """Cards that engines compute on, NVIDIA's first; processors' own graphics; driver versions."""

    gpus: tuple[Gpu, ...]
    integrated: tuple[Gpu, ...]
    drivers: Drivers


def read_graphics(memory: Memory, unknowns: Unknowns) -> Graphics:
    """All that can be asked; under `gpus` why others that are here cannot."""
    makers = display_makers(ROOT)
    nvml = open_nvml()
    drivers = nvidia_drivers(nvml, unknowns)
    gpus: tuple[Gpu, ...] = ()
    if isinstance(nvml, Nvml):
        shared = SystemMemory(memory.total_bytes, memory.available_bytes)
        gpus = nvidia_gpus(nvml, shared, unknowns)
        nvml.close()
    elif isinstance(nvml, NoDriver) and "NVIDIA" in makers:
        unknowns.settle("gpus", NO_NVIDIA_DRIVER)
    elif not isinstance(nvml, NoDriver):
        unknowns.settle("gpus", nvml)
    found = _other_cards(memory)
    gpus += settled_cards([c for c in found if c.computes], "gpus", unknowns, first=len(gpus))
    integrated = settled_cards(
        [c for c in found if not c.computes], "integrated_graphics", unknowns
    )
    unread = _unread(makers, found)
    if unread and not gpus and "gpus" not in unknowns.reasons:
        unknowns.settle("gpus", Unknown(NO_OTHER_DRIVER.format(makers=" and ".join(unread))))
    return Graphics(gpus, integrated, drivers)


def _other_cards(memory: Memory) -> tuple[CardFacts, ...]:
    if sys.platform == "darwin":
        return apple_cards(command_output, memory) if platform.machine() == "arm64" else ()
    if sys.platform != "linux":
        return ()
    has_amd = bool(cards_of(ROOT, AMD_VENDOR_ID))
    library = facts_by_bus_id() if has_amd else {}
    return (
        *amd_cards(ROOT, memory.available_bytes, library),
        *intel_cards(ROOT, memory),
    )


def _unread(makers: Sequence[str], found: Sequence[CardFacts]) -> list[str]:
    """The makers other than NVIDIA of whom a device is here but no card was found."""
    read = {card.vendor for card in found}
    return sorted({maker for maker in makers if maker != "NVIDIA" and maker.lower() not in read})
