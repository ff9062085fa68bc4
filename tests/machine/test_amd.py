"""AMD's cards, from made-up folders in the form that amdgpu gives them."""

from __future__ import annotations

import sys

import pytest
from made_up_system import system

from advisor.documents import Unknown, Unknowns
from advisor.machine.amd import amd_cards
from advisor.machine.amdsmi import facts_by_bus_id, facts_from
from advisor.machine.cards import settled_cards
from advisor.machine.document import GpuProcess

AVAILABLE_BYTES = 64 * 2**30
CARD = "sys/class/drm/card1/device"
KFD = "sys/class/kfd/kfd"
DISCRETE = {
    f"{CARD}/vendor": "0x1002",
    f"{CARD}/device": "0x744c",
    f"{CARD}/uevent": "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0\n",
    f"{CARD}/unique_id": "5eed5eed5eed5eed",
    f"{CARD}/serial_number": "PCB012345",
    f"{CARD}/mem_info_vram_total": str(24 * 2**30),
    f"{CARD}/mem_info_vram_used": str(2**30),
    f"{CARD}/pp_dpm_sclk": "0: 500Mhz *\n1: 1200Mhz\n2: 2526Mhz\n",
    f"{CARD}/pp_dpm_mclk": "0: 96Mhz\n1: 1249Mhz *\n",
    f"{CARD}/current_link_speed": "2.5 GT/s PCIe",
    f"{CARD}/max_link_speed": "16.0 GT/s PCIe",
    f"{CARD}/current_link_width": "8",
    f"{CARD}/max_link_width": "16",
    f"{CARD}/power/runtime_status": "active",
    f"{CARD}/hwmon/hwmon3/power1_average": "21000000",
    f"{CARD}/hwmon/hwmon3/power1_cap": "303000000",
    f"{CARD}/hwmon/hwmon3/power1_cap_max": "348000000",
    f"{CARD}/hwmon/hwmon3/temp1_input": "43000",
    "sys/class/drm/card1-DP-1/status": "connected",
    "usr/share/hwdata/pci.ids": (
        "# a list\n1001  Somebody\n\t744c  Something else\n1002  Some Maker\n"
        "\t744b  Another\n\t744c  Some Radeon [RX]\n\t\t1002 0e3b  A board\n1003  Next\n"
    ),
}
APU = {
    f"{CARD}/vendor": "0x1002",
    f"{CARD}/device": "0x1586",
    f"{CARD}/uevent": "PCI_SLOT_NAME=0000:c5:00.0",
    f"{CARD}/mem_info_vram_total": str(2**30),
    f"{CARD}/mem_info_vram_used": str(2**29),
    f"{CARD}/mem_info_gtt_total": str(96 * 2**30),
    f"{CARD}/mem_info_gtt_used": str(2**30),
    f"{CARD}/hwmon/hwmon0/in1_label": "vddnb",
    f"{CARD}/hwmon/hwmon0/power1_input": "9000000",
    f"{CARD}/drm/renderD128/dev": "226:128",
    f"{KFD}/topology/nodes/0/properties": "cpu_cores_count 32\nsimd_count 0\ndrm_render_minor 0\n",
    f"{KFD}/topology/nodes/1/properties": (
        "cpu_cores_count 0\nsimd_count 80\nsimd_per_cu 2\ndrm_render_minor 128\n"
        "gfx_target_version 110501\n"
    ),
    f"{KFD}/topology/nodes/1/gpu_id": "4711",
    f"{KFD}/proc/900/vram_4711": str(2**28),
    f"{KFD}/proc/901/vram_4711": "0",
}


def cards(root, files, library=None):
    unknowns = Unknowns()
    found = amd_cards(system(root, files), AVAILABLE_BYTES, library or {})
    return settled_cards(found, "gpus", unknowns), unknowns.reasons, found


def test_a_discrete_card_is_read_in_full(tmp_path):
    (card,), unknown, (facts,) = cards(tmp_path, DISCRETE)
    assert facts.computes
    assert (card.vendor, card.name) == ("amd", "Some Radeon [RX]")
    assert card.pci_bus_id == "0000:03:00.0"
    assert (card.memory_total_bytes, card.memory_free_bytes) == (24 * 2**30, 23 * 2**30)
    assert card.memory_unified is False
    assert card.power_w == pytest.approx(21)
    assert (card.power_limit_w, card.power_limit_max_w) == (pytest.approx(303), pytest.approx(348))
    assert card.temperature_c == pytest.approx(43)
    assert (card.clock_graphics_mhz, card.clock_graphics_max_mhz) == (500, 2526)
    assert (card.clock_memory_mhz, card.clock_memory_max_mhz) == (1249, 1249)
    assert (card.pcie_generation, card.pcie_generation_max) == (1, 4)
    assert (card.pcie_width, card.pcie_width_max) == (8, 16)
    assert card.mig_instances == ()
    assert card.bandwidth_bytes_per_s is None
    assert "bus" in unknown["gpus[0].bandwidth_bytes_per_s"]


def test_every_null_of_a_card_has_its_reason(tmp_path):
    for name, files in (("one", DISCRETE), ("two", APU), ("bare", {f"{CARD}/vendor": "0x1002"})):
        (card,), unknown, _ = cards(tmp_path / name, files)
        nulls = {each for each in card.__struct_fields__ if getattr(card, each) is None}
        assert nulls == {path.removeprefix("gpus[0].") for path in unknown}


