"""Which server will be measured? One named, one that runs, one started, or the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.models.catalogue import architecture
from advisor.models.choose import Choice, choose_synthetic
from advisor.models.synthetic import SyntheticModel, ensure_synthetic
from advisor.models.tensors import known_quantization
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.discovery import connect, discover, pick_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.pulling import pull
from advisor.servers.starting.ollama import ollama
from advisor.servers.starting.process import ServerProcess
from advisor.servers.starting.start import process_for, program_of
from advisor.servers.wire import ServedModel, Server
from advisor.servers.wish import Host, User, Wish

EMBEDDED = "embedded llama.cpp"
DEFAULT_QUANTIZATION = "Q4_0"


class Process(Protocol):
    """A server of our own that can be ended and started again."""

    def start(self) -> Server:
        """Starts it and waits until it is ready. Raises AdvisorError if it is not in time."""
        ...

    def stop(self) -> None:
        """Ends it; harmless if it has ended already."""
        ...


@dataclass(frozen=True, slots=True)
class Serving:
    """A server ready to be measured, and the model on it.

    `model.name` is the model's own name, `served_as` what the server calls it. `embedded` is set
    when this program runs the engine, which computes on the CPU (Metal on a Mac). `synthetic` is
    set when the weights are random. `process` is set when the server is a child of this program,
    and `file` when it serves this one. `load_s` is how long that child took from its start until
    it had loaded the model.
    """

    server: Server
    model: ServedModel
    served_as: str
    embedded: bool = False
    synthetic: SyntheticModel | None = None
    note: str = ""
    load_s: float | None = None
    process: Process | None = None
    file: Path | None = None


@contextmanager
def serving(wish: Wish, host: Host, user: User) -> Iterator[Serving]:
    """The server to measure, for as long as the `with` block lasts.

    In this order: a server of the kind in `wish.start`, a GGUF file or synthetic architecture in
    the embedded engine, the server at `wish.url`, one that runs here and has the model asked for,
    an installed Ollama that the user agrees to start where there is a GPU, and without any of these
    the embedded engine with a synthetic model chosen to fit. Raises InputError or AdvisorError.
    """
    if wish.start and (wish.url or wish.kind not in (None, wish.start)):
        raise InputError(
            "--start names a server to start, --url or --server one that runs",
            remedy="Give one of the two.",
        )
    if wish.url and (wish.synthetic or wish.file):
        raise InputError(
            "--url names a server, a GGUF file or --synthetic the embedded engine",
            remedy="Give one of the two.",
        )
    with ExitStack() as stack:
        if wish.start:
            yield stack.enter_context(_asked_to_start(wish, host, user))
        elif wish.file:
            yield stack.enter_context(_embedded(wish.file, None, host, user))
        elif wish.synthetic:
            yield stack.enter_context(_synthetic(_asked_for(wish.synthetic), host, user))
        elif wish.url:
            yield _served(connect(wish.url, wish.kind, wish.headers), wish, user)
        elif server := _running(wish, user) or _offered(host, user, stack):
            yield _served(server, wish, user)
        elif wish.model or wish.kind:
            raise InputError(
                f"no server here serves {wish.model or wish.kind}",
                why="none was found on the usual ports",
                remedy="Start it, name it with --url, or give --model FILE.gguf.",
            )
        else:
            choice = choose_synthetic(
                host.memory_available_bytes, host.memory_bandwidth_bytes_per_s, host.disk_free_bytes
            )
            user.tell(f"No model server runs here, so a synthetic model is measured: {choice.why}.")
            yield stack.enter_context(_synthetic(choice, host, user))


def _running(wish: Wish, user: User) -> Server | None:
    """The first server here that has the model (and is of the kind) asked for."""
    candidates = []
    for server in discover():
        if wish.kind not in (None, server.kind):
            continue
        try:
            pick_model(server, wish.model)
        except InputError:
            candidates.append(server)
        except AdvisorError as problem:
            user.tell(f"Passed over: {problem}")
            candidates.append(server)
        else:
            return server
    may_pull = [server for server in candidates if isinstance(server, OllamaServer) and wish.model]
    return may_pull[0] if may_pull else None


def _offered(host: Host, user: User, stack: ExitStack) -> Server | None:
    """An installed Ollama, started if there is a GPU for it and the user agrees."""
    program = program_of("ollama") if host.has_gpu else None
    if program is None or not user.agrees(
        f"No model server runs. Start {program} for this measurement?"
    ):
        return None
    server = stack.enter_context(ServerProcess(ollama(program), tell=user.tell))
    if server.models():
        return server
    user.tell("That Ollama has no model yet; `ollama pull MODEL` gets one.")
    return None


@contextmanager
def _asked_to_start(wish: Wish, host: Host, user: User) -> Iterator[Serving]:
    """A server of the kind asked for; llama.cpp without its program is the embedded engine."""
    program = program_of(wish.start or "")
    synthetic = None
    if wish.start == "llama.cpp" and (wish.synthetic or wish.file):
        if wish.synthetic:
            synthetic = _written(_asked_for(wish.synthetic), host, user)
        path = synthetic.path if synthetic else wish.file
        assert path is not None
        if program is None:
            user.tell("llama-server is not installed: the embedded llama.cpp takes its place.")
            with _embedded(path, synthetic, host, user) as ready:
                yield ready
            return
        _must_exist(path)
        wish = replace(wish, model=str(path), synthetic=None)
    process = process_for(wish, program, host, user)
    with process as server:
        own = replace(wish, model=wish.model if server.kind == "ollama" else None)
        ready = _served(server, own, user)
        started = f"{server.kind} was started for this measurement and ended after it"
        yield replace(
            ready,
            synthetic=synthetic,
            note="; ".join(note for note in (started, ready.note) if note),
            load_s=None if server.kind == "ollama" else process.load_s,
            process=process,
            file=wish.file,
        )


def _served(server: Server, wish: Wish, user: User) -> Serving:
    note = None
    try:
        name = pick_model(server, wish.model)
    except AdvisorError:
        if not (isinstance(server, OllamaServer) and wish.model):
            raise
        note = pull(server, wish.model, user, allowed=wish.pull)
        if note is None:
            raise
        name = pick_model(server, wish.model)
    model = next(model for model in server.models() if model.name == name)
    return Serving(server, model, served_as=name, note=note or "")


def _asked_for(synthetic: str) -> Choice:
    name, _, quantization = synthetic.partition(":")
    return Choice(
        architecture(name), known_quantization(quantization or DEFAULT_QUANTIZATION), "as asked"
    )


def _written(choice: Choice, host: Host, user: User) -> SyntheticModel:
    return ensure_synthetic(
        choice.architecture,
        choice.quantization,
        host.cache_folder,
        lambda done, total: user.tell(
            f"Writing {choice.name}, {total / 1e6:,.0f} MB of random weights: "
            f"{100 * done // total} %"
        ),
        memory_available_bytes=host.memory_available_bytes,
    )


@contextmanager
def _synthetic(choice: Choice, host: Host, user: User) -> Iterator[Serving]:
    model = _written(choice, host, user)
    with _embedded(model.path, model, host, user) as ready:
        yield ready


def _must_exist(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"there is no file {path}", remedy="Give a GGUF file with --model.")


@contextmanager
def _embedded(
    path: Path, synthetic: SyntheticModel | None, host: Host, user: User
) -> Iterator[Serving]:
    _must_exist(path)
    user.tell(f"Loading {path.name} into the {EMBEDDED}.")
    host.log_folder.mkdir(parents=True, exist_ok=True)
    engine = EmbeddedEngine(
        path,
        threads=host.physical_cores,
        slots=host.streams,
        context_tokens=host.context_tokens,
        log_path=host.log_folder / "embedded-engine.log",
    )
    with engine:
        about = engine.model
        name = about.name or engine.model_name
        if synthetic is not None:
            name = f"{synthetic.architecture.name}:{synthetic.quantization}"
        yield Serving(
            engine.server,
            ServedModel(
                name=name,
                parameters=about.parameters,
                quantization=about.quantization,
                digest=synthetic.digest if synthetic else Unknown("the file was not hashed"),
                size_bytes=about.size_bytes,
                context_tokens=host.context_tokens,
                loaded=True,
                gpu_share=1.0 if engine.settings.device == "metal" else 0.0,
            ),
            served_as=engine.model_name,
            embedded=True,
            synthetic=synthetic,
            note=f"{EMBEDDED} {engine.settings.note}",
            load_s=engine.load_s,
            process=engine,
            file=path,
        )
