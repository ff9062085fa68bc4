"""What does a device offer to a backend: bandwidth, vector and matrix operations, power for them?

What its record leaves out comes from what is known of its name, else from what is usual.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from statistics import median

import msgspec

from advisor.models.devices import Device, devices, known_device
from advisor.models.roofline import Rates
from advisor.models.units import SUMS_BITS, times_vector_rate

_DUAL_ISSUE = {"rdna3", "rdna3.5", "rdna4"}
"""Chips whose published vector rate counts two operations that seldom go together."""

_TFLOPS_PER_COMPUTE_UNIT = 0.33
"""One GPU core of the first generation of Apple's chips; later ones are this by their factor."""


_DRIVEN = {
    "mlx": {"metal"},
    "vulkan": {"cuda", "rocm", "sycl"},
}
"""The kinds of device that a backend drives, where it is not the one of its name."""

_DESKTOP_GIB = 48
"""Cards of more memory have other proportions of matrix to vector units than a desktop's."""


def with_facts(device: Device) -> Device:
    """The device, completed by what is known of one of that name.

    Its power becomes that of the board alone, where it is known: a machine file states the box's.
    """
    known = known_device(device.name) if device.name else None
    if known is None:
        return msgspec.structs.replace(device, active_power_w=None)
    left_out = ("generation", "fp32_tflops", "fp16_tflops", "compute_units")
    new = {one: getattr(known, one) for one in left_out if getattr(device, one) is None}
    return msgspec.structs.replace(
        device, dies=known.dies, active_power_w=known.active_power_w, **new
    )


def rates_of(device: Device, backend: str, sums_bits: int = SUMS_BITS) -> Rates:
    """The device's bandwidth, its vector rate or the best guess at it, and what goes with that."""
    known = vector_tflops(device)
    if known is None and device.fp16_tflops is not None:
        known = device.fp16_tflops / _fp16_per_fp32(backend)
    if known is None:
        known = device.bandwidth_gb_per_s * tflops_by_bandwidth(backend)
    return rates_from(device, backend, known * 1e12, sums_bits)


def rates_from(
    device: Device, backend: str, fp32_flop_per_s: float, sums_bits: int = SUMS_BITS
) -> Rates:
    """The rates that go with such a vector rate."""
    chip = device.generation
    half, quantized = (
        fp32_flop_per_s * times_vector_rate(chip, backend, quantized=one, sums_bits=sums_bits)
        for one in (False, True)
    )
    return Rates(
        bandwidth_bytes_per_s=device.bandwidth_gb_per_s * 1e9,
        fp32_flop_per_s=fp32_flop_per_s,
        fp16_flop_per_s=half,
        quantized_op_per_s=quantized,
    )


def vector_tflops(device: Device) -> float | None:
    """What the vector units reach, each operation counted once; None where no record tells."""
    if device.fp32_tflops is not None:
        return device.fp32_tflops * (0.5 if device.generation in _DUAL_ISSUE else 1.0)
    if device.compute_units is not None and device.kind in {"metal", "mlx"}:
        return device.compute_units * _TFLOPS_PER_COMPUTE_UNIT
    return None


def compute_is_known(device: Device) -> bool:
    return vector_tflops(device) is not None or device.fp16_tflops is not None


def share_of_usual_power(device: Device) -> float:
    """The board's power for each vector operation, over that of its generation's median.

    Under a prompt a chip's clock is bounded by its power. 1 where either is not known.
    """
    mine = _w_per_tflops(device)
    usual = _usual_w_per_tflops().get(device.generation or "")
    return 1.0 if mine is None or usual is None else mine / usual


@cache
def _usual_w_per_tflops() -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for one in devices():
        watts = _w_per_tflops(one)
        if watts is not None and one.kind != "cpu":
            found[one.generation or ""].append(watts)
    return {generation: median(some) for generation, some in found.items()}


def _w_per_tflops(device: Device) -> float | None:
    if device.active_power_w is None or device.fp32_tflops is None:
        return None
    return device.active_power_w / device.fp32_tflops


@cache
def tflops_by_bandwidth(backend: str) -> float:
    """The vector rate that goes with a bandwidth, in TFLOPS for each GB/s: the devices' median."""
    known = [(vector_tflops(one), one.bandwidth_gb_per_s) for one in driven_by(backend)]
    return median(rate / bandwidth for rate, bandwidth in known if rate is not None)


@cache
def _fp16_per_fp32(backend: str) -> float:
    """What data sheets state of both, of desktop cards where some do; else what is usual."""
    known = [
        (one.fp16_tflops / rate, one.memory_gib <= _DESKTOP_GIB)
        for one in driven_by(backend)
        if one.fp16_tflops is not None and (rate := vector_tflops(one)) is not None
    ]
    desktop = [ratio for ratio, is_desktop in known if is_desktop]
    usual = times_vector_rate(None, backend, quantized=False)
    return median(desktop or [ratio for ratio, _ in known] or [usual])


def driven_by(backend: str) -> list[Device]:
    """The devices that the backend can drive."""
    return [one for one in devices() if can_drive(backend, one)]


def can_drive(backend: str, device: Device) -> bool:
    """Whether the backend computes on devices of that kind."""
    return device.kind in _DRIVEN.get(backend, {backend})
