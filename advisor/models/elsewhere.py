"""How fast would a box that one does not own run a model, and how far off may that be?

Factors and bands are fitted from published results and kept in `elsewhere.toml` beside this file,
with the day and the command of the fit; docs/predict.md says how, and what errors were seen on
devices that were held out.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Literal

import msgspec

from advisor.models.architecture import Architecture
from advisor.models.devices import Device, known_device
from advisor.models.roofline import (
    Prompt,
    PromptFactors,
    Rates,
    Step,
    StepFactors,
    prompt_of,
    prompt_seconds,
    step_of,
    step_seconds,
)

Backend = Literal["cuda", "rocm", "metal", "cpu", "vulkan", "sycl", "mlx"]
ANSWER_TOKENS = 128
PROMPT_TOKENS = 512

_DUAL_ISSUE = {"rdna3", "rdna3.5", "rdna4"}
"""Chips whose published vector rate counts two operations that seldom go together."""

_TFLOPS_PER_COMPUTE_UNIT = 0.33
"""One GPU core of the first generation of Apple's chips; later ones are this by their factor."""


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Truth over prediction, at the 10th, 50th and 90th percentile of devices not in the fit."""

    p10: float
    p50: float
    p90: float


class Decode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One backend's factors of decoding.

    The tables multiply the work of a weight (by class of quantization) and the whole time (by
    generation of chips); what is not in them counts 1.
    """

    factors: StepFactors
    extra_device_s: float
    two_dies_bandwidth: float
    quantization_work: dict[str, float]
    generation_time: dict[str, float]
    band: Band


class Prefill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One backend's factors of prompts; the tables divide the time, likewise."""

    factors: PromptFactors
    quantization_share: dict[str, float]
    generation_share: dict[str, float]
    band: Band


class Wider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The powers to which a band is raised where less is known.

    Where the compute of a device is unknown (its generation then does not matter), else where no
    result of its generation was fitted; and where many streams share it.
    """

    unknown_compute: float
    unknown_generation: float
    many_streams: float = 1.0


class Factors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was fitted.

    `fp32_tflops_per_gb_per_s` stands in for a compute
    rate that is not known, `fp16_per_fp32` says what matrix rate goes with a vector rate.
    """

    fitted_on: str
    command: str
    fp32_tflops_per_gb_per_s: dict[str, float]
    fp16_per_fp32: dict[str, float]
    decode: dict[str, Decode]
    prefill: dict[str, Prefill]
    decode_wider: Wider
    prefill_wider: Wider


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A rate in tokens a second: one device in ten is slower than p10, one faster than p90."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class SpeedElsewhere:
    """The speed of a box that was never measured.

    `decode_tok_per_s` is the whole server's at the asked concurrency. `prefill_tok_per_s` is None
    where it cannot be told, with the reason under `unknown`.
    """

    decode_tok_per_s: Quantiles
    prefill_tok_per_s: Quantiles | None
    unknown: dict[str, str]
    basis: Literal["bandwidth"] = "bandwidth"


def predict_elsewhere(
    device: Device,
    architecture: Architecture,
    quantization: str,
    context_tokens: int = 0,
    concurrency: int = 1,
    *,
    engine: Literal["llama.cpp", "mlx"] = "llama.cpp",
) -> SpeedElsewhere:
    """The rates of a model that fits the device's memory, with their band.

    Decode is the mean over an answer of 128 tokens after `context_tokens`, prefill a prompt of
    512 after as many. Several devices hold the layers in turn, as llama.cpp splits them: they add
    memory, not speed. A known device's name brings what the record itself leaves out.
    """
    backend: Backend = "mlx" if engine == "mlx" else device.kind
    facts = with_facts(device)
    rates = rates_of(facts, backend)
    known = factors()
    decode, prefill = known.decode[backend], known.prefill.get(backend)
    depth = context_tokens + ANSWER_TOKENS // 2
    step = step_of(architecture, quantization, depth, concurrency)
    kind = quantization_class(quantization)
    seconds = decode_seconds(decode, step, rates, facts, kind)
    wider = _power(known.decode_wider, facts, set(decode.generation_time), concurrency)
    speed = _quantiles(concurrency / seconds, decode.band, wider)
    if prefill is None or not _compute_is_known(facts):
        reason = "the device's compute is not known (fp16_tflops)"
        if prefill is None:
            reason = f"no published prompt rates of {backend} are in the fit"
        return SpeedElsewhere(speed, None, {"prefill_tok_per_s": reason})
    prompt = prompt_of(architecture, quantization, PROMPT_TOKENS, context_tokens)
    seconds = prefill_seconds(prefill, prompt, rates, facts, kind)
    wider = _power(known.prefill_wider, facts, set(prefill.generation_share))
    return SpeedElsewhere(speed, _quantiles(PROMPT_TOKENS / seconds, prefill.band, wider), {})


