"""What a device offers a backend: known, of its name, or guessed from what is usual."""

from __future__ import annotations

from statistics import median
from typing import get_args

import msgspec
import pytest

from advisor.models.device_rates import (
    can_drive,
    compute_is_known,
    driven_by,
    rates_of,
    share_of_usual_power,
    tflops_by_bandwidth,
    vector_tflops,
    with_facts,
)
from advisor.models.devices import Device, Kind, find_device


@pytest.mark.parametrize("name", ["RX 7900 XTX", "Radeon 890M", "RX 9070 XT"])
def test_dual_issue_counts_half(name: str) -> None:
    """Of the chips that can: RDNA 3, 3.5 and 4."""
    card = find_device(name)
    assert card.fp32_tflops is not None
    assert rates_of(card, "rocm").fp32_flop_per_s == pytest.approx(card.fp32_tflops / 2 * 1e12)


def test_what_a_data_sheet_states_of_another_chip_counts_whole() -> None:
    rates = rates_of(find_device("RTX 4090"), "cuda")
    assert (rates.fp32_flop_per_s, rates.bandwidth_bytes_per_s) == (82.58e12, 1_008e9)


def test_apple_s_gpu_cores_count_a_third_of_a_tflops_each_and_a_processor_s_none() -> None:
    chip = find_device("M2 Max (38-core GPU)")
    for kind in ("metal", "mlx"):
        driven = msgspec.structs.replace(chip, kind=kind)
        assert rates_of(driven, kind).fp32_flop_per_s == pytest.approx(38 / 3 * 1e12, rel=0.02)
    processor = msgspec.structs.replace(find_device("EPYC 9554"), fp32_tflops=None)
    assert processor.compute_units is not None
    assert vector_tflops(processor) is None
    assert vector_tflops(msgspec.structs.replace(chip, compute_units=None)) is None


def test_a_backend_drives_the_devices_of_its_name_or_those_it_is_made_for() -> None:
    drives = {
        backend: {kind for kind in get_args(Kind) if can_drive(backend, _of(kind))}
        for backend in get_args(Kind)
    }
    assert drives.pop("mlx") == {"metal"}
    assert drives.pop("vulkan") == {"cuda", "rocm", "sycl"}
    assert drives == {kind: {kind} for kind in drives}
    assert {one.kind for one in driven_by("vulkan")} == {"cuda", "rocm", "sycl"}


def _of(kind: Kind, **known: float) -> Device:
    return Device(kind=kind, memory_gib=24, bandwidth_gb_per_s=500, **known)


def test_a_known_name_brings_each_fact_that_the_record_leaves_out() -> None:
    chips = [
        Device(name=name, kind=kind, memory_gib=64, bandwidth_gb_per_s=256)
        for name, kind in (("Apple M4 Max (40-core GPU)", "metal"), ("Ryzen AI Max+ 395", "rocm"))
    ]
    assert with_facts(chips[0]).compute_units == 40
    assert with_facts(chips[1]).fp16_tflops == 59.4
    stated = msgspec.structs.replace(chips[1], fp16_tflops=50.0)
    assert with_facts(stated).fp16_tflops == 50.0


def test_where_no_sheet_states_both_rates_a_usual_chip_s_ratio_counts() -> None:
    """A Battlemage's matrix units do eight operations for one of its vector units."""
    assert rates_of(_of("sycl", fp16_tflops=80), "sycl").fp32_flop_per_s == pytest.approx(10e12)
    assert rates_of(_of("rocm", fp16_tflops=59.4), "rocm").fp32_flop_per_s == pytest.approx(
        59.4 / 4 * 1e12
    )


@pytest.mark.parametrize("backend", ["cuda", "rocm", "metal", "cpu"])
def test_half_the_devices_have_more_compute_for_their_bandwidth_than_is_usual(backend: str) -> None:
    usual = tflops_by_bandwidth(backend)
    known = [
        rate / one.bandwidth_gb_per_s
        for one in driven_by(backend)
        if (rate := vector_tflops(one)) is not None
    ]
    assert sum(each >= usual for each in known) >= len(known) / 2
    assert sum(each <= usual for each in known) >= len(known) / 2


def test_matrix_rates_follow_from_the_generation() -> None:
    rates = rates_of(find_device("RTX 4090"), "cuda")
    assert rates.fp16_flop_per_s == 4 * rates.fp32_flop_per_s
    assert rates.quantized_op_per_s == 8 * rates.fp32_flop_per_s


def test_a_stated_matrix_rate_stands_in_for_the_vector_rate() -> None:
    box = Device(kind="cuda", memory_gib=24, bandwidth_gb_per_s=1_008, fp16_tflops=165.2)
    known = rates_of(find_device("RTX 4090"), "cuda").fp32_flop_per_s
    assert rates_of(box, "cuda").fp32_flop_per_s == pytest.approx(known, rel=0.05)
    assert compute_is_known(box)


def test_a_box_of_which_only_the_bandwidth_is_known_gets_the_usual_compute() -> None:
    box = Device(kind="cpu", memory_gib=64, bandwidth_gb_per_s=100)
    assert not compute_is_known(box)
    expected = 100 * tflops_by_bandwidth("cpu") * 1e12
    assert rates_of(box, "cpu").fp32_flop_per_s == pytest.approx(expected)


def test_the_usual_power_is_that_of_the_generation_s_median() -> None:
    ada = [one for one in driven_by("cuda") if one.generation == "ada"]
    assert median(share_of_usual_power(one) for one in ada) == pytest.approx(1.0)
    card, slow = find_device("RTX 4090"), find_device("RTX 6000 Ada Generation")
    assert share_of_usual_power(slow) < share_of_usual_power(card)
    assert card.active_power_w is not None
    assert card.fp32_tflops is not None
    half = msgspec.structs.replace(card, active_power_w=card.active_power_w / 2)
    twice = msgspec.structs.replace(card, fp32_tflops=card.fp32_tflops * 2)
    for one in (half, twice):
        assert share_of_usual_power(one) == pytest.approx(share_of_usual_power(card) / 2)
    for unknown in ({"active_power_w": None}, {"fp32_tflops": None}, {"generation": "rubin"}):
        assert share_of_usual_power(msgspec.structs.replace(card, **unknown)) == 1.0
