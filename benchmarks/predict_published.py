"""How far off are predictions for devices that the fit has never seen?

The published results (`published/`) are split by chip: those whose name hashes to 0 modulo 3 are
held out, the rest are fitted, and the errors on the held-out part are printed beside those of
whichllm's formula where that package is installed. Then all results are fitted, and bands are
taken from ten folds by chip.

    python benchmarks/predict_published.py            prints the errors
    python benchmarks/predict_published.py --write    writes advisor/models/elsewhere.toml too
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import exp, log
from pathlib import Path
from statistics import median

import numpy as np
from published_fit import Fit, blind, fit, out_of_fold
from published_rows import Row, rows

from advisor.models import elsewhere
from advisor.models.catalogue import find
from advisor.models.devices import devices
from advisor.models.elsewhere import Band, rates_of
from advisor.models.quantization import QUANTIZATIONS, tensor_types
from advisor.models.shapes import active_parameters

COMMAND = "python benchmarks/predict_published.py --write"
TARGET = Path(elsewhere.__file__).with_name("elsewhere.toml")
FOLDS = 10
FEW_CHIPS = 8
"""Fewer chips than these do not make a backend's own quantiles."""
DESKTOP_GIB = 48
"""Cards of more memory have other proportions of matrix to vector units than a desktop's."""

