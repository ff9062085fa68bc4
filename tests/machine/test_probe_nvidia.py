"""Real pynvml against scripted drivers and cards."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
from fakes_nvml import Environment, run_python

PROBE = """
import sys
from advisor.documents import to_json
from advisor.machine.probe import probe
sys.stdout.buffer.write(to_json(probe(measure_bandwidth=False)))
"""


def probed(environment: Environment) -> Any:
    return run_python(PROBE, environment)


def test_a_machine_without_driver_is_normal(no_nvml):
    machine = probed(no_nvml)
    assert machine["gpus"] == []
    assert machine["unknown"]["drivers.nvidia"] == "no NVIDIA driver is installed"


def test_one_card_is_read_in_full(fake_nvml):
    machine = probed(fake_nvml(FAKE_POWER_W="37.5"))
    (card,) = machine["gpus"]
    assert machine["drivers"] == {"nvidia": "570.86.15", "cuda": "12.8"}
    assert card["name"] == "NVIDIA GeForce RTX 4090"
    assert card["vendor"] == "nvidia"
    assert card["uuid"].startswith("GPU-11111111")
    assert card["pci_bus_id"] == "00000000:01:00.0"
    assert card["compute_capability"] == "8.9"
    assert card["memory_total_bytes"] == 25757220864
    assert card["memory_free_bytes"] == 25757220864 - 2**30
    assert card["power_w"] == pytest.approx(37.5)
    assert card["power_limit_w"] == 450
    assert card["power_limit_max_w"] == 480
    assert card["bandwidth_bytes_per_s"] == pytest.approx(384 / 8 * 10501e6 * 2)
    assert (card["pcie_generation"], card["pcie_generation_max"]) == (1, 4)
    assert (card["pcie_width"], card["pcie_width_max"]) == (16, 16)
    assert card["throttle_reasons"] == ["power limit"]
    assert card["persistence_enabled"] is True
    assert card["has_energy_counter"] is True
    assert card["processes"] == [{"pid": 4242, "memory_bytes": 512 * 2**20}]
    assert card["ecc_enabled"] is None
    assert machine["unknown"]["gpus[0].ecc_enabled"] == "the card does not report it"
    assert "gpus" not in machine["unknown"]


def test_two_different_cards_keep_their_own_figures(fake_nvml):
    machine = probed(fake_nvml(FAKE_GPUS="2", FAKE_POWER_W="120,15", FAKE_NO_COUNTER="1"))
    first, second = machine["gpus"]
    assert (first["index"], second["index"]) == (0, 1)
    assert second["name"] == "NVIDIA GeForce RTX 3060"
    assert (first["power_w"], second["power_w"]) == (120, 15)
    assert (first["has_energy_counter"], second["has_energy_counter"]) == (True, False)
    assert second["bandwidth_bytes_per_s"] == pytest.approx(192 / 8 * 7501e6 * 2)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("18", "reboot"),
        ("9", "not loaded"),
        ("4", "may not talk to the NVIDIA driver"),
        ("999", "NVML error 999"),
    ],
)
def test_a_driver_that_fails_is_told_from_none(fake_nvml, code, says):
    machine = probed(fake_nvml(FAKE_INIT=code))
    assert machine["gpus"] == []
    assert says in machine["unknown"]["gpus"]
    assert says in machine["unknown"]["drivers.nvidia"]


def test_init_12_is_no_driver_however_it_comes(fake_nvml):
    machine = probed(fake_nvml(FAKE_INIT="12"))
    assert "gpus" not in machine["unknown"]


def test_refused_readings_are_null_with_their_reason(fake_nvml):
    machine = probed(fake_nvml(FAKE_NO_PERMISSION="1"))
    (card,) = machine["gpus"]
    assert card["power_w"] is None and card["has_energy_counter"] is None
    for field in ("power_w", "has_energy_counter", "processes"):
        assert "refuses" in machine["unknown"][f"gpus[0].{field}"]
    assert card["power_limit_w"] == 450


def test_a_part_with_unified_memory_takes_the_systems(fake_nvml):
    machine = probed(fake_nvml(FAKE_UNIFIED="1"))
    (card,) = machine["gpus"]
    assert card["memory_unified"] is True
    assert card["memory_total_bytes"] == machine["memory"]["total_bytes"]
    assert card["memory_free_bytes"] == machine["memory"]["available_bytes"]
    assert card["bandwidth_bytes_per_s"] is None
    assert "bus width" in machine["unknown"]["gpus[0].bandwidth_bytes_per_s"]
    assert card["pcie_width"] is None


@pytest.mark.parametrize("share", [0, 0.94, 1])
def test_memory_told_wrongly_of_a_unified_part_is_the_systems_too(fake_nvml, share):
    told_bytes = round(share * psutil.virtual_memory().total)
    machine = probed(fake_nvml(FAKE_UNIFIED=str(told_bytes)))
    (card,) = machine["gpus"]
    assert card["memory_unified"] is True
    assert card["memory_total_bytes"] == machine["memory"]["total_bytes"]


def test_a_slice_of_a_card_without_a_bus_width_keeps_its_own_memory(fake_nvml):
    told_bytes = psutil.virtual_memory().total // 3
    (card,) = probed(fake_nvml(FAKE_UNIFIED=str(told_bytes)))["gpus"]
    assert card["memory_unified"] is False
    assert card["memory_total_bytes"] == told_bytes


def test_memory_errors_are_counted_by_kind(fake_nvml):
    machine = probed(fake_nvml(FAKE_ECC="2:1"))
    (card,) = machine["gpus"]
    assert card["ecc_enabled"] is True
    assert (card["ecc_corrected_errors"], card["ecc_uncorrected_errors"]) == (2, 1)
    assert not [path for path in machine["unknown"] if "ecc" in path]


def test_a_card_without_ecc_counts_no_errors_rather_than_zero(fake_nvml):
    machine = probed(fake_nvml())
    assert machine["gpus"][0]["ecc_uncorrected_errors"] is None
    assert "does not report" in machine["unknown"]["gpus[0].ecc_uncorrected_errors"]


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ("0x1", []),
        ("0x102", []),
        ("0x10", ["a slower card that it keeps in step with"]),
        ("0x68", ["hardware slowdown", "software thermal slowdown", "hardware thermal slowdown"]),
        ("0x680", ["power brake", "board limit", "voltage reliability"]),
        ("0x8000000000000004", ["power limit"]),
    ],
)
@pytest.mark.parametrize("named", [{}, {"FAKE_OLD_THROTTLE": "1"}])
def test_what_holds_the_clocks_back_is_said_in_words(fake_nvml, bits, said, named):
    (card,) = probed(fake_nvml(FAKE_THROTTLE=bits, **named))["gpus"]
    assert card["throttle_reasons"] == said


def test_a_link_that_lost_lanes_shows_now_and_at_most(fake_nvml):
    (card,) = probed(fake_nvml(FAKE_LINK="3:4"))["gpus"]
    assert (card["pcie_generation"], card["pcie_generation_max"]) == (3, 4)
    assert (card["pcie_width"], card["pcie_width_max"]) == (4, 16)


def test_a_program_that_computes_and_draws_is_counted_once(fake_nvml):
    (card,) = probed(fake_nvml(FAKE_GRAPHICS="1"))["gpus"]
    assert card["processes"] == [
        {"pid": 1717, "memory_bytes": 64 * 2**20},
        {"pid": 4242, "memory_bytes": 512 * 2**20},
    ]


def test_windows_tells_who_but_not_how_much(fake_nvml):
    machine = probed(fake_nvml(FAKE_WDDM="1"))
    assert machine["gpus"][0]["processes"] == [{"pid": 4242, "memory_bytes": None}]
    assert "Windows" in machine["unknown"]["gpus[0].processes[0].memory_bytes"]


def test_persistence_mode_that_is_off_is_not_unknown(fake_nvml):
    (card,) = probed(fake_nvml(FAKE_NO_PERSISTENCE="1"))["gpus"]
    assert card["persistence_enabled"] is False


def test_a_busy_driver_is_asked_twice_but_not_three_times(fake_nvml):
    assert probed(fake_nvml(FAKE_TIMEOUTS="1"))["gpus"][0]["name"] == "NVIDIA GeForce RTX 4090"
    machine = probed(fake_nvml(FAKE_TIMEOUTS="2"))
    assert machine["gpus"][0]["name"] is None
    assert "did not answer in time" in machine["unknown"]["gpus[0].name"]


def test_a_lost_card_still_gives_a_document(fake_nvml):
    machine = probed(fake_nvml(FAKE_LOST_AFTER_S="0.000001"))
    (card,) = machine["gpus"]
    assert card["power_w"] is None
    assert "lost" in machine["unknown"]["gpus[0].power_w"]


def test_the_identity_survives_another_power_limit_and_holds_no_serial(fake_nvml, no_nvml):
    without, one, two = (
        probed(environment) for environment in (no_nvml, fake_nvml(), fake_nvml(FAKE_GPUS="2"))
    )
    assert without["id"] == one["id"] == two["id"]
    assert len({without["signature"], one["signature"], two["signature"]}) == 3


def test_a_divided_card_lists_its_instances(fake_nvml):
    machine = probed(fake_nvml(FAKE_MIG="1"))
    (card,) = machine["gpus"]
    assert card["mig_enabled"] is True
    first, second = card["mig_instances"]
    assert (first["profile"], second["profile"]) == ("2g.12gb", "1g.6gb")
    assert first["memory_total_bytes"] == 12 * 2**30
    assert first["memory_free_bytes"] == 11 * 2**30
    assert (first["gpu_slices"], first["compute_slices"]) == (2, 2)
    assert (first["multiprocessors"], second["multiprocessors"]) == (28, 14)
    assert second["uuid"].startswith("MIG-")
    assert not [path for path in machine["unknown"] if "mig_instances" in path]


def test_a_whole_card_has_no_instances(fake_nvml):
    machine = probed(fake_nvml())
    assert machine["gpus"][0]["mig_instances"] == []
    assert machine["gpus"][0]["core_count"] == 1000


def test_instances_that_are_refused_leave_their_reason(fake_nvml):
    machine = probed(fake_nvml(FAKE_MIG="1", FAKE_LOST_AFTER_S="0.000001"))
    assert machine["gpus"][0]["mig_instances"] is None
    assert "lost" in machine["unknown"]["gpus[0].mig_instances"]


def test_a_card_that_cannot_be_opened_is_named_and_the_other_read(fake_nvml):
    machine = probed(fake_nvml(FAKE_GPUS="2", FAKE_NO_HANDLE="0"))
    (card,) = machine["gpus"]
    assert card["index"] == 1
    assert "card 0 cannot be opened" in machine["unknown"]["gpus"]
    assert "gpus[0].ecc_enabled" in machine["unknown"]


def test_a_name_that_is_no_text_is_unknown(fake_nvml):
    machine = probed(fake_nvml(FAKE_BAD_NAME="1"))
    assert machine["gpus"][0]["name"] is None
    assert "cannot be read" in machine["unknown"]["gpus[0].name"]
