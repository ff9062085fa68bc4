"""How long do one decode step and one prompt take on a device, given what they read and compute?

A decode step reads its bytes at a share of the bandwidth, unpacks every weight it uses on the
vector units, and starts some kernels a layer:

    t = layers * start + bytes / (share * bandwidth) + weights * work / fp32 rate

The middle term alone is the usual estimate; the last explains why an A100, with little vector
compute beside much bandwidth, decodes small models hardly faster than a card of half its
bandwidth. A prompt takes its operations at a share of the matrix units, unpacks and scales
quantized numbers on the vector units, passes over what its tokens carry from matrix to matrix, and
in every batch of 512 tokens reads each weight once:

    t = operations / (share * matrix rate) + operations * work / fp32 rate
        + passes * carried bytes / bandwidth
        + batches * (layers * start + all bytes / bandwidth)

Layers of more tensors start more kernels: `starts` counts a layer of Llama's as one. A mixture of
experts starts still more, and each expert's few tokens fill up a block of which the rest is
multiplied in vain. Pure functions of bytes, operations and seconds; the factors
are fitted elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import msgspec

from advisor.models.architecture import RECURRENT, Architecture
from advisor.models.cache import BATCH_TOKENS, read_bytes, state_bytes
from advisor.models.quantization import tensor_types
from advisor.models.shapes import active_parameters, prompt_parameters, shapes
from advisor.models.traffic import weights_read

_TENSORS_OF_A_LAYER = 9
"""Of Llama's: two norms, four matrices of attention, three of the feed-forward network."""

ATTENTION_FLOP = 4.0
"""For each number of a cached token that a head looks at: two with its key, two with its value."""

_CARRIED_BYTES = 4
"""llama.cpp keeps what goes into a matrix and comes out of it in 32 bits."""

_PASSES_OVER_A_STATE = 6
"""A recurrent layer's state is gathered, updated and copied back, each reading and writing it all:
build_rs and delta-net-base.cpp of https://github.com/ggml-org/llama.cpp, read on 2026-11-29."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one decode step costs: `weights` counts the multiplications of all its streams."""

    starts: float
    expert_layers: int
    read_bytes: float
    weights: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one prompt costs: `matrix_flop` with the weights, `attention_flop` among its tokens.

    `carried_bytes` are what all its tokens bring to the matrices and take from them. It is read in
    `batches`; in each, an expert sees `tokens_per_expert` (None where there are none). Weights that
    are not `quantized` need no unpacking.
    """

    starts: float
    tokens: int
    batches: int
    tokens_per_expert: float | None
    quantized: bool
    matrix_flop: float
    attention_flop: float
    carried_bytes: float
    weight_bytes: float

    @property
    def has_experts(self) -> bool:
        return self.tokens_per_expert is not None


@dataclass(frozen=True, slots=True)
class Rates:
    """What a device offers, in bytes, vector and matrix operations a second.

    `fp16_flop_per_s` is of matrices of 16-bit numbers, `quantized_op_per_s` of the numbers to which
    the backend unpacks quantized weights.
    """

    bandwidth_bytes_per_s: float
    fp32_flop_per_s: float
    fp16_flop_per_s: float
    quantized_op_per_s: float


class StepFactors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fitted factors of decoding: seconds a layer, share of the bandwidth, work a weight."""

    layer_s: float
    expert_layer_s: float
    bandwidth_share: float
    flop_per_weight: float