Residuals = Sequence[tuple[Row, float]]
"""Rows, each with the logarithm of truth over prediction."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--write", action="store_true", help="write the factors of all results")
    write = asked.parse_args().write
    every = list(rows())
    for what in ("decode", "prefill"):
        mine = [row for row in every if (row.step is not None) == (what == "decode")]
        print(f"\n{what}: {len(mine)} results of {_chips(mine)} chips")
        _report([row for row in mine if row.measured != "user-submitted"], mine)
    if write:
        TARGET.write_text(_toml(every), encoding="utf-8")
        print(f"\nwrote {TARGET}")


def _report(fitted_on: Sequence[Row], every: Sequence[Row]) -> None:
    train = [row for row in fitted_on if not _held_out(row)]
    fitted = fit(train)
    bands = _bands(out_of_fold(train, _fold))
    print(f"{'':38}{'n':>5}{'chips':>6}{'median':>8}{'p90':>7}{'bias':>7}{'in band':>9}")
    _line("fitted, engine's clock", _residuals(fitted, _plain(train)), bands)
    folds = [pair for pair in out_of_fold(fitted_on, _fold) if _is_plain(pair[0])]
    _line("ten folds by chip, engine's clock", folds, _bands(folds))
    held = [row for row in every if _held_out(row)]
    plain = _plain(held)
    _line("HELD OUT, engine's clock", _residuals(fitted, plain), bands)
    seen = {(row.backend, row.device.generation) for row in train}
    known = [row for row in plain if (row.backend, row.device.generation) in seen]
    _line("  of generations in the fit", _residuals(fitted, known), bands)
    for backend in sorted({row.backend for row in plain}):
        here = [row for row in plain if row.backend == backend]
        _line(f"  {backend}", _residuals(fitted, here), bands)
    experts = [row for row in plain if _has_experts(row)]
    _line("  mixture of experts", _residuals(fitted, experts), bands)
    for measured in ("whole request", "user-submitted"):
        here = [row for row in held if row.measured == measured and row.streams == 1]
        _line(f"held out, {measured}", _residuals(fitted, here), bands)
    many = [row for row in every if row.streams > 1]
    _line("many streams (one chip, fitted)", _residuals(fitted, many), bands)
    peer = _whichllm(plain)
    if peer:
        _line("whichllm on the held-out rows", peer, {})


def _line(name: str, residuals: Residuals, bands: dict[str, Band]) -> None:
    if not residuals:
        return
    off = np.array([exp(-residual) - 1 for _, residual in residuals])
    inside = [
        bands[row.backend].p10 <= exp(residual) <= bands[row.backend].p90
        for row, residual in residuals
        if row.backend in bands
    ]
    covered = f"{100 * np.mean(inside):8.0f}%" if inside else ""
    print(
        f"{name:38}{len(off):5}{_chips(row for row, _ in residuals):6}"
        f"{100 * np.median(np.abs(off)):7.1f}%{100 * np.quantile(np.abs(off), 0.9):6.0f}%"
        f"{100 * np.median(off):+6.0f}%{covered}"
    )


def _residuals(fitted: Fit, some: Iterable[Row]) -> Residuals:
    return [(row, log(row.tokens_per_s / fitted.rate(row))) for row in some]


def _plain(some: Iterable[Row]) -> list[Row]:
    return [row for row in some if _is_plain(row)]


def _is_plain(row: Row) -> bool:
    return row.measured == "engine's clock" and row.streams == 1


def _chips(some: Iterable[Row]) -> int:
    return len({row.chip for row in some})


def _has_experts(row: Row) -> bool:
    return find(row.model).experts is not None


def _hash(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


def _held_out(row: Row) -> bool:
    return _hash(row.chip) % 3 == 0


def _fold(row: Row) -> int:
    return _hash("fold of " + row.chip) % FOLDS


def _bands(residuals: Residuals) -> dict[str, Band]:
    """Each backend's quantiles, every chip counting as one.

    Where few chips were seen the band lies even about the prediction, and is no narrower than
    that of all the others together.
    """
    plain = [(row, off) for row, off in residuals if _is_plain(row)]
    found = {}
    for backend in sorted({row.backend for row, _ in residuals}):
        mine = [(row, off) for row, off in plain if row.backend == backend]
        if _chips(row for row, _ in mine) >= FEW_CHIPS:
            found[backend] = _band(mine)
            continue
        others = [(row, off) for row, off in plain if row.backend != "cpu"]
        reach = max(_reach(mine), _reach(others))
        found[backend] = Band(p10=exp(-reach), p50=1.0, p90=exp(reach))
    return found


def _band(residuals: Residuals) -> Band:
    p10, p50, p90 = (exp(_quantile(residuals, share)) for share in (0.1, 0.5, 0.9))
    return Band(p10=p10, p50=p50, p90=p90)


def _reach(residuals: Residuals) -> float:
    """The distance from 0 that eight residuals in ten keep."""
    return _quantile([(row, abs(off)) for row, off in residuals], 0.8) if residuals else 0.0


def _quantile(residuals: Residuals, share: float) -> float:
    alike = Counter(row.chip for row, _ in residuals)
    order = sorted(residuals, key=lambda pair: pair[1])
    weights = np.cumsum([1 / alike[row.chip] for row, _ in order])
    at = min(int(np.searchsorted(weights, share * weights[-1])), len(order) - 1)
    return order[at][1]


def _width(residuals: Residuals) -> float:
    band = _band(residuals)
    return log(band.p90 / band.p10)


def _whichllm(some: Sequence[Row]) -> Residuals:
    """What whichllm's own function says of the decode rows whose file it could know."""
    try:
        from whichllm.engine.performance import estimate_tok_per_sec
        from whichllm.hardware.types import GPUInfo
        from whichllm.models.types import GGUFVariant, ModelInfo
    except ImportError:
        return []
    vendors = {"cuda": "nvidia", "metal": "apple", "rocm": "amd"}
    found = []
    for row in some:
        if row.step is None or row.quantization not in QUANTIZATIONS or row.backend == "cpu":
            continue
        architecture = find(row.model)
        size = sum(one.size_bytes for one in tensor_types(architecture, row.quantization))
        model = ModelInfo(
            id=row.model,
            family_id=row.model,
            name=row.model,
            parameter_count=architecture.parameters,
            parameter_count_active=active_parameters(architecture),
            is_moe=architecture.experts is not None,
        )
        gpu = GPUInfo(
            name=row.device.name,
            vendor=vendors.get(row.device.kind, "intel"),
            vram_bytes=int(row.device.memory_gib * 2**30),
            memory_bandwidth_gbps=row.device.bandwidth_gb_per_s,
        )
        variant = GGUFVariant(f"{row.model}.gguf", row.quantization, size)
        rate = estimate_tok_per_sec(model, variant, gpu)
        found.append((row, log(row.tokens_per_s / rate)))
    return found


