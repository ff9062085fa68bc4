"""Which factors explain the published rates best, in the median of devices?

Robust regression of the logarithm of the time. A time is a sum of terms, each a product of factors
(published_terms.py), so that a term's share of the time is the slope by each of its factors.
Gauss-Newton steps on the logarithms, Huber's weights beyond 8 %, and a prior on each factor. Most
factors have two levels: one shared by all backends, and each backend's own deviation from it, which
is held narrower; what few results of a backend speak of so follows the others. Every chip weighs
alike; within it, a model of many rows counts as the root of their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import msgspec
import numpy as np
from published_rows import Row
from published_terms import (
    ALL,
    ALONE,
    USUAL,
    WIRING,
    Name,
    Term,
    definition,
    deviation,
    joined,
    levels,
    terms,
)

from advisor.models.band import Band
from advisor.models.device_rates import rates_from
from advisor.models.elsewhere import Decode, Prefill, decode_seconds, prefill_seconds
from advisor.models.roofline import PromptFactors, StepFactors

HUBER = 0.08
SPREAD = 0.1
"""The usual size of a logarithm's residual, against which the priors are weighed."""

NO_BAND = Band(p10=1.0, p50=1.0, p90=1.0)


@dataclass(frozen=True)
class Fit:
    """Logarithms of the factors by name: (factor, backend or "all"[, key])."""

    logs: dict[Name, float]
    seen: frozenset[tuple[str, str]]
    """Pairs of backend and generation with results."""

    def value(self, factor: str, backend: str, *key: str) -> float:
        """The factor of a backend: what is shared times its own deviation."""
        usual = log(USUAL[factor]) if not key and factor in USUAL else 0.0
        if backend in (ALL, ALONE):
            return exp(self.logs.get((factor, backend, *key), usual))
        whole = self.logs.get((factor, ALL, *key), usual)
        return exp(
            whole + sum(self.logs.get((factor, at, *key), 0.0) for at in levels(backend)[1:])
        )

    def table(self, factor: str, backend: str) -> dict[str, float]:
        apart = backend == ALONE
        named = [name for name in self.logs if name[0] == factor and len(name) == 3]
        keys = {key for _, at, key in named if (at == ALONE) == apart}
        return {key: self.value(factor, backend, key) for key in sorted(keys)}

    def generations(self, backend: str) -> tuple[str, ...]:
        return tuple(sorted(one for at, one in self.seen if at == backend))

    def decode(self, backend: str, band: Band = NO_BAND) -> Decode:
        return Decode(
            factors=StepFactors(
                layer_s=self.value("layer_s", backend),
                expert_layer_s=self.value("expert_layer_s", backend),
                bandwidth_share=min(1.0, self.value("bandwidth_share", backend)),
                flop_per_weight=self.value("flop_per_weight", backend),
            ),
            extra_device_s=self.value("extra_device_s", ALL),
            two_dies_bandwidth=self.value(joined(backend), ALONE if backend == ALONE else ALL),
            quantization_work=self.table("quantization_work", backend),
            generation_start=self.table("generation_start", backend),
            generation_time=self.table("generation_time", backend),
            seen=self.generations(backend),
            experts_seen=True,
            band=band,
        )

    def prefill(self, backend: str, band: Band = NO_BAND) -> Prefill:
        return Prefill(
            factors=PromptFactors(
                layer_s=self.value("prompt_layer_s", backend),
                expert_layer_s=self.value("prompt_expert_layer_s", backend),
                matrix_share=self.value("matrix_share", backend),
                work_per_op=self.value("work_per_op", backend),
                attention_share=self.value("attention_share", backend),
                expert_padding=self.value("expert_padding", backend),
                passes=self.value("passes", backend),
                wirings=self.value("wirings", ALL) if backend in WIRING else 0.0,
            ),
            quantization_work=self.table("prompt_quantization_work", backend),
            generation_share=self.table("generation_share", backend),
            power_exponent=self.logs.get(("power_exponent", ALL), 0.0),
            seen=self.generations(backend),
            experts_seen=True,
            band=band,
        )

    def rates(self, rows: Sequence[Row]) -> list[float]:
        """Each row's predicted rate by the shipped formula, by its own definition of a rate."""
        decodes = {row.backend: self.decode(row.backend) for row in rows if row.step is not None}
        prefills = {row.backend: self.prefill(row.backend) for row in rows if row.step is None}
        found = []
        for row in rows:
            device = msgspec.structs.replace(row.device, count=row.devices)
            kind = row.quantization_class
            if row.step is not None:
                decode = decodes[row.backend]
                seconds = decode_seconds(decode, row.step, row.rates, device, kind)
                rate = row.streams / seconds
            else:
                assert row.prompt is not None
                prefill = prefills[row.backend]
                seconds = prefill_seconds(prefill, row.prompt, row.rates, device, kind)
                rate = row.prompt.tokens / seconds
            found.append(rate * self.value("definition", ALL, definition(row)))
        return found


