"""The tools `models` and `predict`: which models fit, and how fast will one run, here or elsewhere?

Both only reckon: nothing is fetched and no model is run. A tool takes models of the catalogue, no
files and no addresses, so that a model can neither read this machine nor reach into the network.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from advisor.agent.tool import Job, Tool
from advisor.errors import InputError

Device = Annotated[
    str | None,
    msgspec.Meta(
        description="Another box's device, such as RTX 4090 or RX 9070; without it this machine."
    ),
]
Context = Annotated[
    Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] | None,
    msgspec.Meta(
        description="Tokens of each request's context; without it 4096 for the memory and an empty "
        "one for the speed."
    ),
]
AtOnce = Annotated[int, msgspec.Meta(ge=1, le=4_096, description="Requests at once.")]


class ListArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `models` takes."""

    search: Annotated[str, msgspec.Meta(description="Only models whose name holds it.")] = ""
    device: Device = None
    quantization: Annotated[
        str | None, msgspec.Meta(description="One for all; each model's usual without it.")
    ] = None
    context_tokens: Context = None
    concurrency: AtOnce = 1
    everything: Annotated[bool, msgspec.Meta(description="Those that do not fit, too.")] = False
    sort: Annotated[
        Literal["size", "speed", "quality", "cost"], msgspec.Meta(description="The order.")
    ] = "size"
    power_w: Annotated[
        Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None,
        msgspec.Meta(description="What the box draws while it decodes; else what was measured."),
    ] = None
    usd_per_kwh: Annotated[
        float, msgspec.Meta(ge=0, le=100, description="Price of electricity.")
    ] = 0.15


class PredictArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `predict` takes."""

    model: Annotated[
        str,
        msgspec.Meta(
            description="A model of the catalogue, such as llama-3.1-8b or llama-3.1-8b:Q4_K_M; "
            "`models` lists them."
        ),
    ]
    quantization: Annotated[
        str | None,
        msgspec.Meta(description="Such as Q4_K_M, Q8_0 or F16; the model's usual without it."),
    ] = None
    device: Device = None
    context_tokens: Context = None
    concurrency: AtOnce = 1
    cache_type: Annotated[
        str, msgspec.Meta(description="How keys and values are kept: f16, bf16, q8_0 or q4_0.")
    ] = "f16"


def _list(arguments: ListArguments, job: Job) -> Any:
    from msgspec.structs import replace

    from advisor.advice.models_table import models_table
    from advisor.prices.book import PriceBook

    box = _box(arguments.device, job)
    if arguments.power_w is not None:
        box = replace(box, active_power_w=arguments.power_w, power_source="the arguments")
    return models_table(
        box,
        PriceBook.load(),
        quantization=arguments.quantization,
        context_tokens=arguments.context_tokens,
        concurrency=arguments.concurrency,
        usd_per_kwh=arguments.usd_per_kwh,
        search=arguments.search,
        everything=arguments.everything,
        sort=arguments.sort,
    )


def _predict(arguments: PredictArguments, job: Job) -> Any:
    from advisor.models.cache import known_cache_type
    from advisor.models.prediction import predict

    return predict(
        _model(arguments),
        _box(arguments.device, job),
        arguments.context_tokens,
        arguments.concurrency,
        known_cache_type(arguments.cache_type),
    )


def _model(arguments: PredictArguments) -> Any:
    from advisor.models.model import of_catalogue

    name, _, quantization = arguments.model.partition(":")
    if any(mark in arguments.model for mark in "/\\\0~") or name.lower().endswith(".gguf"):
        raise InputError(
            f"'{arguments.model[:60]}' is no model of the catalogue",
            why="a tool reads no files and fetches nothing",
            remedy="`advisor models predict` takes a file or an address from a person.",
        )
    asked = arguments.quantization
    if asked and quantization and asked.lower() != quantization.lower():
        raise InputError(
            f"two quantizations are asked for, {quantization[:20]} and {asked[:20]}",
            remedy="Give one of them.",
        )
    chosen = asked or quantization
    return of_catalogue(f"{name}:{chosen}" if chosen else name)


def _box(device: str | None, job: Job) -> Any:
    from advisor.history.store import RunStore
    from advisor.history.this_box import this_box
    from advisor.machine.probe import probe
    from advisor.models.machine_file import box_of_device

    if device is not None:
        return box_of_device(device)
    machine = probe(progress=job.tell)
    job.tell("reading what was measured on this machine")
    return this_box(machine, RunStore(url=job.store_url, say=job.tell))


MODELS = Tool(
    name="models",
    title="List models that fit",
    description="Which models of the catalogue fit this machine or another device, how fast they "
    "will run there, and what the cheapest API asks for the same model. Predicted, as bands; no "
    "model is run. This machine is read first, with two seconds of all cores for its memory.",
    arguments=ListArguments,
    answers="advisor.advice.models_table:ModelsTable",
    run=_list,
)
PREDICT = Tool(
    name="predict",
    title="Predict a model's speed",
    description="Memory and speed of one model of the catalogue on this machine or another device, "
    "each as a band (p10, p50, p90): whether it fits, tokens per second, the largest context. "
    "`basis` is calibrated where measurements of this machine carry it. No "
    "model is run; this machine is read first, with two seconds of all cores for its memory.",
    arguments=PredictArguments,
    answers="advisor.models.prediction:Prediction",
    run=_predict,
)
