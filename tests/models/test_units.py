"""Matrix units: which of a chip's rates a backend reaches, and what each fact's source is."""

from __future__ import annotations

import pytest

from advisor.models.devices import devices
from advisor.models.units import generations, times_vector_rate


@pytest.mark.parametrize(
    ("generation", "backend", "quantized", "expected"),
    [
        ("ampere", "cuda", True, 8),
        ("ampere", "cuda", False, 4),
        ("ampere", "vulkan", True, 4),
        ("pascal", "vulkan", True, 4),
        ("alchemist", "vulkan", True, 4),
        ("alchemist", "sycl", True, 1),
        ("rdna4", "rocm", True, 16),
        ("m4", "metal", True, 1),
        ("m5", "mlx", True, 4),
        ("avx512", "cpu", True, 4),
    ],
)
def test_a_backend_reaches_the_units_that_it_knows(
    generation: str, backend: str, quantized: bool, expected: float
) -> None:
    assert times_vector_rate(generation, backend, quantized=quantized) == expected


def test_builds_of_sycl_that_add_up_in_16_bits_use_the_matrix_units() -> None:
    by_default = times_vector_rate("battlemage", "sycl", quantized=True)
    shorter = times_vector_rate("battlemage", "sycl", quantized=True, sums_bits=16)
    assert (by_default, shorter) == (1, 8)


def test_an_unknown_chip_is_taken_for_a_usual_one() -> None:
    for backend in ("cuda", "rocm", "vulkan", "metal", "mlx", "sycl", "cpu"):
        assert times_vector_rate(None, backend, quantized=True) >= 1
        assert times_vector_rate("rubin", backend, quantized=True) == times_vector_rate(
            None, backend, quantized=True
        )


def test_every_generation_of_the_devices_is_known_with_its_source() -> None:
    known = generations()
    for one in devices():
        assert one.generation is None or one.generation in known, one.name
    for units in known.values():
        assert units.source
        assert units.as_of >= "2026-11-29"
        assert 1 <= units.fp16 <= units.int8


def test_where_a_data_sheet_states_a_matrix_rate_the_ratio_agrees() -> None:
    """Data sheets of desktop cards count 32-bit sums, at which they are half as fast."""
    known = generations()
    for one in devices():
        if one.fp16_tflops is None or one.fp32_tflops is None or one.generation is None:
            continue
        dual = 2 if one.generation in {"rdna3.5", "rdna4"} else 1
        halves = 2 if one.generation == "hopper" else 1
        stated = one.fp16_tflops / one.fp32_tflops * dual / halves
        expected = known[one.generation].fp16
        assert any(stated == pytest.approx(expected * of, rel=0.15) for of in (1, 0.5)), one.name