def _toml(every: Sequence[Row]) -> str:
    """All factors, of all results but the user-submitted ones, with out-of-fold bands."""
    lines = [
        "# Fitted factors of the speed of devices that are not at hand: see elsewhere.py and",
        "# docs/predict.md. Written by the command below, never by hand.",
        f'fitted_on = "{datetime.now(UTC).date().isoformat()}"',
        f'command = "{COMMAND}"',
    ]
    used = [row for row in every if row.measured != "user-submitted"]
    steps = [row for row in used if row.step is not None]
    prompts = [row for row in used if row.prompt is not None]
    compute = _compute_by_bandwidth()
    fitted, unseen = fit(steps), out_of_fold(steps, _fold)
    for name, power in _powers(steps, fitted, unseen, compute).items():
        lines.append(f"{name} = {max(1.0, power):.3g}")
    lines += _table("fp32_tflops_per_gb_per_s", compute)
    lines += _table("fp16_per_fp32", _fp16_per_fp32())
    for backend, band in _bands(unseen).items():
        decode = fitted.decode(backend, band)
        lines += ["", f"[decode.{backend}]"]
        lines.append(f"extra_device_s = {decode.extra_device_s:.3g}")
        lines.append(f"two_dies_bandwidth = {decode.two_dies_bandwidth:.4g}")
        for part in ("factors", "quantization_work", "generation_time", "band"):
            lines += _table(f"decode.{backend}.{part}", _fields(getattr(decode, part)))
    fitted = fit(prompts)
    for backend, band in _bands(out_of_fold(prompts, _fold)).items():
        prefill = fitted.prefill(backend, band)
        for part in ("factors", "quantization_share", "generation_share", "band"):
            lines += _table(f"prefill.{backend}.{part}", _fields(getattr(prefill, part)))
    return "\n".join(lines) + "\n"


def _powers(
    steps: Sequence[Row], fitted: Fit, unseen: Residuals, compute: dict[str, float]
) -> dict[str, float]:
    """By how much wider the residuals are where less is known, as a power of the band."""
    usual = _width([(row, off) for row, off in unseen if _is_plain(row)])
    blinded = [
        blind(row, compute[row.backend] * row.rates.bandwidth_bytes_per_s * 1e3)
        for row in _plain(steps)
        if row.backend != "cpu"
    ]
    generations = out_of_fold(steps, lambda row: _hash(row.device.generation or ""))
    plain = [(row, off) for row, off in generations if _is_plain(row)]
    many = [(row, off) for row, off in unseen if row.streams > 1]
    return {
        "wider_unknown_compute": _width(_residuals(fitted, blinded)) / usual,
        "wider_unknown_generation": _width(plain) / usual,
        "wider_many_streams": 2 * _reach(many) / usual,
    }


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
    found = {}
    for backend, kinds in _KINDS.items():
        both = [
            one.fp16_tflops * 1e12 / rates_of(one, backend).fp32_flop_per_s
            for one in devices()
            if one.kind in kinds and one.fp16_tflops is not None
            if one.memory_gib <= DESKTOP_GIB
        ]
        found[backend] = median(both) if both else 2.0
    return found


_KINDS: dict[elsewhere.Backend, set[str]] = {
    "cuda": {"cuda"},
    "metal": {"metal"},
    "mlx": {"metal"},
    "rocm": {"rocm"},
    "sycl": {"sycl"},
    "vulkan": {"cuda", "rocm", "sycl"},
}


def _fields(part: object) -> dict[str, float]:
    if isinstance(part, dict):
        return part
    return {name: getattr(part, name) for name in part.__struct_fields__}  # type: ignore[attr-defined]


def _table(name: str, values: dict[str, float]) -> list[str]:
    return ["", f"[{name}]", *(f'"{key}" = {value:.4g}' for key, value in values.items())]


if __name__ == "__main__":
    main()
