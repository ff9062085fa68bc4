"""What is to be said of a model, before it is fetched?"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from advisor.models.architecture import RECURRENT, Experts, Latent, Quality, State
from advisor.models.cache import layer_bytes, state_bytes
from advisor.models.model import Model
from advisor.models.quantization import QUANTIZATIONS, weight_bytes


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """How many layers work how, and the pattern in which they follow (see architecture.py)."""

    total: int
    whole_context: int
    windowed: int
    recurrent: int
    without_mixer: int
    pattern: str


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """What a context takes: f16 bytes for each token of it, as far as a window or state reaches.

    `windowed_bytes_per_token` stops growing at `window_tokens`; `state_bytes` never grows.
    """

    bytes_per_token: int
    windowed_bytes_per_token: int
    window_tokens: int | None
    state_bytes: int


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A model as its header, its configuration or the catalogue describes it (`advisor.model/1`).

    `weights_bytes` is what its tensors take in `quantization`, `sizes_bytes` in each known one
    (null where the tensors were read from a file). `bits_per_weight` is by part of the network and
    in all. `active_parameters` are those that one token uses.
    """

    schema: Literal["advisor.model/1"] = "advisor.model/1"
    name: str
    title: str
    family: str
    repository: str | None
    license: str | None
    license_source: str | None
    quality: Quality | None
    parameters: int
    active_parameters: int
    quantization: str
    weights_bytes: int
    bits_per_weight: dict[str, float]
    context_tokens: int | None
    vocabulary: int | None
    tied_embeddings: bool
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int | None
    layers: Layers
    experts: Experts | None
    latent: Latent | None
    state: State | None
    cache: Cache
    sizes_bytes: dict[str, int] | None
    source: str
    as_of: str | None
    unknown: dict[str, str]


def describe(model: Model) -> Description:
    """What is known of the model."""
    one = model.architecture
    unknown = {}
    if one.quality is None:
        unknown["quality"] = "no published score is recorded"
    if not one.context_tokens:
        unknown["context_tokens"] = "the file does not state it"
    if not one.as_of:
        unknown["repository"] = "the file does not state it"
    if one.license in {"not recorded", "not stated"}:
        unknown["license"] = (
            "the file does not state it" if one.license == "not stated" else "it was not read"
        )
    if model.from_file:
        unknown["sizes_bytes"] = "the tensors were read from the file, not derived"
    bits = model.bits_per_weight()
    bits["all"] = 8 * model.weights_bytes / max(1, sum(each.weights for each in model.tensors))
    return Description(
        name=one.name,
        title=one.title,
        family=one.family,
        repository=one.repository or None,
        license=None if "license" in unknown else one.license,
        license_source=one.license_source or None,
        quality=one.quality,
        parameters=model.parameters,
        active_parameters=model.active_parameters,
        quantization=model.quantization,
        weights_bytes=model.weights_bytes,
        bits_per_weight={part: round(value, 4) for part, value in bits.items()},
        context_tokens=one.context_tokens or None,
        vocabulary=one.vocab or None,
        tied_embeddings=one.tied_embeddings,
        hidden=one.hidden,
        heads=one.heads,
        kv_heads=one.kv_heads,
        head_dim=one.head_dim,
        ffn=one.ffn or None,
        layers=_layers(model),
        experts=one.experts,
        latent=one.latent,
        state=one.state,
        cache=_cache(model),
        sizes_bytes=None
        if model.from_file
        else {name: weight_bytes(one, name) for name in QUANTIZATIONS},
        source=one.source,
        as_of=one.as_of or None,
        unknown=unknown,
    )


def _layers(model: Model) -> Layers:
    one = model.architecture
    kinds = one.kinds
    return Layers(
        total=one.layers,
        whole_context=kinds.count("A") + kinds.count("a"),
        windowed=kinds.count("W") + kinds.count("w"),
        recurrent=sum(kind in RECURRENT for kind in kinds),
        without_mixer=kinds.count("E") + kinds.count("F"),
        pattern=one.pattern,
    )


def _cache(model: Model) -> Cache:
    one = model.architecture
    by_kind = Counter[str]()
    for layer, kind in enumerate(one.kinds):
        by_kind[kind] += layer_bytes(one, layer)
    recurrent = sum(kind in RECURRENT for kind in one.kinds)
    return Cache(
        bytes_per_token=by_kind["A"],
        windowed_bytes_per_token=by_kind["W"],
        window_tokens=one.window_tokens or None,
        state_bytes=recurrent * state_bytes(one),
    )
