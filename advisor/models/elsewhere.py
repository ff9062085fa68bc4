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
from typing import Literal

import msgspec

from advisor.models.architecture import Architecture
from advisor.models.band import Band
from advisor.models.device_rates import (
    compute_is_known,
    rates_of,
    share_of_usual_power,
    vector_tflops,
    with_facts,
)
from advisor.models.devices import Device
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

ANSWER_TOKENS = 128
PROMPT_TOKENS = 512

_WIDEST = 5.0
"""Nine results in ten that were left out lay much nearer; wider says nothing."""


class Decode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One backend's factors of decoding.

    The tables multiply the work of a weight (by class of quantization), what starts a layer, and
    the rest of the time (both by generation of chips); what is not in them counts 1. `seen` are
    the generations with results of this backend; those of the other backends speak of the chip
    alone; `experts_seen` tells of mixtures. `band` is truth over prediction for devices not in the
    fit.
    """

    factors: StepFactors
    extra_device_s: float
    two_dies_bandwidth: float
    quantization_work: dict[str, float]
    generation_start: dict[str, float]
    generation_time: dict[str, float]
    seen: tuple[str, ...]
    experts_seen: bool
    band: Band


class Prefill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One backend's factors of prompts; a generation's share is of the matrix units, likewise.

    A chip's rate goes with the watts that it has for each operation, over what is usual of its
    generation, raised to `power_exponent`.
    """

    factors: PromptFactors
    quantization_work: dict[str, float]
    generation_share: dict[str, float]
    power_exponent: float
    seen: tuple[str, ...]
    experts_seen: bool
    band: Band


class Wider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The powers to which a band is raised where less is known; the highest that applies counts.

    Where the compute of a device is unknown, where no result of its generation was fitted or only
    such of other backends, for mixtures of experts, for those of a backend of which none was
    fitted, and where many streams share the device.
    """

    unknown_compute: float
    unknown_generation: float
    other_backend: float
    experts: float
    unseen_experts: float
    many_streams: float = 1.0


class Factors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was fitted."""

    fitted_on: str
    command: str
    decode: dict[str, Decode]
    prefill: dict[str, Prefill]
    decode_wider: Wider
    prefill_wider: Wider


@dataclass(frozen=True, slots=True)
class SpeedElsewhere:
    """The speed of a box that was never measured: one device in ten is slower than p10.

    `decode_tok_per_s` is the whole server's at the asked concurrency. `prefill_tok_per_s` is None
    where it cannot be told, with the reason under `unknown`.
    """

    decode_tok_per_s: Band
    prefill_tok_per_s: Band | None
    unknown: dict[str, str]
    basis: Literal["bandwidth"] = "bandwidth"


def predict_elsewhere(
    device: Device,
    architecture: Architecture,
    quantization: str,
    context_tokens: int = 0,
    concurrency: int = 1,
) -> SpeedElsewhere:
    """The rates of a model that fits the device's memory, with their band.

    Decode is the mean over an answer of 128 tokens after `context_tokens`, prefill a prompt of
    512 after as many. Several devices hold the layers in turn, as llama.cpp splits them: they add
    memory, not speed. A known device's name brings what the record itself leaves out.
    """
    facts = with_facts(device)
    rates = rates_of(facts, device.kind)
    known = factors()
    decode, prefill = known.decode[device.kind], known.prefill[device.kind]
    depth = context_tokens + ANSWER_TOKENS // 2
    step = step_of(architecture, quantization, depth, concurrency)
    kind = quantization_class(quantization)
    seconds = decode_seconds(decode, step, rates, facts, kind)
    wider = max(
        band_power(known.decode_wider, decode, facts, has_experts=step.expert_layers > 0),
        known.decode_wider.many_streams if concurrency > 1 else 1.0,
    )
    speed = quantiles(concurrency / seconds, decode.band, wider)
    if not compute_is_known(facts):
        reason = "the device's compute is not known (fp16_tflops)"
        return SpeedElsewhere(speed, None, {"prefill_tok_per_s": reason})
    prompt = prompt_of(architecture, quantization, PROMPT_TOKENS, context_tokens)
    seconds = prefill_seconds(prefill, prompt, rates, facts, kind)
    wider = band_power(known.prefill_wider, prefill, facts, has_experts=prompt.has_experts)
    return SpeedElsewhere(speed, quantiles(PROMPT_TOKENS / seconds, prefill.band, wider), {})


def decode_seconds(
    decode: Decode, step: Step, rates: Rates, device: Device, quantization: str
) -> float:
    """The time of one step; `quantization` is a class."""
    generation = device.generation or ""
    start = decode.generation_start.get(generation, 1.0)
    time = decode.generation_time.get(generation, 1.0)
    work = time * decode.quantization_work.get(quantization, 1.0)
    joined = decode.two_dies_bandwidth if device.dies > 1 else 1.0
    of_all = decode.factors
    fitted = StepFactors(
        layer_s=of_all.layer_s * start,
        expert_layer_s=of_all.expert_layer_s * start,
        bandwidth_share=of_all.bandwidth_share * joined / time,
        flop_per_weight=of_all.flop_per_weight * work,
    )
    return step_seconds(step, rates, fitted) + (device.count - 1) * decode.extra_device_s


def prefill_seconds(
    prefill: Prefill, prompt: Prompt, rates: Rates, device: Device, quantization: str
) -> float:
    """The time of one prompt; `quantization` is a class."""
    clock = share_of_usual_power(device) ** prefill.power_exponent
    share = prefill.generation_share.get(device.generation or "", 1.0)
    work = prefill.quantization_work.get(quantization, 1.0)
    fitted = msgspec.structs.replace(
        prefill.factors,
        matrix_share=prefill.factors.matrix_share * clock * share,
        work_per_op=prefill.factors.work_per_op * work / clock,
        attention_share=prefill.factors.attention_share * clock,
    )
    return prompt_seconds(prompt, rates, fitted)


def quantization_class(quantization: str) -> str:
    """Which unpacking a quantization asks for: 16-bit, 8-bit, plain (Q4_0, MXFP4, …), k or iq."""
    plain = quantization.upper().removeprefix("UD-")
    if plain in {"F16", "BF16"}:
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


def band_power(
    wider: Wider, fitted: Decode | Prefill, device: Device, *, has_experts: bool
) -> float:
    """The power to which a band is raised for what is not known of the device or model."""
    least = 1.0
    if has_experts:
        least = wider.experts if fitted.experts_seen else wider.unseen_experts
    if vector_tflops(device) is None:
        return max(least, wider.unknown_compute)
    if device.generation in fitted.seen:
        return least
    table = fitted.generation_time if isinstance(fitted, Decode) else fitted.generation_share
    known = device.generation in table
    return max(least, wider.other_backend if known else wider.unknown_generation)


def quantiles(predicted: float, band: Band, wider: float) -> Band:
    """What is predicted, with its band raised to a power."""
    middle = predicted * band.p50
    return Band(
        p10=middle * max(1 / _WIDEST, (band.p10 / band.p50) ** wider),
        p50=middle,
        p90=middle * min(_WIDEST, (band.p90 / band.p50) ** wider),
    )
