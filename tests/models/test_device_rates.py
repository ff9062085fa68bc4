"""What a device offers a backend: known, of its name, or guessed from what is usual."""

from __future__ import annotations

from statistics import median

import msgspec
import pytest

from advisor.models.device_rates import (
    compute_is_known,
    driven_by,
    rates_of,
    share_of_usual_power,
    tflops_by_bandwidth,
)
from advisor.models.devices import Device, find_device


def test_dual_issue_counts_half() -> None:
    xtx = find_device("RX 7900 XTX")
    assert xtx.fp32_tflops is not None
    assert rates_of(xtx, "rocm").fp32_flop_per_s == pytest.approx(xtx.fp32_tflops / 2 * 1e12)


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
    unknown = msgspec.structs.replace(card, active_power_w=None)
    assert share_of_usual_power(unknown) == 1.0
