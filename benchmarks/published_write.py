"""How are the fitted factors written as package data?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

import msgspec
from published_bands import (
    Residuals,
    bands_of,
    fold,
    hash_of,
    is_plain,
    only_plain,
    reach,
    residuals_of,
    width,
)
from published_fit import Fit, blind, fit, out_of_fold
from published_rows import Row

from advisor.models import elsewhere
from advisor.models.devices import devices
from advisor.models.elsewhere import Band, rates_of

COMMAND = "python benchmarks/predict_published.py --write"
DESKTOP_GIB = 48
"""Cards of more memory have other proportions of matrix to vector units than a desktop's."""


def toml(every: Sequence[Row]) -> str:
    """All factors, of all results but the user-submitted ones, with out-of-fold bands."""
    lines = [
        "# Fitted factors of the speed of devices that are not at hand: see elsewhere.py and",
        "# docs/predict.md. Written by the command below, never by hand.",
        f'fitted_on = "{datetime.now(UTC).date().isoformat()}"',
        f'command = "{COMMAND}"',
    ]
    used = [row for row in every if row.measured != "user-submitted"]
    compute = _compute_by_bandwidth()
    lines += _table("fp32_tflops_per_gb_per_s", compute)
    lines += _table("fp16_per_fp32", _fp16_per_fp32())
    for what in ("decode", "prefill"):
        mine = [row for row in used if (row.step is not None) == (what == "decode")]
        fitted, unseen = fit(mine), out_of_fold(mine, fold)
        lines += _table(f"{what}_wider", _powers(mine, fitted, unseen, compute))
        for backend, band in bands_of(unseen).items():
            lines += _factors(what, backend, fitted, band)
    return "\n".join(lines) + "\n"


def _factors(what: str, backend: str, fitted: Fit, band: Band) -> list[str]:
    here = f"{what}.{backend}"
    if what == "prefill":
        prefill = fitted.prefill(backend, band)
        parts = ("factors", "quantization_share", "generation_share", "band")
        return [line for part in parts for line in _part(here, prefill, part)]
    decode = fitted.decode(backend, band)
    plain = ("extra_device_s", "two_dies_bandwidth")
    parts = ("factors", "quantization_work", "generation_time", "band")
    return _table(here, {name: getattr(decode, name) for name in plain}) + [
        line for part in parts for line in _part(here, decode, part)
    ]


def _part(here: str, whole: object, name: str) -> list[str]:
    part = getattr(whole, name)
    fields = part if isinstance(part, dict) else msgspec.to_builtins(part)
    return _table(f"{here}.{name}", fields)


def _powers(
    some: Sequence[Row], fitted: Fit, unseen: Residuals, compute: dict[str, float]
) -> dict[str, float]:
    """By how much wider the residuals are where less is known, as a power of the band."""
    usual = width([pair for pair in unseen if is_plain(pair[0])])
    blinded = [
        blind(row, compute[row.backend] * row.rates.bandwidth_bytes_per_s * 1e3)
        for row in only_plain(some)
        if row.backend != "cpu"
    ]
    generations = out_of_fold(some, lambda row: hash_of(row.device.generation or ""))
    found = {
        "unknown_compute": width(residuals_of(fitted, blinded)) / usual,
        "unknown_generation": width([pair for pair in generations if is_plain(pair[0])]) / usual,
    }
    many = [pair for pair in unseen if pair[0].streams > 1]
    if many:
        found["many_streams"] = 2 * reach(many) / usual
    return {name: max(1.0, power) for name, power in found.items()}


def _compute_by_bandwidth() -> dict[str, float]:
    """The vector rate that goes with a bandwidth, where none is published: TFLOPS per GB/s."""
    found = {}
    for backend, kinds in _KINDS.items():
        found[backend] = median(
            rates_of(one, backend).fp32_flop_per_s / 1e12 / one.bandwidth_gb_per_s
            for one in devices()
            if one.kind in kinds
        )
    return found


def _fp16_per_fp32() -> dict[str, float]:
    """Of desktop cards where both rates are known of some, else of all; else the usual two."""
    found = {}
    for backend, kinds in _KINDS.items():
        both = {
            one.name: one.fp16_tflops * 1e12 / rates_of(one, backend).fp32_flop_per_s
            for one in devices()
            if one.kind in kinds and one.fp16_tflops is not None
        }
        desktop = {one.name for one in devices() if one.memory_gib <= DESKTOP_GIB}
        some = [ratio for name, ratio in both.items() if name in desktop]
        found[backend] = median(some or both.values()) if both else 2.0
    return found


_KINDS: dict[elsewhere.Backend, set[str]] = {
    "cuda": {"cuda"},
    "metal": {"metal"},
    "mlx": {"metal"},
    "rocm": {"rocm"},
    "sycl": {"sycl"},
    "vulkan": {"cuda", "rocm", "sycl"},
}


def _table(name: str, values: dict[str, float]) -> list[str]:
    return ["", f"[{name}]", *(f'"{key}" = {value:.4g}' for key, value in values.items())]
