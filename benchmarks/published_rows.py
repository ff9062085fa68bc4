"""Which published results can a prediction be held against, and what did they have to do?

Reads `published/*.csv`, or those of a folder in it: `published/later/` holds what no fit may see,
with each row's own source. A row counts where nothing speaks against it (`excluded` is empty), its
device is known to `advisor.models.devices` and its model to the catalogue. Prompts of processors
(whose compute rate is not kept) and of several cards (which work on parts of it at once) are left
out.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from advisor.models.architecture import Architecture
from advisor.models.catalogue import catalogue
from advisor.models.device_rates import rates_of
from advisor.models.devices import Device, Kind, known_device
from advisor.models.elsewhere import quantization_class
from advisor.models.quantization import QUANTIZATIONS, tensor_types
from advisor.models.roofline import BATCH_TOKENS, Prompt, Rates, Step, prompt_of, step_of
from advisor.models.shapes import active_parameters
from advisor.models.units import SUMS_BITS

PUBLISHED = Path(__file__).parent / "published"
LATER = PUBLISHED / "later"
Measured = Literal["engine's clock", "whole request", "user-submitted"]

_LIKE = {"Q4_K_XL": "Q4_K_M", "Q5_K_XL": "Q5_K_M", "Q4_K_L": "Q4_K_M", "Q2_K_S": "Q2_K"}
_NOT_FITTED = ("IQ1", "IQ2", "IQ3", "TQ")
"""The shipped factors were fitted without rows of these."""
_MLX_BITS_PER_WEIGHT = {"4bit": 4.5, "5bit": 5.5, "6bit": 6.5, "8bit": 8.5, "bf16": 16.0}
"""Groups of 64 weights with a 16-bit scale and offset."""

_MLX_BATCH_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Row:
    """One published rate: `step` of a decode row, `prompt` of a prefill row."""

    source: str
    publisher: str
    """Sources of one hand, which are left out together."""
    device: Device
    devices: int
    backend: Kind
    engine: str
    model: str
    quantization: str
    step: Step | None
    prompt: Prompt | None
    rates: Rates
    tokens_per_s: float
    measured: Measured
    streams: int
    early: bool
    """From weeks in which the engine had no tuned kernels for mixtures of experts yet."""
    sums_bits: int

    @property
    def chip(self) -> str:
        """The device without its variant: what must not be on both sides of a split."""
        return self.device.name.split(" (")[0]

    @property
    def has_experts(self) -> bool:
        if self.step is not None:
            return self.step.expert_layers > 0
        return self.prompt is not None and self.prompt.has_experts

    @property
    def quantization_class(self) -> str:
        return quantization_class(self.quantization)

    @property
    def share_of_roof(self) -> float:
        """The bytes read a second over the bandwidth; above 1 the row cannot be true."""
        assert self.step is not None
        steps_per_s = self.tokens_per_s / self.streams
        return steps_per_s * self.step.read_bytes / self.rates.bandwidth_bytes_per_s


def rows(folder: Path = PUBLISHED, tables: str = "*.csv") -> Iterator[Row]:
    """Every row of the folder's `tables` that counts, in the order of the files."""
    known = {one.name: one for one in catalogue()}
    sources = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
    for path in sorted(folder.glob(tables)):
        with path.open(encoding="utf-8", newline="") as file:
            for record in csv.DictReader(file):
                source = record.get("source", path.stem)
                architecture = known.get(record["model"])
                device = known_device(record["device"])
                if record["excluded"] or architecture is None or device is None:
                    continue
                row = _row(source, record, architecture, device, sources[source])
                if row is not None:
                    yield row


def _row(
    source: str,
    record: dict[str, str],
    architecture: Architecture,
    device: Device,
    told: dict[str, Any],
) -> Row | None:
    quantization, test = record["quantization"], record["test"]
    depth, streams = int(record["depth_tokens"]), int(record["streams"])
    numbers = re.findall(r"\d+", test)
    tokens = int(numbers[0]) if numbers else 128
    step = prompt = None
    if test.startswith("pp"):
        like = _like(quantization)
        if like is None or int(record["count"]) > 1:
            return None
        usual = _MLX_BATCH_TOKENS if record["engine"] == "mlx" else BATCH_TOKENS
        prompt = prompt_of(architecture, like, tokens, depth, told.get("batch_tokens", usual))
        if quantization in _MLX_BITS_PER_WEIGHT and like == "Q8_0":
            smaller = _MLX_BITS_PER_WEIGHT[quantization] / _MLX_BITS_PER_WEIGHT["8bit"]
            prompt = replace(prompt, weight_bytes=smaller * prompt.weight_bytes)
    else:
        size = float(record["size_gib"]) * 2**30 if record["size_gib"] else None
        step = _step(architecture, quantization, depth + tokens // 2, streams, size)
        if step is None:
            return None
    measured: Measured = "engine's clock"
    if source == "localmaxxing":
        measured = "user-submitted"
    elif test == "end-to-end":
        measured = "whole request"
    backend = record["backend"] if record["engine"] != "mlx" else "mlx"
    sums_bits = told.get("sums_bits", SUMS_BITS)
    return Row(
        source=source,
        publisher=told.get("publisher", source),
        device=device,
        devices=int(record["count"]),
        backend=backend,  # type: ignore[arg-type]
        engine=record["engine"],
        model=architecture.name,
        quantization=quantization,
        step=step,
        prompt=prompt,
        rates=rates_of(device, backend, sums_bits),
        tokens_per_s=float(record["tokens_per_s"]),
        measured=measured,
        streams=streams,
        early=told.get("early", False),
        sums_bits=sums_bits,
    )


def _step(
    architecture: Architecture, quantization: str, context: int, streams: int, size: float | None
) -> Step | None:
    if quantization in _MLX_BITS_PER_WEIGHT:
        plain = step_of(architecture, "Q8_0", context, streams)
        empty = step_of(architecture, "Q8_0", 0, streams)
        weights = active_parameters(architecture) * _MLX_BITS_PER_WEIGHT[quantization] / 8
        return Step(
            starts=plain.starts,
            expert_layers=plain.expert_layers,
            read_bytes=weights + plain.read_bytes - empty.read_bytes,
            weights=plain.weights,
        )
    like = _like(quantization)
    if like is None:
        return None
    if size is not None:
        whole = sum(one.size_bytes for one in tensor_types(architecture, like))
        if like != quantization and not 0.5 < size / whole < 1.5:
            return None
    return step_of(architecture, like, context, streams, size)


def _like(quantization: str) -> str | None:
    """The quantization that the catalogue can lay out and whose mix is nearest."""
    if quantization in _MLX_BITS_PER_WEIGHT:
        return "F16" if quantization == "bf16" else "Q8_0"
    plain = quantization.upper().removeprefix("UD-")
    plain = _LIKE.get(plain, plain)
    return plain if plain in QUANTIZATIONS and not plain.startswith(_NOT_FITTED) else None