class PromptFactors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fitted factors of prompts: seconds a layer and batch, shares of the matrix units' rate.

    `work_per_op` counts the vector operations that unpack and scale, `expert_padding` the tokens
    that an expert multiplies in vain, `passes` how often what the tokens carry is passed over,
    `wirings` how many readings of the weights it takes to make their memory ready for a prompt.
    """

    layer_s: float
    expert_layer_s: float
    matrix_share: float
    work_per_op: float
    attention_share: float
    expert_padding: float
    passes: float
    wirings: float = 0.0


def step_of(
    architecture: Architecture,
    quantization: str,
    context_tokens: int = 0,
    concurrency: int = 1,
    file_bytes: float | None = None,
) -> Step:
    """The cost of one step of `concurrency` streams with `context_tokens` before each.

    `file_bytes` is the size of the model's file where it is known; the weights' bytes then follow
    from it instead of from the quantization's rule.
    """
    tensors = tensor_types(architecture, quantization)
    read = float(weights_read(architecture, tensors, concurrency))
    if file_bytes is not None:
        read *= file_bytes / sum(one.size_bytes for one in tensors)
    cached = concurrency * cache_traffic(architecture, context_tokens)
    return Step(
        starts=_starts(architecture),
        expert_layers=_expert_layers(architecture),
        read_bytes=read + cached,
        weights=float(concurrency * active_parameters(architecture)),
    )


def prompt_of(
    architecture: Architecture,
    quantization: str,
    tokens: int,
    before_tokens: int = 0,
    batch_tokens: int = BATCH_TOKENS,
) -> Prompt:
    """The cost of a prompt of `tokens` after `before_tokens` that are cached already.

    The output is computed of the last token alone (llama_batch_get_one and build_inp_out_ids of
    https://github.com/ggml-org/llama.cpp; mlx_lm evaluates nothing but the cache before it; read on
    2026-11-29).
    """
    tensors = tensor_types(architecture, quantization)
    experts, at_once = architecture.experts, min(tokens, batch_tokens)
    return Prompt(
        starts=_starts(architecture),
        tokens=tokens,
        batches=ceil(tokens / batch_tokens),
        tokens_per_expert=None if experts is None else at_once * experts.used / experts.count,
        quantized=quantization not in {"F16", "BF16"},
        matrix_flop=2.0 * prompt_parameters(architecture) * tokens,
        attention_flop=attention_flop(architecture, tokens, before_tokens),
        carried_bytes=float(_CARRIED_BYTES * _carried(architecture) * tokens),
        weight_bytes=float(weights_read(architecture, tensors, at_once)),
    )


def attention_flop(architecture: Architecture, tokens: int, before_tokens: int = 0) -> float:
    """The operations of a prompt's tokens with each other and with those before them."""
    pairs = 0.0
    for layer, kind in enumerate(architecture.kinds):
        if kind in "AWaw":
            _, head_dim = architecture.attention(layer)
            seen = before_tokens + tokens / 2
            if kind in "Ww" and architecture.window_tokens:
                seen = min(seen, architecture.window_tokens)
            pairs += ATTENTION_FLOP * architecture.heads * head_dim * seen
    return pairs * tokens


def step_seconds(step: Step, rates: Rates, factors: StepFactors) -> float:
    """The time of one decode step."""
    starts = step.starts * factors.layer_s + step.expert_layers * factors.expert_layer_s
    reading = step.read_bytes / (factors.bandwidth_share * rates.bandwidth_bytes_per_s)
    return starts + reading + step.weights * factors.flop_per_weight / rates.fp32_flop_per_s


def prompt_seconds(prompt: Prompt, rates: Rates, factors: PromptFactors) -> float:
    """The time until a prompt is processed."""
    rate = rates.quantized_op_per_s if prompt.quantized else rates.fp16_flop_per_s
    an_op_s = 1 / (factors.matrix_share * rate)
    if prompt.quantized:
        an_op_s += factors.work_per_op / rates.fp32_flop_per_s
    flop, start_s = prompt.matrix_flop, factors.layer_s
    if prompt.tokens_per_expert is not None:
        flop *= 1 + factors.expert_padding / prompt.tokens_per_expert
        start_s += factors.expert_layer_s
    attention = prompt.attention_flop / (factors.attention_share * rates.fp16_flop_per_s)
    reading = prompt.weight_bytes / rates.bandwidth_bytes_per_s
    carrying = factors.passes * prompt.carried_bytes / rates.bandwidth_bytes_per_s
    once = flop * an_op_s + attention + carrying + factors.wirings * reading
    return once + prompt.batches * (prompt.starts * start_s + reading)


def cache_traffic(architecture: Architecture, context_tokens: int) -> int:
    """The bytes of a stream's cache and states that one of its steps passes."""
    recurrent = sum(kind in RECURRENT for kind in architecture.kinds)
    again = (_PASSES_OVER_A_STATE - 1) * recurrent * state_bytes(architecture)
    return read_bytes(architecture, context_tokens, "f16") + again


def _starts(architecture: Architecture) -> float:
    in_layers = sum(one.layer is not None for one in shapes(architecture))
    return in_layers / _TENSORS_OF_A_LAYER


def _carried(architecture: Architecture) -> int:
    """The numbers that one token brings to the layers' matrices and takes from them."""
    used = architecture.experts.used if architecture.experts else 1
    return sum(
        sum(one.dims[-2:]) * (used if one.is_of_experts else 1)
        for one in shapes(architecture)
        if one.layer is not None and len(one.dims) > 1
    )


def _expert_layers(architecture: Architecture) -> int:
    return sum(architecture.has_experts(layer) for layer in range(architecture.layers))
