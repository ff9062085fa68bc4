"""How are the fitted factors written as package data?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from published_bands import Bands, Residuals, is_plain, only_plain, reach, spread
from published_fit import Fit, blind
from published_rows import Row
from published_validate import by_source, learn, out_of_fold, residuals_of

from advisor.models.band import Band
from advisor.models.device_rates import driven_by, tflops_by_bandwidth

COMMAND = "python benchmarks/predict_published.py --write"


def toml(every: Sequence[Row]) -> str:
    """All factors, of all results by the engine's own clock, with out-of-fold bands."""
    lines = [
        "# Fitted factors of the speed of devices that are not at hand: see elsewhere.py and",
        "# docs/predict.md. Written by the command below, never by hand.",
        f'fitted_on = "{datetime.now(UTC).date().isoformat()}"',
        f'command = "{COMMAND}"',
    ]
    used = [row for row in every if row.measured == "engine's clock"]
    for what in ("decode", "prefill"):
        mine = [row for row in used if (row.step is not None) == (what == "decode")]
        fitted, bands = learn(mine)
        unseen = out_of_fold(mine, by_source)
        lines += _table(f"{what}_wider", _powers(mine, fitted, unseen, bands))
        for backend, band in bands.of.items():
            has_experts = backend in bands.with_experts
            lines += _factors(what, backend, fitted, band, experts_seen=has_experts)
    return "\n".join(lines) + "\n"


def _factors(what: str, backend: str, fitted: Fit, band: Band, *, experts_seen: bool) -> list[str]:
    here = f"{what}.{backend}"
    mixtures = [f"experts_seen = {str(experts_seen).lower()}"]
    if what == "prefill":
        prefill = fitted.prefill(backend, band)
        parts = ("factors", "quantization_work", "generation_share", "band")
        head = _table(here, {"power_exponent": prefill.power_exponent}, prefill.seen)
        return head + mixtures + [line for part in parts for line in _part(here, prefill, part)]
    decode = fitted.decode(backend, band)
    plain = ("extra_device_s", "two_dies_bandwidth")
    parts = ("factors", "quantization_work", "generation_start", "generation_time", "band")
    head = _table(here, {name: getattr(decode, name) for name in plain}, decode.seen)
    return head + mixtures + [line for part in parts for line in _part(here, decode, part)]


def _part(here: str, whole: object, name: str) -> list[str]:
    part = getattr(whole, name)
    fields = part if isinstance(part, dict) else msgspec.to_builtins(part)
    if name.startswith("generation"):
        able = _generations(here.split(".")[1])
        fields = {key: value for key, value in fields.items() if key in able}
    return _table(f"{here}.{name}", fields)


def _generations(backend: str) -> set[str | None]:
    """Those of the devices that the backend can drive; processors, too, are driven by `cpu`."""
    return {one.generation for one in driven_by(backend)}


def _powers(some: Sequence[Row], fitted: Fit, unseen: Residuals, bands: Bands) -> dict[str, float]:
    """By how much wider the residuals are where less is known, as a power of the band."""
    known = [one for one in unseen if one.usual and is_plain(one.row)]
    usual = reach(known)
    blinded = [
        blind(row, tflops_by_bandwidth(row.backend) * row.rates.bandwidth_bytes_per_s * 1e3)
        for row in only_plain(some)
        if row.backend != "cpu"
    ]
    found = {
        "unknown_compute": max(bands.unseen, reach(residuals_of(fitted, blinded)) / usual),
        "unknown_generation": bands.unseen,
        "other_backend": bands.other_backend,
        "experts": bands.experts,
        "unseen_experts": bands.unseen_experts,
    }
    many = [one for one in unseen if one.row.streams > 1]
    if many:
        found["many_streams"] = spread(many) / spread(known)
    return {name: max(1.0, power) for name, power in found.items()}


def _table(name: str, values: dict[str, float], seen: Sequence[str] | None = None) -> list[str]:
    lines = ["", f"[{name}]", *(f'"{key}" = {value:.4g}' for key, value in values.items())]
    if seen is not None:
        lines.append("seen = [" + ", ".join(f'"{one}"' for one in seen) + "]")
    return lines
