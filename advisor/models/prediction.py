"""Will this model fit that box, and how fast will it run there?

The memory is what memory.py says; the speed is what the box's bandwidth and its stated rate of
operations allow, times the shares of them that real engines reach (speed.toml). Nothing is
measured here: every figure is a band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from advisor.documents import Unknown, Unknowns
from advisor.models.cache import read_bytes
from advisor.models.machine_file import Box
from advisor.models.memory import DEFAULT_CONTEXT_TOKENS, Fit, Load, Verdict, fit
from advisor.models.model import Model
from advisor.models.speed import SpeedEstimate, decode_speed, prefill_speed
from advisor.models.traffic import weights_read

SPEED_OUTPUT_TOKENS = 128
"""Without a context the speed is that of so many tokens after an empty one."""
PROMPT_TOKENS = 512


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """The 10th, 50th and 90th percentile of what is expected."""

    p10: float
    p50: float
    p90: float


class MemoryBand(msgspec.Struct, frozen=True, kw_only=True):
    """The same of bytes."""

    p10: int
    p50: int
    p90: int


class MemoryParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the memory is for, in the middle of the estimate."""

    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    process_bytes: int


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a model on a box (`advisor.prediction/1`).

    `fits` is against `free_bytes`; `tight` means that it fits in the middle of the estimate, not at
    its high end. `spilled_layers` of `layers` stay in main memory where it fits partly. The largest
    context is for this concurrency, and the other way round; 0 if none fits. `decode_tok_per_s` is
    one stream's with `speed_context_tokens` before it, `output_tok_per_s` that of all streams
    together, `prefill_tok_per_s` that of one prompt of `prompt_tokens`. `step_read_bytes` is what
    one decode step reads.
    """

    schema: Literal["advisor.prediction/1"] = "advisor.prediction/1"
    model: str
    quantization: str
    machine: str
    machine_kind: str
    fits: Verdict
    tight: bool
    memory_bytes: MemoryBand
    memory: MemoryParts
    free_bytes: int
    context_tokens: int
    concurrency: int
    cache_type: str
    layers: int
    spilled_layers: int
    largest_context_tokens: int
    largest_concurrency: int
    step_read_bytes: int
    speed_context_tokens: int
    decode_tok_per_s: Band | None
    output_tok_per_s: Band | None
    prompt_tokens: int
    prefill_tok_per_s: Band | None
    basis: Literal["calibrated", "bandwidth"]
    assumptions: tuple[str, ...]
    unknown: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Traffic:
    """The bytes that one step reads from the device's memory and from main memory."""

    device_bytes: int
    host_bytes: int


def predict(
    model: Model,
    box: Box,
    context_tokens: int | None = None,
    streams: int = 1,
    cache_type: str = "f16",
) -> Prediction:
    """What is expected of `model` on `box` for `streams` requests at once.

    Without `context_tokens` the memory is for 4,096 tokens each and the speed for 128 tokens after
    an empty context, else both are for that context.
    """
    load = Load(context_tokens or DEFAULT_CONTEXT_TOKENS, streams, cache_type)
    found = fit(model, box.room, load)
    depth = SPEED_OUTPUT_TOKENS // 2 if context_tokens is None else context_tokens
    read = _traffic(model, load, depth, found.spilled_layers)
    unknowns = Unknowns()
    decoded = _decode(read, box, found)
    decode = unknowns.settle("decode_tok_per_s", decoded)
    together = decoded if isinstance(decoded, Unknown) else _times(decoded, streams)
    prompt_tokens = context_tokens or PROMPT_TOKENS
    need = found.need
    return Prediction(
        model=model.architecture.name,
        quantization=model.quantization,
        machine=box.name,
        machine_kind=box.kind,
        fits=found.verdict,
        tight=found.tight,
        memory_bytes=MemoryBand(p10=need.p10_bytes, p50=need.total_bytes, p90=need.p90_bytes),
        memory=MemoryParts(
            weights_bytes=need.weights_bytes,
            cache_bytes=need.cache_bytes,
            compute_bytes=need.compute_bytes,
            process_bytes=need.process_bytes,
        ),
        free_bytes=box.room.device_bytes,
        context_tokens=load.context_tokens,
        concurrency=streams,
        cache_type=cache_type,
        layers=model.architecture.layers,
        spilled_layers=found.spilled_layers,
        largest_context_tokens=found.largest_context_tokens,
        largest_concurrency=found.largest_concurrency,
        step_read_bytes=read.device_bytes + read.host_bytes,
        speed_context_tokens=depth,
        decode_tok_per_s=decode,
        output_tok_per_s=unknowns.settle("output_tok_per_s", together),
        prompt_tokens=prompt_tokens,
        prefill_tok_per_s=unknowns.settle(
            "prefill_tok_per_s", _prefill(model, box, found, prompt_tokens)
        ),
        basis="bandwidth",
        assumptions=(*box.assumptions, *_assumptions(model, streams)),
        unknown=unknowns.reasons,
    )


