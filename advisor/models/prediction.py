"""Will this model fit that box, and how fast will it run there?

The memory is what memory.py says, the speed what rates.py says. Nothing is run for it: every
figure is a band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from advisor.documents import Unknown, Unknowns
from advisor.models.band import Band
from advisor.models.basis import Basis, basis_of, narrower_by, rests_on
from advisor.models.cache import read_bytes
from advisor.models.crossing import ASSUMED
from advisor.models.elsewhere import ANSWER_TOKENS, PROMPT_TOKENS
from advisor.models.machine_file import Box
from advisor.models.memory import DEFAULT_CONTEXT_TOKENS, Load, Verdict, fit
from advisor.models.model import Model
from advisor.models.quantization import Tensor, size_bytes
from advisor.models.rates import Reading, Work, decode_rates, prefill_rates
from advisor.models.traffic import weights_read

ENERGY = "energy_j_per_output_token"


class MemoryBand(msgspec.Struct, frozen=True, kw_only=True):
    """The 10th, 50th and 90th percentile of the bytes that are needed."""

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
    context is for this concurrency, and the other way round; 0 if none fits; `model_context_tokens`
    bounds it (null: not known, and memory alone does). `decode_tok_per_s` is one stream's with
    `speed_context_tokens` before it, `output_tok_per_s` that of all streams together, each the mean
    over an answer of 128 tokens; `prefill_tok_per_s` is that of one prompt of `prompt_tokens` after
    as many. `step_read_bytes` is what one decode step reads.
    `energy_j_per_output_token` is the whole box's at `active_power_w`. `rests_on` says in words
    what `basis` comes to (empty: there is no speed), `narrower_by` what would rest it on this
    machine's own measurements (null: nothing), `warnings` what makes no sense of what was asked.
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
    active_power_w: float | None
    power_source: str
    energy_j_per_output_token: Band | None
    basis: Basis
    this_machine: bool
    rests_on: str
    narrower_by: str | None
    model_context_tokens: int | None
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]
    unknown: dict[str, str]


def predict(
    model: Model,
    box: Box,
    context_tokens: int | None = None,
    streams: int = 1,
    cache_type: str = "f16",
    *,
    before_tokens: int | None = None,
) -> Prediction:
    """What is expected of `model` on `box` for `streams` requests at once.

    Without `context_tokens` the memory is for 4,096 tokens each and the speed for 128 tokens after
    an empty context, else both are for that context. With `before_tokens` the speed is for a
    context that holds so many as yet.
    """
    load = Load(context_tokens or DEFAULT_CONTEXT_TOKENS, streams, cache_type)
    found = fit(model, box.room, load)
    depth = (context_tokens or 0) if before_tokens is None else before_tokens
    work = _work(model, load, depth, found.spilled_layers)
    together: Band | Unknown = Unknown("the model does not fit")
    prefill: Band | Unknown = Unknown("the model does not fit")
    if found.verdict != "no":
        together, prefill = decode_rates(work, box), prefill_rates(work, box)
        if streams > 1:
            lone = _work(model, replace(load, streams=1), depth, found.spilled_layers)
            together = _no_more_each(together, streams, decode_rates(lone, box))
    unknowns = Unknowns()
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
        step_read_bytes=work.reading.device_bytes + work.reading.host_bytes,
        speed_context_tokens=depth,
        decode_tok_per_s=unknowns.settle("decode_tok_per_s", _each(together, streams)),
        output_tok_per_s=unknowns.settle("output_tok_per_s", together),
        prompt_tokens=PROMPT_TOKENS,
        prefill_tok_per_s=unknowns.settle("prefill_tok_per_s", prefill),
        active_power_w=box.active_power_w,
        power_source=box.power_source,
        energy_j_per_output_token=unknowns.settle(ENERGY, energy_of(together, box.active_power_w)),
        basis=basis_of(box, found.verdict),
        this_machine=box.here,
        rests_on="" if isinstance(together, Unknown) else rests_on(model, box, found.verdict),
        narrower_by=None if found.verdict == "no" else narrower_by(box),
        model_context_tokens=model.architecture.context_tokens or None,
        warnings=tuple(_warnings(model, context_tokens)),
        assumptions=(
            *box.assumptions,
            *(box.assumptions_of_spill if found.verdict != "yes" else ()),
            *((ASSUMED,) if found.spilled_layers and isinstance(prefill, Band) else ()),
            *_assumptions(model, box, load),
        ),
        unknown=unknowns.reasons,
    )


def takes_context(model: Model, context_tokens: int | None) -> bool:
    """Whether the model was made for so long a context, where it says for which it was."""
    most = model.architecture.context_tokens
    return not most or (context_tokens or 0) <= most


def _warnings(model: Model, context_tokens: int | None) -> Iterator[str]:
    if not takes_context(model, context_tokens):
        yield (
            f"a context of {context_tokens:,} tokens is more than the "
            f"{model.architecture.context_tokens:,} that the model was made for: servers cut it to "
            "that, or the answers make no sense"
        )


def energy_of(together: Band | Unknown, active_power_w: float | None) -> Band | Unknown:
    """The joules of one output token where all streams together are that fast."""
    if isinstance(together, Unknown):
        return together
    if active_power_w is None:
        return Unknown("what the box draws while it decodes is not known")
    return together.under(active_power_w)


def _assumptions(model: Model, box: Box, load: Load) -> tuple[str, ...]:
    found, streams = [], load.streams
    if box.own is not None:
        if load.cache_type != "f16":
            found.append("the speed is that of an f16 cache")
        if streams > box.own.most_streams:
            found.append(
                f"a step of {streams} streams takes what its bytes and operations take; up to "
                f"{box.own.most_streams} were measured here"
            )
    if streams > 1 and model.architecture.experts is not None:
        found.append("each stream chooses its experts by itself and at random")
    return tuple(found)


def _no_more_each(together: Band | Unknown, streams: int, alone: Band | Unknown) -> Band | Unknown:
    """The output of all streams: the less is known of many, the wider their band, but none of them
    gets more beside the others than it would alone."""
    if isinstance(together, Unknown) or isinstance(alone, Unknown):
        return together
    return together.at_most(alone.times(streams))


def _work(model: Model, load: Load, depth: int, spilled: int) -> Work:
    reading = _reading(model, load, depth + ANSWER_TOKENS // 2, spilled)
    return Work(model, depth, load.streams, reading)


def _reading(model: Model, load: Load, depth: int, spilled: int) -> Reading:
    one = model.architecture
    on_device: list[Tensor] = []
    on_host: list[Tensor] = []
    for each in model.tensors:
        layer = each.shape.layer
        (on_host if layer is not None and layer < spilled else on_device).append(each)

    def read(tensors: list[Tensor], layers: range) -> int:
        cached = read_bytes(one, depth, load.cache_type, layers)
        return weights_read(one, tensors, load.streams) + load.streams * cached

    return Reading(
        device_bytes=read(on_device, range(spilled, one.layers)),
        host_bytes=read(on_host, range(spilled)),
        spilled_bytes=size_bytes(on_host),
    )


def _each(together: Band | Unknown, streams: int) -> Band | Unknown:
    return together if isinstance(together, Unknown) else together.times(1 / streams)
