"""What does `advisor servers --json` print? (`advisor.servers/1`)"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from advisor.documents import Unknown, Unknowns
from advisor.errors import AdvisorError
from advisor.servers.concerns import Demand, concerns
from advisor.servers.discovery import Found
from advisor.servers.installed import Installed
from advisor.servers.told import Setting, Value
from advisor.servers.wire import ServedModel, Server

MOST_MODELS_ASKED = 4
"""Of how many loaded models the settings are told."""


class SettingTold(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that changes speed: the server's own name for it, and where it was told.

    `means` is the same for all kinds of servers ("context_tokens", "streams", ...), or "other".
    """

    name: str
    value: int | float | bool | str | None
    source: str
    means: str


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a server has.

    `context_tokens` is what it is served with, `gpu_share` the part of a loaded model that lies in
    a GPU's memory (0 to 1). `settings` are those of a loaded model beside the server's own,
    `concerns` those of both that look wrong.
    """

    name: str
    parameters: int | None
    quantization: str | None
    digest: str | None
    size_bytes: int | None
    context_tokens: int | None
    loaded: bool | None
    gpu_share: float | None
    settings: tuple[SettingTold, ...] = ()
    concerns: tuple[str, ...] = ()


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answers. `models` is null where it refused to list them.

    `settings` change speed, whatever model is used; `concerns` are those of them that look wrong.
    """

    kind: str
    version: str | None
    url: str
    models: tuple[Model, ...] | None
    settings: tuple[SettingTold, ...] = ()
    concerns: tuple[str, ...] = ()


class InstalledEngine(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that is installed but does not run, and the command that starts it."""

    kind: str
    program: str
    start_command: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that listens but cannot be used, and why."""

    url: str
    message: str


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves models here, and who could."""

    schema: Literal["advisor.servers/1"] = "advisor.servers/1"
    servers: tuple[RunningServer, ...]
    installed: tuple[InstalledEngine, ...]
    problems: tuple[Problem, ...]
    unknown: dict[str, str]


def describe(found: Found, engines: list[Installed], demand: Demand | None = None) -> Servers:
    """The document of what was found; asks each server for its models and settings.

    `demand` is the work for which settings are judged.
    """
    unknowns = Unknowns()
    running_kinds = {server.kind for server in found.servers}
    return Servers(
        servers=tuple(
            _running(server, f"servers[{index}]", unknowns, demand)
            for index, server in enumerate(found.servers)
        ),
        installed=tuple(
            InstalledEngine(
                kind=engine.kind, program=str(engine.program), start_command=engine.start_command
            )
            for engine in engines
            if engine.kind not in running_kinds
        ),
        problems=tuple(Problem(url=each.url, message=each.message) for each in found.problems),
        unknown=unknowns.reasons,
    )


def as_told(settings: list[Setting], path: str, unknowns: Unknowns) -> tuple[SettingTold, ...]:
    """Settings as they stand in a document, with the reasons of the unknown ones."""
    return tuple(
        SettingTold(
            name=each.name,
            value=_written(each.value, f"{path}[{index}].value", unknowns),
            source=each.source,
            means=str(each.means),
        )
        for index, each in enumerate(settings)
    )


def _written(value: Value | Unknown, path: str, unknowns: Unknowns) -> Value | None:
    """A value as JSON can have it, which knows no infinity."""
    if isinstance(value, Unknown):
        unknowns.reasons[path] = value.reason
        return None
    return "for ever" if isinstance(value, float) and math.isinf(value) else value


def _running(server: Server, path: str, unknowns: Unknowns, demand: Demand | None) -> RunningServer:
    models: tuple[Model, ...] | None
    own = _asked(server, None, f"{path}.settings", unknowns)
    try:
        served = server.models()
    except AdvisorError as error:
        models = None
        unknowns.reasons[f"{path}.models"] = str(error)
    else:
        loaded = [model.name for model in served if model.loaded is True][:MOST_MODELS_ASKED]
        models = tuple(
            _model(model, f"{path}.models[{index}]", unknowns)
            if model.name not in loaded
            else _loaded(server, model, f"{path}.models[{index}]", unknowns, own=own, demand=demand)
            for index, model in enumerate(served)
        )
    return RunningServer(
        kind=server.kind,
        version=unknowns.settle(f"{path}.version", server.version),
        url=server.endpoint.url,
        models=models,
        settings=as_told(own, f"{path}.settings", unknowns),
        concerns=tuple(concerns(own, demand)),
    )


def _asked(server: Server, model: str | None, path: str, unknowns: Unknowns) -> list[Setting]:
    try:
        return server.settings(model)
    except AdvisorError as error:
        unknowns.reasons[path] = str(error)
        return []


def _loaded(
    server: Server,
    model: ServedModel,
    path: str,
    unknowns: Unknowns,
    *,
    own: list[Setting],
    demand: Demand | None,
) -> Model:
    """A loaded model with its settings, and the concerns that the server's own do not raise."""
    told = _asked(server, model.name, f"{path}.settings", unknowns)
    beside = [each for each in told if each not in own]
    raised = set(concerns(own, demand))
    return msgspec.structs.replace(
        _model(model, path, unknowns),
        settings=as_told(beside, f"{path}.settings", unknowns),
        concerns=tuple(each for each in concerns(told, demand) if each not in raised),
    )


def _model(model: ServedModel, path: str, unknowns: Unknowns) -> Model:
    return Model(
        name=model.name,
        parameters=unknowns.settle(f"{path}.parameters", model.parameters),
        quantization=unknowns.settle(f"{path}.quantization", model.quantization),
        digest=unknowns.settle(f"{path}.digest", model.digest),
        size_bytes=unknowns.settle(f"{path}.size_bytes", model.size_bytes),
        context_tokens=unknowns.settle(f"{path}.context_tokens", model.context_tokens),
        loaded=unknowns.settle(f"{path}.loaded", model.loaded),
        gpu_share=unknowns.settle(f"{path}.gpu_share", model.gpu_share),
    )
