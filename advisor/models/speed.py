"""How fast will a model decode, judged by its bytes and the memory's bandwidth alone?

A decode step reads every weight once, so `tokens/s = share * bandwidth / bytes read`. The share
that real engines reach is in `speed.toml`, with its spread and its source. Always an estimate.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Kind = Literal["cuda", "cpu"]
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


class _Fractions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fraction: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """One stream's decode rate, as estimated from the bandwidth alone."""

    decode_tok_per_s_p10: float
    decode_tok_per_s_p50: float
    decode_tok_per_s_p90: float
    source: str
    basis: Literal["bandwidth"] = "bandwidth"


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
    found = _fractions()[kind, bandwidth]
    roof = bandwidth_bytes_per_s / bytes_per_token
    return SpeedEstimate(roof * found.p10, roof * found.p50, roof * found.p90, found.source)


@cache
def _fractions() -> dict[tuple[Kind, Bandwidth], Fraction]:
    text = files(__package__).joinpath("speed.toml").read_text(encoding="utf-8")
    known = msgspec.convert(tomllib.loads(text), _Fractions).fraction
    return {(one.kind, one.bandwidth): one for one in known}