def test_neither_unique_id_nor_serial_number_is_read(tmp_path):
    (card,), unknown, _ = cards(tmp_path, DISCRETE)
    assert card.uuid is None
    assert "serial number" in unknown["gpus[0].uuid"]
    assert "5eed" not in repr(card) and "PCB0" not in repr(card)


def test_a_large_apu_shares_main_memory_and_computes(tmp_path):
    (card,), _, (facts,) = cards(tmp_path, APU)
    assert facts.computes
    assert card.memory_unified is True
    assert card.memory_total_bytes == 97 * 2**30
    assert card.memory_free_bytes == 2**29 + AVAILABLE_BYTES
    assert card.power_w == pytest.approx(9)
    assert (card.compute_capability, card.core_count) == ("gfx1151", 40)
    assert card.processes == (GpuProcess(pid=900, memory_bytes=2**28),)
    assert card.name == "PCI device 1002:1586"


def test_graphics_of_another_apu_are_not_taken_for_a_gpu(tmp_path):
    nodes = f"{KFD}/topology/nodes/1/properties"
    smaller = APU[nodes].replace("110501", "100306")
    (card,), _, (facts,) = cards(tmp_path, {**APU, nodes: smaller})
    assert card.compute_capability == "gfx1036"
    assert not facts.computes


def test_a_sleeping_card_is_not_woken(tmp_path):
    (card,), unknown, _ = cards(tmp_path, {**DISCRETE, f"{CARD}/power/runtime_status": "suspended"})
    assert card.power_w is None and card.clock_graphics_mhz is None
    assert "sleeps" in unknown["gpus[0].power_w"]
    assert card.memory_total_bytes == 24 * 2**30


@pytest.mark.parametrize("damaged", ["", "fast", "0: Mhz *", "-", "\0"])
def test_damaged_files_are_unknown_not_a_crash(tmp_path, damaged):
    (card,), unknown, _ = cards(
        tmp_path, {**DISCRETE, **{name: damaged for name in DISCRETE if "vendor" not in name}}
    )
    assert card.power_w is None and card.clock_graphics_mhz is None
    assert "gpus[0].memory_total_bytes" in unknown


def test_no_card_of_another_maker_is_taken(tmp_path):
    assert amd_cards(system(tmp_path, {f"{CARD}/vendor": "0x10de"}), 1, {}) == ()
    assert amd_cards(tmp_path / "nothing", 1, {}) == ()


class Library:
    """Answers as AMD's Python library does, of one card, and remembers being closed."""

    class AmdSmiException(Exception):
        pass

    def __init__(self, *, starts: bool = True) -> None:
        self.starts = starts
        self.closed = False

    def amdsmi_init(self):
        if not self.starts:
            raise self.AmdSmiException

    def amdsmi_shut_down(self):
        self.closed = True

    def amdsmi_get_processor_handles(self):
        return ["card"]

    def amdsmi_get_gpu_device_bdf(self, handle):
        return "0000:03:00.0"

    def amdsmi_get_gpu_asic_info(self, handle):
        return {"market_name": "Radeon on its box", "asic_serial": "0x5eed"}

    def amdsmi_get_gpu_vram_info(self, handle):
        return {"vram_bit_width": 384, "vram_max_bandwidth": 120}

    def amdsmi_get_gpu_metrics_info(self, handle):
        return {"vram_max_bandwidth": 960}

    def amdsmi_get_energy_count(self, handle):
        raise self.AmdSmiException


def test_amds_library_adds_what_sysfs_lacks(tmp_path):
    library = Library()
    (card,), unknown, _ = cards(tmp_path, DISCRETE, facts_from(library))
    assert library.closed
    assert card.name == "Radeon on its box"
    assert card.memory_bus_width_bits == 384
    assert card.bandwidth_bytes_per_s == pytest.approx(960e9)
    assert card.has_energy_counter is False
    assert "gpus[0].bandwidth_bytes_per_s" not in unknown
    assert "5eed" not in repr(card)


def test_a_library_that_does_not_start_or_is_missing_adds_nothing(monkeypatch):
    assert facts_from(Library(starts=False)) == {}
    monkeypatch.setitem(sys.modules, "amdsmi", None)
    assert facts_by_bus_id() == {}


def test_a_package_without_its_shared_library_says_nothing(tmp_path, monkeypatch, capsys):
    text = "print('cannot find libamd_smi.so')\nraise KeyError('libamd_smi.so')\n"
    (tmp_path / "amdsmi.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert facts_by_bus_id() == {}
    assert capsys.readouterr().out == ""


def test_what_the_library_does_not_know_stays_out():
    library = Library()
    library.amdsmi_get_gpu_asic_info = lambda _: {"market_name": "N/A"}
    library.amdsmi_get_gpu_vram_info = lambda _: {"vram_bit_width": "N/A"}
    library.amdsmi_get_gpu_metrics_info = lambda _: {"vram_max_bandwidth": "N/A"}
    assert facts_from(library) == {"0000:03:00.0": {}}


def test_without_memory_figures_nothing_is_guessed(tmp_path):
    files = {name: text for name, text in APU.items() if "gtt" not in name}
    found = amd_cards(system(tmp_path, files), AVAILABLE_BYTES, {})
    assert isinstance(found[0].values["memory_total_bytes"], Unknown)
