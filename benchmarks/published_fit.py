"""Which factors explain the published rates best, in the median of devices?

Robust regression of the logarithm of the rate: Gauss-Newton steps on the logarithms of the
factors, Huber's weights beyond 8 %, and a prior on each factor (its usual value and how far it
may stray), so that a factor that few rows speak of stays near 1. Rows of one model on one device
and engine share one weight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import msgspec
import numpy as np
from published_rows import Row

from advisor.models.elsewhere import Band, Decode, Prefill, decode_seconds, prefill_seconds
from advisor.models.roofline import PromptFactors, StepFactors

HUBER = 0.08
SPREAD = 0.1
"""The usual size of a logarithm's residual, against which the priors are weighed."""

NO_BAND = Band(p10=1.0, p50=1.0, p90=1.0)

Name = tuple[str, ...]

_PRIORS = {  # factor -> (usual value, standard deviation of its logarithm)
    "layer_s": (15e-6, 0.7),
    "expert_layer_s": (20e-6, 0.7),
    "bandwidth_share": (0.85, 0.15),
    "flop_per_weight": (4.0, 0.5),
    "quantization_work": (1.0, 0.3),
    "generation_time": (1.0, 0.12),
    "extra_device_s": (200e-6, 0.7),
    "two_dies_bandwidth": (0.85, 0.3),
    "compute_share": (1.0, 1.0),
    "prompt_layer_s": (50e-6, 0.7),
    "attention_share": (0.5, 0.7),
    "expert_share": (0.8, 0.4),
    "quantization_share": (1.0, 0.2),
    "generation_share": (1.0, 0.5),
    "definition": (1.0, 0.15),
}
_BASE = {"quantization_work": "plain", "quantization_share": "plain"}
"""The class that the factor of all is given for."""


@dataclass(frozen=True)
class Fit:
    """Logarithms of the factors by name: (factor, backend[, key])."""

    logs: dict[Name, float]

    def value(self, *name: str) -> float:
        return exp(self.logs[name]) if name in self.logs else _PRIORS[name[0]][0]

    def table(self, factor: str, backend: str) -> dict[str, float]:
        keys = sorted(name[2] for name in self.logs if name[:2] == (factor, backend))
        return {key: self.value(factor, backend, key) for key in keys}

    def decode(self, backend: str, band: Band = NO_BAND) -> Decode:
        return Decode(
            factors=StepFactors(
                layer_s=self.value("layer_s", backend),
                expert_layer_s=self.value("expert_layer_s", backend),
                bandwidth_share=min(1.0, self.value("bandwidth_share", backend)),
                flop_per_weight=self.value("flop_per_weight", backend),
            ),
            extra_device_s=self.value("extra_device_s", "all"),
            two_dies_bandwidth=self.value("two_dies_bandwidth", "all"),
            quantization_work=self.table("quantization_work", backend),
            generation_time=self.table("generation_time", backend),
            band=band,
        )

    def prefill(self, backend: str, band: Band = NO_BAND) -> Prefill:
        return Prefill(
            factors=PromptFactors(
                layer_s=self.value("prompt_layer_s", backend),
                compute_share=self.value("compute_share", backend),
                attention_share=self.value("attention_share", backend),
                expert_share=self.value("expert_share", backend),
            ),
            quantization_share=self.table("quantization_share", backend),
            generation_share=self.table("generation_share", backend),
            band=band,
        )

    def rate(self, row: Row) -> float:
        """The predicted rate of that row, by its own definition of a rate."""
        device = msgspec.structs.replace(row.device, count=row.devices)
        kind = row.quantization_class
        if row.step is not None:
            decode = self.decode(row.backend)
            seconds = decode_seconds(decode, row.step, row.rates, device, kind)
            return row.streams / seconds * self.value("definition", _definition(row))
        assert row.prompt is not None
        prefill = self.prefill(row.backend)
        return row.prompt.tokens / prefill_seconds(prefill, row.prompt, row.rates, device, kind)


