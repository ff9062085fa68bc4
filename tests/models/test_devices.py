"""Devices as facts: complete, dated, and found by the names that people use."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.errors import InputError
from advisor.models.devices import Device, devices, find_device, known_device, search_devices


@pytest.mark.parametrize("one", devices(), ids=lambda one: one.name)
def test_every_fact_has_its_source_and_its_date(one: Device) -> None:
    assert one.source
    assert date.fromisoformat(one.as_of) <= date(2026, 11, 29)
    assert one.memory_gib > 0
    assert 15 < one.bandwidth_gb_per_s < 10_000
    assert one.generation or one.kind == "cpu"
    assert one.count == 1
    if one.price_usd is not None:
        assert one.price_source
        assert date.fromisoformat(one.price_as_of or "") <= date(2026, 11, 29)


def test_only_classes_of_processors_have_no_known_compute() -> None:
    for one in devices():
        known = one.fp32_tflops is not None or one.compute_units is not None
        assert known == ("channels of" not in one.name)


def test_matrix_rates_are_above_vector_rates() -> None:
    for one in devices():
        if one.fp16_tflops is not None and one.fp32_tflops is not None:
            assert one.fp16_tflops > 1.5 * one.fp32_tflops


def test_no_two_devices_share_a_name_or_an_alias() -> None:
    named = [name.casefold() for one in devices() for name in (one.name, *one.aliases)]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090"),
        ("rtx 4090", "NVIDIA GeForce RTX 4090"),
        (" RX 7900 XTX ", "AMD Radeon RX 7900 XTX"),
        ("NVIDIA GB10", "NVIDIA DGX Spark"),
        ("strix halo", "AMD Ryzen AI Max+ 395"),
        ("M3 Ultra (80-core GPU)", "Apple M3 Ultra (80-core GPU)"),
    ],
)
def test_brands_and_case_may_be_left_out(asked: str, found: str) -> None:
    assert find_device(asked).name == found


def test_variants_are_not_taken_for_one_another() -> None:
    assert find_device("RTX 4090 D").fp32_tflops != find_device("RTX 4090").fp32_tflops
    assert known_device("RTX 4090 Ti") is None
    assert known_device("RTX 4080").name != known_device("RTX 4080 SUPER").name  # type: ignore[union-attr]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="RTX 4090"):
        find_device("RTX 4990")
    with pytest.raises(InputError, match="machine file"):
        find_device("abacus")


@pytest.mark.parametrize(
    ("asked", "told"),
    [("M4 Max", "Apple M4 Max (32-core GPU) or Apple M4 Max (40-core GPU)"), ("5090", "RTX 5090")],
)
def test_a_part_of_a_name_leads_to_those_that_hold_it(asked: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        find_device(asked)
    assert told in error.value.remedy


@pytest.mark.parametrize("typed", ["rtx4090", "RTX-4090", "geforce rtx 4090", "NVIDIA RTX 4090"])
def test_spaces_and_brands_may_be_left_out(typed: str) -> None:
    assert find_device(typed).name == "NVIDIA GeForce RTX 4090"


def test_a_search_finds_the_names_that_hold_its_words() -> None:
    found = [one.name for one in search_devices("4090").devices]
    assert "NVIDIA GeForce RTX 4090" in found
    assert all("4090" in name for name in found)
    assert search_devices("").devices == devices()
    with pytest.raises(InputError, match=r"Did you mean .*RTX 5090.*advisor models devices lists"):
        search_devices("rtx 5099")