def fit(rows: Sequence[Row]) -> Fit:
    """The factors that the rows speak of."""
    found = [terms(row) for row in rows]
    names = sorted({name for some in found for one in some for name, _ in one.powers})
    usual = np.array([_usual(name) for name in names])
    stiffness = np.array([(SPREAD / deviation(name)) ** 2 for name in names])
    system = _System(found, names)
    weights = _weights(rows)
    work = [row.streams if row.prompt is None else row.prompt.tokens for row in rows]
    truth = np.array([log(n / row.tokens_per_s) for n, row in zip(work, rows, strict=True)])
    logs = usual.copy()
    for _ in range(30):
        predicted, slopes = system.at(logs)
        off = truth - predicted
        robust = weights * np.minimum(1.0, HUBER / np.maximum(np.abs(off), 1e-9))
        normal = slopes.T @ (slopes * robust[:, None]) + np.diag(stiffness)
        step = np.linalg.solve(normal, slopes.T @ (robust * off) - stiffness * (logs - usual))
        logs = logs + np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-3:
            break
    seen = frozenset((row.backend, row.device.generation or "") for row in rows)
    return Fit(dict(zip(names, logs.tolist(), strict=True)), seen)


class _System:
    """The logarithms of the rows' times, and their slopes by the logarithms of the factors."""

    def __init__(self, found: Sequence[Sequence[Term]], names: Sequence[Name]) -> None:
        at = {name: index for index, name in enumerate(names)}
        every = [(row, term) for row, some in enumerate(found) for term in some]
        self.rows = len(found)
        self.row_of = np.array([row for row, _ in every])
        self.constants = np.log([term.constant for _, term in every])
        self.powers = np.zeros((len(every), len(names)))
        for index, (_, term) in enumerate(every):
            for name, power in term.powers:
                self.powers[index, at[name]] += power

    def at(self, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seconds = np.exp(self.constants + self.powers @ logs)
        total = np.bincount(self.row_of, seconds, self.rows)
        first = np.searchsorted(self.row_of, np.arange(self.rows))
        slopes = np.add.reduceat(self.powers * seconds[:, None], first, axis=0)
        return np.log(total), slopes / total[:, None]


def blind(row: Row, fp32_flop_per_s: float) -> Row:
    """The row as if its device's generation and compute were not known."""
    device = msgspec.structs.replace(row.device, generation=None, active_power_w=None)
    rates = rates_from(device, row.backend, fp32_flop_per_s, row.sums_bits)
    return replace(row, device=device, rates=rates)


def _usual(name: Name) -> float:
    whole = name[1:] in ((ALL,), (ALONE,))
    return log(USUAL[name[0]]) if whole and name[0] in USUAL else 0.0


def _weights(rows: Sequence[Row]) -> np.ndarray:
    """Every chip weighs as one row with a backend, however many there are of it."""
    alike = Counter(_alike(row) for row in rows)
    each = np.array([alike[_alike(row)] ** -0.5 for row in rows])
    _, chip = np.unique([f"{row.chip} {row.backend}" for row in rows], return_inverse=True)
    return each / np.bincount(chip, each)[chip]


def _alike(row: Row) -> tuple[str, ...]:
    return (row.chip, row.backend, row.engine, row.model, str(row.prompt is None))