def _assumptions(model: Model, streams: int) -> tuple[str, ...]:
    if streams == 1:
        return ()
    found = "a step of several streams takes as long as its bytes take to read"
    if model.architecture.experts is None:
        return (found,)
    return (found, "each stream chooses its experts by itself and at random")


def _traffic(model: Model, load: Load, depth: int, spilled: int) -> _Traffic:
    one = model.architecture

    def of(layers: range, *, on_host: bool) -> int:
        tensors = [
            each
            for each in model.tensors
            if (each.shape.layer is not None and each.shape.layer < spilled) is on_host
        ]
        cached = read_bytes(one, depth, load.cache_type, layers)
        return weights_read(one, tensors, load.streams) + load.streams * cached

    return _Traffic(
        device_bytes=of(range(spilled, one.layers), on_host=False),
        host_bytes=of(range(spilled), on_host=True),
    )


def _decode(read: _Traffic, box: Box, found: Fit) -> Band | Unknown:
    if found.verdict == "no":
        return Unknown("the model does not fit")
    if box.bandwidth_bytes_per_s is None:
        return Unknown("the memory's bandwidth is not known")
    basis = box.bandwidth if box.kind == "cpu" else "datasheet"
    device = _band(decode_speed(read.device_bytes, box.bandwidth_bytes_per_s, box.kind, basis))
    if not read.host_bytes:
        return device
    if box.host_bandwidth_bytes_per_s is None:
        return Unknown(
            "part of the model stays in main memory, whose bandwidth is not stated "
            "(host_bandwidth_gb_per_s)"
        )
    host = _band(
        decode_speed(read.host_bytes, box.host_bandwidth_bytes_per_s, "cpu", box.host_bandwidth)
    )
    return Band(
        p10=1 / (1 / device.p10 + 1 / host.p10),
        p50=1 / (1 / device.p50 + 1 / host.p50),
        p90=1 / (1 / device.p90 + 1 / host.p90),
    )


def _prefill(model: Model, box: Box, found: Fit, prompt_tokens: int) -> Band | Unknown:
    if found.verdict == "no":
        return Unknown("the model does not fit")
    if found.verdict == "partly":
        return Unknown("part of the model is computed by the processors, whose rate is not known")
    if box.ops_per_s is None:
        return Unknown("the device's rate of operations is not stated (fp16_tflops)")
    one = prefill_speed(model, prompt_tokens, box.ops_per_s, box.kind)
    return Band(
        p10=one.prefill_tok_per_s_p10,
        p50=one.prefill_tok_per_s_p50,
        p90=one.prefill_tok_per_s_p90,
    )


def _band(one: SpeedEstimate) -> Band:
    return Band(
        p10=one.decode_tok_per_s_p10, p50=one.decode_tok_per_s_p50, p90=one.decode_tok_per_s_p90
    )


def _times(band: Band, factor: int) -> Band:
    return Band(p10=factor * band.p10, p50=factor * band.p50, p90=factor * band.p90)
