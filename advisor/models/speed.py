"""How fast will a model run, judged by bytes and bandwidth, operations and their rate alone?

A decode step reads its bytes once, so `steps/s = share * bandwidth / bytes read`; a prompt takes
`2 * active parameters` operations a token and attention's `2 * layers * heads * width` a pair of
tokens, so `tokens/s = share * rate / operations a token`. The shares that real engines reach are
in `speed.toml`, with their spread and their source. Always an estimate.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from advisor.models.model import Model

Kind = Literal["cuda", "rocm", "metal", "cpu", "vulkan", "sycl"]
Bandwidth = Literal["datasheet", "measured"]


class Fraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of a bandwidth that decoding reaches: 10th, 50th and 90th percentile."""

    kind: Kind
    bandwidth: Bandwidth
    p10: float
    p50: float
    p90: float
    source: str
    as_of: str


class PrefillFraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of a stated half-precision rate that a prompt reaches, in the same percentiles."""

    kind: Kind
    p10: float
    p50: float
    p90: float
    source: str
    as_of: str


class _Fractions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fraction: tuple[Fraction, ...]
    prefill: tuple[PrefillFraction, ...]


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """One stream's decode rate, as estimated from the bandwidth alone."""

    decode_tok_per_s_p10: float
    decode_tok_per_s_p50: float
    decode_tok_per_s_p90: float
    source: str
    basis: Literal["bandwidth"] = "bandwidth"


@dataclass(frozen=True, slots=True)
class PrefillEstimate:
    """The rate at which one prompt is read, as estimated from the stated rate of operations."""

    prefill_tok_per_s_p10: float
    prefill_tok_per_s_p50: float
    prefill_tok_per_s_p90: float
    source: str


def decode_speed(
    bytes_per_token: int,
    bandwidth_bytes_per_s: float,
    kind: Kind,
    bandwidth: Bandwidth = "datasheet",
) -> SpeedEstimate:
    """The rate at which a device of that kind and bandwidth decodes one stream.

    `bytes_per_token` is what one step reads: `decode_bytes` of the weights plus the key and value
    cache so far. `bandwidth` says whether the bandwidth was measured or is the data sheet's; for
    a GPU only the latter is known (KeyError otherwise).
    """
    found = _decode_fractions()[kind, bandwidth]
    roof = bandwidth_bytes_per_s / bytes_per_token
    return SpeedEstimate(roof * found.p10, roof * found.p50, roof * found.p90, found.source)


def prefill_speed(
    model: Model, prompt_tokens: int, ops_per_s: float, kind: Kind
) -> PrefillEstimate:
    """The rate at which a device that states `ops_per_s` in half precision reads one prompt."""
    found = {one.kind: one for one in _known().prefill}[kind]
    roof = ops_per_s / ops_per_prompt_token(model, prompt_tokens)
    return PrefillEstimate(roof * found.p10, roof * found.p50, roof * found.p90, found.source)


def ops_per_prompt_token(model: Model, prompt_tokens: int) -> float:
    """Operations of one prompt token: all active weights but the output's, and causal attention."""
    one = model.architecture
    weights = model.active_parameters - one.vocab * one.hidden
    seen = sum(
        min(prompt_tokens, one.window_tokens) if kind == "W" else prompt_tokens
        for kind in one.kinds
        if kind in "AWS"
    )
    return 2.0 * weights + 2.0 * one.heads * one.head_dim * seen


@cache
def _known() -> _Fractions:
    text = files(__package__).joinpath("speed.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Fractions)


@cache
def _decode_fractions() -> dict[tuple[Kind, Bandwidth], Fraction]:
    return {(one.kind, one.bandwidth): one for one in _known().fraction}
