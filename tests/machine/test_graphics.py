"""Cards of several makers in one machine, from made-up folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_system import system

from advisor.documents import Unknowns
from advisor.machine import graphics
from advisor.machine.document import Memory
from advisor.machine.graphics import read_graphics
from advisor.machine.modules import read_modules
from advisor.machine.nvml import NoDriver

MEMORY = Memory(
    total_bytes=32 * 2**30,
    available_bytes=20 * 2**30,
    swap_total_bytes=0,
    bandwidth_bytes_per_s=None,
    bandwidth=None,
)
DRM = "sys/class/drm"
PCI = "sys/bus/pci/devices"
INTEL_INTEGRATED = {
    f"{DRM}/card0/device/vendor": "0x8086",
    f"{DRM}/card0/device/device": "0x46a6",
    f"{DRM}/card0/device/uevent": "PCI_SLOT_NAME=0000:00:02.0",
    f"{PCI}/0000:00:02.0/class": "0x030000",
    f"{PCI}/0000:00:02.0/vendor": "0x8086",
}
AMD_ON_THE_BUS = {
    f"{PCI}/0000:03:00.0/class": "0x030000",
    f"{PCI}/0000:03:00.0/vendor": "0x1002",
}
AMD_DRIVEN = {
    **AMD_ON_THE_BUS,
    f"{DRM}/card1/device/vendor": "0x1002",
    f"{DRM}/card1/device/device": "0x744c",
    f"{DRM}/card1/device/uevent": "PCI_SLOT_NAME=0000:03:00.0",
}


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setattr(graphics.sys, "platform", "linux")
    monkeypatch.setattr(graphics, "ROOT", tmp_path)
    monkeypatch.setattr(graphics, "open_nvml", lambda: NoDriver("no NVIDIA driver is installed"))
    monkeypatch.setattr(graphics, "facts_by_bus_id", dict)

    def read(files):
        unknowns = Unknowns()
        system(tmp_path, files)
        return read_graphics(MEMORY, unknowns), unknowns.reasons

    return read


def test_a_card_to_compute_on_and_a_processors_graphics_stand_apart(read):
    found, unknown = read({**INTEL_INTEGRATED, **AMD_DRIVEN})
    assert [card.vendor for card in found.gpus] == ["amd"]
    assert [card.vendor for card in found.integrated] == ["intel"]
    assert "gpus" not in unknown
    assert "gpus[0].power_w" in unknown and "integrated_graphics[0].power_w" in unknown


def test_a_processors_graphics_alone_leave_no_gpu_and_no_complaint(read):
    found, unknown = read(INTEL_INTEGRATED)
    assert found.gpus == () and len(found.integrated) == 1
    assert "gpus" not in unknown


def test_a_card_without_its_driver_is_named(read):
    found, unknown = read({**INTEL_INTEGRATED, **AMD_ON_THE_BUS})
    assert found.gpus == ()
    assert unknown["gpus"] == "AMD graphics are here but no driver of theirs is loaded"


def test_an_nvidia_card_without_driver_is_named_first(read):
    nvidia = {f"{PCI}/0000:04:00.0/class": "0x030200", f"{PCI}/0000:04:00.0/vendor": "0x10de"}
    _, unknown = read({**nvidia, **AMD_ON_THE_BUS})
    assert "NVIDIA" in unknown["gpus"]


@pytest.mark.parametrize(
    ("platform", "command"),
    [("darwin", "SPMemoryDataType"), ("win32", "Win32_PhysicalMemory")],
)
def test_elsewhere_the_command_for_memory_modules_is_named(monkeypatch, platform, command):
    monkeypatch.setattr("advisor.machine.modules.sys.platform", platform)
    assert command in repr(read_modules(Path("/")))