def decode_seconds(
    decode: Decode, step: Step, rates: Rates, device: Device, quantization: str
) -> float:
    """The time of one step; `quantization` is a class."""
    work = decode.quantization_work.get(quantization, 1.0)
    fitted = msgspec.structs.replace(
        decode.factors, flop_per_weight=decode.factors.flop_per_weight * work
    )
    if device.dies > 1:
        share = fitted.bandwidth_share * decode.two_dies_bandwidth
        fitted = msgspec.structs.replace(fitted, bandwidth_share=share)
    generation = decode.generation_time.get(device.generation or "", 1.0)
    alone = generation * step_seconds(step, rates, fitted)
    return alone + (device.count - 1) * decode.extra_device_s


def prefill_seconds(
    prefill: Prefill, prompt: Prompt, rates: Rates, device: Device, quantization: str
) -> float:
    """The time of one prompt; `quantization` is a class."""
    share = prefill.quantization_share.get(quantization, 1.0)
    share *= prefill.generation_share.get(device.generation or "", 1.0)
    fitted = msgspec.structs.replace(
        prefill.factors, compute_share=prefill.factors.compute_share * share
    )
    return prompt_seconds(prompt, rates, fitted)


def with_facts(device: Device) -> Device:
    """The device, completed by what is known of one of that name."""
    known = known_device(device.name) if device.name else None
    if known is None:
        return device
    left_out = ("generation", "fp32_tflops", "fp16_tflops", "compute_units")
    new = {one: getattr(known, one) for one in left_out if getattr(device, one) is None}
    return msgspec.structs.replace(device, dies=known.dies, **new)


def rates_of(device: Device, backend: Backend) -> Rates:
    """The device's bandwidth, and its vector rate or the best guess at it."""
    return Rates(
        bandwidth_bytes_per_s=device.bandwidth_gb_per_s * 1e9,
        fp32_flop_per_s=_fp32_tflops(device, backend) * 1e12,
    )


def quantization_class(quantization: str) -> str:
    """Which unpacking a quantization asks for: 16-bit, 8-bit, plain (Q4_0, MXFP4, …), k or iq."""
    plain = quantization.upper().removeprefix("UD-")
    if plain in {"F16", "BF16", "F32"}:
        return "16-bit"
    if plain.startswith("IQ"):
        return "iq"
    if plain == "Q8_0":
        return "8-bit"
    return "k" if "_K" in plain else "plain"


@cache
def factors() -> Factors:
    """The fitted factors."""
    text = files(__package__).joinpath("elsewhere.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Factors)


def _fp32_tflops(device: Device, backend: Backend) -> float:
    if backend == "cpu":
        return inf
    if device.fp32_tflops is not None:
        return device.fp32_tflops * (0.5 if device.generation in _DUAL_ISSUE else 1.0)
    if device.compute_units is not None:
        return device.compute_units * _TFLOPS_PER_COMPUTE_UNIT
    known = factors()
    if device.fp16_tflops is not None:
        return device.fp16_tflops / known.fp16_per_fp32[backend]
    return device.bandwidth_gb_per_s * known.fp32_tflops_per_gb_per_s[backend]


def _compute_is_known(device: Device) -> bool:
    known = (device.fp32_tflops, device.fp16_tflops, device.compute_units)
    return any(one is not None for one in known)


def _power(wider: Wider, device: Device, generations: set[str], concurrency: int = 1) -> float:
    many = 1.0 if concurrency == 1 else wider.many_streams
    if device.kind != "cpu" and device.fp32_tflops is None and device.compute_units is None:
        return many * wider.unknown_compute
    return many * (1.0 if device.generation in generations else wider.unknown_generation)


def _quantiles(predicted: float, band: Band, wider: float) -> Quantiles:
    middle = predicted * band.p50
    return Quantiles(
        p10=middle * (band.p10 / band.p50) ** wider,
        p50=middle,
        p90=middle * (band.p90 / band.p50) ** wider,
    )
