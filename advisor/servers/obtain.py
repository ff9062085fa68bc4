"""Which server will be measured? The one that was named, one that runs, or the embedded engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.models.catalogue import architecture
from advisor.models.choose import Choice, choose_synthetic
from advisor.models.synthetic import SyntheticModel, ensure_synthetic
from advisor.models.tensors import known_quantization
from advisor.servers.client import Headers
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.dialects.ollama import OllamaServer, PullProgress
from advisor.servers.discovery import connect, discover, pick_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.installed import installed
from advisor.servers.ollama_process import OllamaProcess
from advisor.servers.wire import ServedModel, Server

EMBEDDED = "embedded llama.cpp"
DEFAULT_QUANTIZATION = "Q4_0"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user named; None or empty leaves the choice open.

    `pull` allows Ollama to download `model` if it does not have it.
    """

    url: str | None = None
    kind: str | None = None
    model: str | None = None
    synthetic: str | None = None
    headers: Headers = ()
    pull: bool = False

    @property
    def file(self) -> Path | None:
        """The GGUF file that `model` names, if it names one."""
        named = self.model or ""
        return Path(named).expanduser() if named.lower().endswith(".gguf") else None


@dataclass(frozen=True, slots=True)
class Host:
    """What this machine has for a server of ours, and what the load will need of it."""

    physical_cores: int
    memory_available_bytes: int
    memory_bandwidth_bytes_per_s: float | None
    disk_free_bytes: int
    has_gpu: bool
    streams: int
    context_tokens: int
    cache_folder: Path
    log_folder: Path


@dataclass(frozen=True, slots=True)
class User:
    """Whoever waits: is told what is being done, and asked before anything of theirs is touched.

    `agrees` is a question with a yes or no; without a person there it answers no.
    """

    tell: Callable[[str], None]
    agrees: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Serving:
    """A server ready to be measured, and the model on it.

    `model.name` is the model's own name, `served_as` what the server calls it. `embedded` is set
    when this program runs the engine, which computes on the CPU (Metal on a Mac). `synthetic` is
    set when the weights are random. `load_s` is how long a model took to
    load that was loaded here.
    """

    server: Server
    model: ServedModel
    served_as: str
    embedded: bool = False
    synthetic: SyntheticModel | None = None
    note: str = ""
    load_s: float | None = None


BeforeLoad = Callable[[float | Unknown], None]
"""Called while the model is not in memory yet, with the share that will lie in a GPU's."""


@contextmanager
def serving(
    wish: Wish, host: Host, user: User, *, before_load: BeforeLoad = lambda _: None
) -> Iterator[Serving]:
    """The server to measure, for as long as the `with` block lasts.

    In this order: a GGUF file or synthetic architecture in the embedded engine, the server at
    `wish.url`, one that runs here and has the model asked for, an installed Ollama that the user
    agrees to start where there is a GPU, and without any of these the embedded engine with a
    synthetic model chosen to fit. Raises InputError or AdvisorError.
    """
    if wish.url and (wish.synthetic or wish.file):
        raise InputError(
            "--url names a server, a GGUF file or --synthetic the embedded engine",
            remedy="Give one of the two.",
        )
    with ExitStack() as stack:
        if wish.file:
            yield stack.enter_context(_embedded(wish.file, None, host, user, before_load))
        elif wish.synthetic:
            yield stack.enter_context(
                _synthetic(_asked_for(wish.synthetic), host, user, before_load)
            )
        elif wish.url:
            yield _served(connect(wish.url, wish.kind, wish.headers), wish, user, before_load)
        elif server := _running(wish, user) or _started(host, user, stack):
            yield _served(server, wish, user, before_load)
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
            yield stack.enter_context(_synthetic(choice, host, user, before_load))


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


def _started(host: Host, user: User, stack: ExitStack) -> Server | None:
    """An installed Ollama, started if there is a GPU for it and the user agrees."""
    if not host.has_gpu:
        return None
    for engine in installed():
        if engine.kind == "ollama" and user.agrees(
            f"No model server runs. Start {engine.program} for this measurement?"
        ):
            server = stack.enter_context(OllamaProcess(engine.program))
            if server.models():
                return server
            user.tell("That Ollama has no model yet; `ollama pull MODEL` gets one.")
    return None


def _served(server: Server, wish: Wish, user: User, before_load: BeforeLoad) -> Serving:
    try:
        name = pick_model(server, wish.model)
    except InputError:
        if not (isinstance(server, OllamaServer) and wish.model and _may_pull(wish, user)):
            raise
        server.pull(wish.model, lambda step: user.tell(_pulling(wish.model or "", step)))
        name = pick_model(server, wish.model)
    model = next(model for model in server.models() if model.name == name)
    if model.loaded is False and server.endpoint.is_here:
        before_load(model.gpu_share)
    return Serving(server, model, served_as=name)


def _may_pull(wish: Wish, user: User) -> bool:
    return wish.pull or user.agrees(f"Ollama does not have {wish.model}. Download it now?")


def _pulling(model: str, step: PullProgress) -> str:
    if not step.total_bytes:
        return f"Pulling {model}: {step.status}"
    done = (step.completed_bytes or 0) / 1e6
    return f"Pulling {model}: {done:,.0f} of {step.total_bytes / 1e6:,.0f} MB"


def _asked_for(synthetic: str) -> Choice:
    name, _, quantization = synthetic.partition(":")
    return Choice(
        architecture(name), known_quantization(quantization or DEFAULT_QUANTIZATION), "as asked"
    )


@contextmanager
def _synthetic(
    choice: Choice, host: Host, user: User, before_load: BeforeLoad
) -> Iterator[Serving]:
    model = ensure_synthetic(
        choice.architecture,
        choice.quantization,
        host.cache_folder,
        lambda done, total: user.tell(
            f"Writing {choice.name}, {total / 1e6:,.0f} MB of random weights: "
            f"{100 * done // total} %"
        ),
        memory_available_bytes=host.memory_available_bytes,
    )
    with _embedded(model.path, model, host, user, before_load) as ready:
        yield ready


@contextmanager
def _embedded(
    path: Path,
    synthetic: SyntheticModel | None,
    host: Host,
    user: User,
    before_load: BeforeLoad,
) -> Iterator[Serving]:
    if not path.is_file():
        raise InputError(f"there is no file {path}", remedy="Give a GGUF file with --model.")
    before_load(1.0 if sys.platform == "darwin" else 0.0)
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
            LlamaCppServer(engine.endpoint, kind="llama.cpp", version=engine.engine_version),
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
        )
