"""Which server will be measured? The one that was named, one that runs, or the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.models.catalogue import architecture
from advisor.models.choose import Choice, choose_synthetic
from advisor.models.synthetic import SyntheticModel, ensure_synthetic
from advisor.models.tensors import known_quantization
from advisor.servers.client import Headers
from advisor.servers.discovery import connect, discover, pick_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.llamacpp import LlamaCppServer
from advisor.servers.wire import ServedModel, Server

EMBEDDED = "embedded llama.cpp"

Notice = Callable[[str], None]
"""Called with a line about what is being done, for whoever waits."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user named; None or empty leaves the choice open."""

    url: str | None = None
    kind: str | None = None
    model: str | None = None
    synthetic: str | None = None
    headers: Headers = ()

    @property
    def file(self) -> Path | None:
        """The GGUF file that `model` names, if it names one."""
        named = self.model or ""
        return Path(named).expanduser() if named.lower().endswith(".gguf") else None


@dataclass(frozen=True, slots=True)
class Room:
    """What the embedded engine may use: measured or asked of this machine."""

    physical_cores: int
    memory_available_bytes: int
    memory_bandwidth_bytes_per_s: float | None
    disk_free_bytes: int
    slots: int
    context_tokens: int
    cache_folder: Path


@dataclass(frozen=True, slots=True)
class Serving:
    """A server ready to be measured.

    `embedded` tells the engine that this program runs itself on the CPU (Metal on a Mac) from a
    server of the user's. `synthetic` is set when the weights are random. `note` is what has to be
    said beside every number.
    """

    server: Server
    model: ServedModel
    embedded: bool
    synthetic: SyntheticModel | None
    load_s: float | None
    note: str


@contextmanager
def serving(wish: Wish, room: Room, notice: Notice) -> Iterator[Serving]:
    """The server to measure, for as long as the `with` block lasts.

    In this order: a GGUF file or synthetic architecture in the embedded engine, the server at
    `wish.url`, one that runs here and has the model asked for, and without any of these the
    embedded engine with a synthetic model chosen to fit. Raises InputError or AdvisorError.
    """
    if wish.url and (wish.synthetic or wish.file):
        raise InputError(
            "--url names a server, a GGUF file or --synthetic the embedded engine",
            remedy="Give one of the two.",
        )
    if wish.file:
        if not wish.file.is_file():
            raise InputError(
                f"there is no file {wish.file}", remedy="Give the path of a GGUF file with --model."
            )
        with _embedded(wish.file, None, room, notice) as ready:
            yield ready
        return
    server = None if wish.synthetic else _running(wish)
    if server is not None:
        yield _served(server, pick_model(server, wish.model))
        return
    if wish.model or wish.kind:
        raise InputError(
            f"no server here serves {wish.model or wish.kind}",
            why="none was found on the usual ports",
            remedy="Start it, name it with --url, or give --model FILE.gguf.",
        )
    choice = _choice(wish, room)
    notice(f"No server is used: synthetic {choice.name}, {choice.why}.")
    model = ensure_synthetic(
        choice.architecture,
        choice.quantization,
        room.cache_folder,
        lambda done, total: notice(f"Writing {choice.name}: {100 * done // total} %"),
        memory_available_bytes=room.memory_available_bytes,
    )
    with _embedded(model.path, model, room, notice) as ready:
        yield ready


def _running(wish: Wish) -> Server | None:
    """The server at the URL, or the first one here that has the model (and kind) asked for."""
    if wish.url:
        return connect(wish.url, wish.kind, wish.headers)
    found = [server for server in discover() if wish.kind in (None, server.kind)]
    with_models = [(server, [model.name for model in server.models()]) for server in found]
    candidates = [server for server, names in with_models if names]
    if wish.model:
        for server in candidates:
            try:
                pick_model(server, wish.model)
            except InputError:
                continue
            return server
    return candidates[0] if candidates else None


def _served(server: Server, name: str) -> Serving:
    model = next(model for model in server.models() if model.name == name)
    return Serving(
        server,
        model,
        embedded=False,
        synthetic=None,
        load_s=None,
        note=f"{server.kind} at {server.endpoint.url}",
    )


def _choice(wish: Wish, room: Room) -> Choice:
    if wish.synthetic is None:
        return choose_synthetic(
            room.memory_available_bytes, room.memory_bandwidth_bytes_per_s, room.disk_free_bytes
        )
    name, _, quantization = wish.synthetic.partition(":")
    return Choice(architecture(name), known_quantization(quantization or "Q4_0"), "as asked")


@contextmanager
def _embedded(
    path: Path, synthetic: SyntheticModel | None, room: Room, notice: Notice
) -> Iterator[Serving]:
    notice(f"Loading {path.name} into the {EMBEDDED}.")
    engine = EmbeddedEngine(
        path,
        threads=room.physical_cores,
        slots=room.slots,
        context_tokens=room.context_tokens,
    )
    with engine:
        server = LlamaCppServer(engine.endpoint, kind="llama.cpp", version=engine.engine_version)
        about = engine.model
        name = engine.model_name
        if synthetic is not None:
            name = f"{synthetic.architecture.name}:{synthetic.quantization}"
        unsaid = Unknown("the file does not tell it")
        yield Serving(
            server,
            ServedModel(
                name=name,
                parameters=about.parameters or unsaid,
                quantization=about.quantization or unsaid,
                digest=synthetic.digest if synthetic else unsaid,
                size_bytes=about.size_bytes,
                context_tokens=room.context_tokens,
                loaded=True,
            ),
            embedded=True,
            synthetic=synthetic,
            load_s=engine.load_s,
            note=f"{EMBEDDED}, which {engine.settings.note}",
        )