def fit(rows: Sequence[Row]) -> Fit:
    """The factors that the rows speak of."""
    names = [_names(row) for row in rows]
    order = sorted({name for some in names for name in some})
    at = {name: index for index, name in enumerate(order)}
    usual = np.array([log(_PRIORS[name[0]][0]) for name in order])
    stiffness = np.array([(SPREAD / _PRIORS[name[0]][1]) ** 2 for name in order])
    weights = _weights(rows)
    truth = np.array([log(row.tokens_per_s) for row in rows])
    logs = usual.copy()
    for _ in range(30):
        now = Fit(dict(zip(order, logs.tolist(), strict=True)))
        predicted = np.array([log(now.rate(row)) for row in rows])
        slopes = np.zeros((len(rows), len(order)))
        for index, row in enumerate(rows):
            for name in names[index]:
                moved = Fit({**now.logs, name: now.logs[name] + 1e-4})
                slopes[index, at[name]] = (log(moved.rate(row)) - predicted[index]) / 1e-4
        off = truth - predicted
        robust = weights * np.minimum(1.0, HUBER / np.maximum(np.abs(off), 1e-9))
        normal = slopes.T @ (slopes * robust[:, None]) + np.diag(stiffness)
        step = np.linalg.solve(normal, slopes.T @ (robust * off) - stiffness * (logs - usual))
        logs = logs + np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-3:
            break
    return Fit(dict(zip(order, logs.tolist(), strict=True)))


def out_of_fold(rows: Sequence[Row], fold_of: Callable[[Row], int]) -> list[tuple[Row, float]]:
    """Each row with the logarithm of truth over a prediction whose fit saw nothing of its chip."""
    found = []
    for fold in sorted({fold_of(row) for row in rows}):
        seen = fit([row for row in rows if fold_of(row) != fold])
        found += [
            (row, log(row.tokens_per_s / seen.rate(row))) for row in rows if fold_of(row) == fold
        ]
    return found


def blind(row: Row, fp32_flop_per_s: float) -> Row:
    """The row as if its device's generation and compute were not known."""
    device = msgspec.structs.replace(row.device, generation=None)
    rates = replace(row.rates, fp32_flop_per_s=fp32_flop_per_s)
    return replace(row, device=device, rates=rates)


def _names(row: Row) -> set[Name]:
    backend, kind, generation = row.backend, row.quantization_class, row.device.generation
    if row.prompt is not None:
        found: set[Name] = {
            (factor, backend) for factor in ("compute_share", "prompt_layer_s", "attention_share")
        }
        if row.prompt.has_experts:
            found.add(("expert_share", backend))
        if kind != _BASE["quantization_share"]:
            found.add(("quantization_share", backend, kind))
        if generation:
            found.add(("generation_share", backend, generation))
        return found
    assert row.step is not None
    found = {("layer_s", backend), ("bandwidth_share", backend)}
    if backend != "cpu":
        found.add(("flop_per_weight", backend))
        if kind != _BASE["quantization_work"]:
            found.add(("quantization_work", backend, kind))
    if row.step.expert_layers:
        found.add(("expert_layer_s", backend))
    if row.devices > 1:
        found.add(("extra_device_s", "all"))
    if row.device.dies > 1:
        found.add(("two_dies_bandwidth", "all"))
    if generation:
        found.add(("generation_time", backend, generation))
    if _definition(row) != "llama.cpp":
        found.add(("definition", _definition(row)))
    return found


def _definition(row: Row) -> str:
    """What else than llama.cpp's own decoding rate the row may tell."""
    if row.measured != "engine's clock":
        return row.measured
    return "ollama" if row.engine == "ollama" and row.backend != "cpu" else "llama.cpp"


def _weights(rows: Sequence[Row]) -> np.ndarray:
    alike = Counter(_alike(row) for row in rows)
    return np.array([1.0 / alike[_alike(row)] ** 0.5 for row in rows])


def _alike(row: Row) -> tuple[str, ...]:
    return (row.chip, row.backend, row.engine, row.model, str(row.prompt is None))
