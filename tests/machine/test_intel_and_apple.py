"""Graphics of Intel and Apple, from made-up answers in their documented form."""

from __future__ import annotations

import json

import pytest
from made_up_system import system

from advisor.documents import Unknown, Unknowns
from advisor.machine.apple import BRAND, PROFILER, apple_cards
from advisor.machine.cards import settled_cards
from advisor.machine.document import Memory
from advisor.machine.intel import intel_cards

MEMORY = Memory(
    total_bytes=32 * 2**30,
    available_bytes=20 * 2**30,
    swap_total_bytes=0,
    bandwidth_bytes_per_s=None,
    bandwidth=None,
)
INTEGRATED = {
    "sys/class/drm/card0/device/vendor": "0x8086",
    "sys/class/drm/card0/device/device": "0x46a6",
    "sys/class/drm/card0/device/uevent": "PCI_SLOT_NAME=0000:00:02.0",
    "sys/class/drm/card0/device/current_link_width": "255",
    "sys/class/drm/card0/gt_act_freq_mhz": "300",
    "sys/class/drm/card0/gt_RP0_freq_mhz": "1400",
    "sys/class/drm/card0/gt/gt0/throttle_reason_pl1": "1",
    "sys/class/drm/card0/gt/gt0/throttle_reason_pl2": "1",
    "sys/class/drm/card0/gt/gt0/throttle_reason_thermal": "0",
}
DISCRETE = {
    "sys/class/drm/card10/device/vendor": "0x8086",
    "sys/class/drm/card10/device/device": "0xe20b",
    "sys/class/drm/card10/device/uevent": "PCI_SLOT_NAME=0000:03:00.0",
    "sys/class/drm/card10/device/tile0/physical_vram_size_bytes": str(12 * 2**30),
    "sys/class/drm/card10/device/tile0/gt0/freq0/act_freq": "400",
    "sys/class/drm/card10/device/tile0/gt0/freq0/rp0_freq": "2850",
    "sys/class/drm/card10/device/tile0/gt0/freq0/throttle/reason_prochot": "1",
    "sys/class/drm/card10/device/hwmon/hwmon2/energy1_input": "123456789",
    "sys/class/drm/card10/device/hwmon/hwmon2/power1_max": "190000000",
    "sys/class/drm/card10/device/hwmon/hwmon2/temp2_input": "38000",
}
DISPLAYS = json.dumps(
    {
        "SPDisplaysDataType": [
            {
                "_name": "Apple M2 Pro",
                "spdisplays_mtlgpufamilysupport": "spdisplays_metal3",
                "spdisplays_vendor": "sppci_vendor_Apple",
                "sppci_bus": "spdisplays_builtin",
                "sppci_cores": "19",
                "sppci_model": "Apple M2 Pro",
            }
        ]
    }
)


def intel(root, files):
    unknowns = Unknowns()
    found = intel_cards(system(root, files), MEMORY)
    return settled_cards(found, "gpus", unknowns), unknowns.reasons, found


def apple(brand, displays):
    unknowns = Unknowns()
    answers = {BRAND: brand, PROFILER: displays}
    found = apple_cards(lambda *command: answers[command], MEMORY)
    return settled_cards(found, "gpus", unknowns), unknowns.reasons


def test_integrated_graphics_share_memory_and_are_no_gpu_to_compute_on(tmp_path):
    (card,), unknown, (facts,) = intel(tmp_path, INTEGRATED)
    assert not facts.computes
    assert (card.vendor, card.memory_unified) == ("intel", True)
    assert (card.memory_total_bytes, card.memory_free_bytes) == (32 * 2**30, 20 * 2**30)
    assert (card.clock_graphics_mhz, card.clock_graphics_max_mhz) == (300, 1400)
    assert card.throttle_reasons == ("power limit",)
    assert card.has_energy_counter is False
    assert card.pcie_width is None and "no PCIe link" in unknown["gpus[0].pcie_width"]


def test_a_discrete_card_has_its_own_memory_and_counts_energy(tmp_path):
    (card,), unknown, (facts,) = intel(tmp_path, DISCRETE)
    assert facts.computes
    assert card.memory_total_bytes == 12 * 2**30
    assert card.memory_unified is False
    assert (card.clock_graphics_mhz, card.clock_graphics_max_mhz) == (400, 2850)
    assert card.throttle_reasons == ("hardware thermal slowdown",)
    assert card.has_energy_counter is True
    assert card.power_limit_w == pytest.approx(190)
    assert card.temperature_c == pytest.approx(38)
    assert "no power" in unknown["gpus[0].power_w"]


def test_both_are_told_apart_in_the_kernels_order(tmp_path):
    beside = {"sys/class/drm/card10/lmem_total_bytes": str(16 * 2**30)}
    cards, _, found = intel(tmp_path, {**DISCRETE, **INTEGRATED, **beside})
    assert [facts.computes for facts in found] == [False, True]
    assert [card.index for card in cards] == [0, 1]
    assert cards[1].memory_total_bytes == 16 * 2**30


def test_a_limit_of_zero_is_none(tmp_path):
    files = {**DISCRETE, "sys/class/drm/card10/device/hwmon/hwmon2/power1_max": "0"}
    (card,), unknown, _ = intel(tmp_path, files)
    assert card.power_limit_w is None
    assert unknown["gpus[0].power_limit_w"] == "no limit is set"


def test_memory_that_is_not_listed_is_unknown(tmp_path):
    files = {name: text for name, text in DISCRETE.items() if "vram" not in name}
    (card,), unknown, _ = intel(tmp_path, files)
    assert card.memory_total_bytes is None
    assert "gpus[0].memory_total_bytes" in unknown


def test_a_sleeping_card_is_not_woken(tmp_path):
    asleep = {"sys/class/drm/card10/device/power/runtime_status": "suspended"}
    (card,), unknown, _ = intel(tmp_path, {**DISCRETE, **asleep})
    assert card.clock_graphics_mhz is None and card.throttle_reasons is None
    assert "sleeps" in unknown["gpus[0].temperature_c"]


def test_apples_gpu_has_all_of_memory_and_its_cores():
    (card,), unknown = apple("Apple M2 Pro", DISPLAYS)
    assert (card.vendor, card.name, card.core_count) == ("apple", "Apple M2 Pro", 19)
    assert card.memory_unified is True
    assert (card.memory_total_bytes, card.memory_free_bytes) == (32 * 2**30, 20 * 2**30)
    assert "powermetrics" in unknown["gpus[0].power_w"]
    nulls = {each for each in card.__struct_fields__ if getattr(card, each) is None}
    assert nulls == {path.removeprefix("gpus[0].") for path in unknown}


@pytest.mark.parametrize(
    "displays", [Unknown("nothing"), "", "{", "[]", "{}", '{"SPDisplaysDataType": [{}]}']
)
def test_without_the_profiler_the_processors_name_stands(displays):
    (card,), unknown = apple("Apple M4", displays)
    assert card.name == "Apple M4"
    assert card.core_count is None and "gpus[0].core_count" in unknown


def test_a_mac_with_another_processor_has_no_apple_gpu():
    assert apple("Intel(R) Core(TM) i9", DISPLAYS) == ((), {})
    assert apple(Unknown("nothing"), DISPLAYS) == ((), {})
