"""Speed, memory and the choice of a model from a machine's figures."""

from __future__ import annotations

import pytest

from advisor.errors import AdvisorError
from advisor.models.catalogue import find
from advisor.models.choose import choose_synthetic
from advisor.models.memory import memory_need
from advisor.models.quantization import weight_bytes
from advisor.models.speed import decode_speed
from advisor.models.traffic import decode_bytes

GB = 10**9


def test_speed_is_a_share_of_the_roof() -> None:
    """An RTX 3090 (936 GB/s) with a model of 4.9 GB: the roof is 191 tokens/s."""
    found = decode_speed(4_900_000_000, 936e9, "cuda")
    assert found.decode_tok_per_s_p50 == pytest.approx(0.68 * 936 / 4.9)
    assert found.decode_tok_per_s_p10 < found.decode_tok_per_s_p50 < found.decode_tok_per_s_p90
    assert found.decode_tok_per_s_p90 < 936 / 4.9
    assert found.source


def test_measured_bandwidth_gives_more_than_the_data_sheets() -> None:
    sheet = decode_speed(GB, 20e9, "cpu")
    measured = decode_speed(GB, 20e9, "cpu", "measured")
    assert measured.decode_tok_per_s_p50 > sheet.decode_tok_per_s_p50


def test_a_small_virtual_machine_gets_the_1b() -> None:
    choice = choose_synthetic(20 * GB, 22e9, 80 * GB)
    assert choice.name == "llama-3.2-1b:Q4_0"
    assert "22.0 GB/s" in choice.why


def test_more_bandwidth_never_gives_a_smaller_model() -> None:
    sizes = [
        choose_synthetic(64 * GB, speed * 1e9, 500 * GB).architecture.parameters
        for speed in range(1, 400, 7)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_choice_respects_memory_and_disk() -> None:
    for memory in (1, 2, 4, 8, 16):
        choice = choose_synthetic(memory * GB, 400e9, 500 * GB)
        need = memory_need(choice.architecture, choice.quantization)
        assert need.total_bytes < memory * GB
    small_disk = choose_synthetic(64 * GB, 400e9, 1 * GB)
    assert weight_bytes(small_disk.architecture, small_disk.quantization) < GB


def test_unknown_or_slow_memory_gets_the_smallest() -> None:
    smallest = find("smollm2-135m")
    unknown = choose_synthetic(20 * GB, None, 80 * GB)
    slow = choose_synthetic(20 * GB, 1.2 * decode_bytes(smallest, "Q4_0"), 80 * GB)
    assert unknown.architecture == slow.architecture == smallest
    assert "unknown" in unknown.why
    assert "slow" in slow.why


def test_a_machine_without_room_is_refused() -> None:
    with pytest.raises(AdvisorError, match=r"0\.2 GB of memory"):
        choose_synthetic(200_000_000, 20e9, 80 * GB)
