"""What does `advisor servers --json` print? (`advisor.servers/1`)"""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.documents import Unknowns
from advisor.errors import AdvisorError
from advisor.servers.discovery import Found
from advisor.servers.installed import Installed
from advisor.servers.wire import ServedModel, Server


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a server has.

    `context_tokens` is what it is served with, `gpu_share` the part of a loaded model that lies in
    a GPU's memory (0 to 1).
    """

    name: str
    parameters: int | None
    quantization: str | None
    digest: str | None
    size_bytes: int | None
    context_tokens: int | None
    loaded: bool | None
    gpu_share: float | None


class RunningServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answers. `models` is null where it refused to list them."""

    kind: str
    version: str | None
    url: str
    models: tuple[Model, ...] | None


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


def describe(found: Found, engines: list[Installed]) -> Servers:
    """The document of what was found; asks each server for its models."""
    unknowns = Unknowns()
    running_kinds = {server.kind for server in found.servers}
    return Servers(
        servers=tuple(
            _running(server, f"servers[{index}]", unknowns)
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


def _running(server: Server, path: str, unknowns: Unknowns) -> RunningServer:
    models: tuple[Model, ...] | None
    try:
        models = tuple(
            _model(model, f"{path}.models[{index}]", unknowns)
            for index, model in enumerate(server.models())
        )
    except AdvisorError as error:
        models = None
        unknowns.reasons[f"{path}.models"] = str(error)
    return RunningServer(
        kind=server.kind,
        version=unknowns.settle(f"{path}.version", server.version),
        url=server.endpoint.url,
        models=models,
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
