"""Which server will be measured? One named, one that runs, one started, or the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.models.choose import choose_synthetic
from advisor.servers.discovery import chosen_model, connect, discover, pick_model
from advisor.servers.own_engine import (
    asked_for,
    embedded_engine,
    must_exist,
    synthetic_engine,
    written,
)
from advisor.servers.pulling import can_pull, pull
from advisor.servers.serving import BeforeLoad, Serving
from advisor.servers.starting.ollama import ollama
from advisor.servers.starting.process import ServerProcess
from advisor.servers.starting.start import process_for, program_of
from advisor.servers.wire import Server
from advisor.servers.wish import Host, User, Wish


def must_be_there(wish: Wish) -> Wish:
    """The wish, with the server at its URL where it names one.

    Raises InputError or AdvisorError at once where a server, file or architecture that is named
    cannot be had, before anything that takes time.
    """
    _must_agree(wish)
    if wish.start:
        return wish
    if wish.file:
        must_exist(wish.file)
    elif wish.synthetic:
        asked_for(wish.synthetic)
    elif wish.url:
        return replace(wish, server=connect(wish.url, wish.kind, wish.headers, wish.trust))
    return wish


def _must_agree(wish: Wish) -> None:
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


@contextmanager
def serving(
    wish: Wish, host: Host, user: User, *, before_load: BeforeLoad = lambda _: None
) -> Iterator[Serving]:
    """The server to measure, for as long as the `with` block lasts.

    In this order: a server of the kind in `wish.start`, a GGUF file or synthetic architecture in
    the embedded engine, the server at `wish.url`, one that runs here and has the model asked for,
    an installed Ollama that the user agrees to start where there is a GPU, and without any of these
    the embedded engine with a synthetic model chosen to fit. Raises InputError or AdvisorError.
    """
    _must_agree(wish)
    with ExitStack() as stack:
        if wish.start:
            yield stack.enter_context(_asked_to_start(wish, host, user, before_load))
        elif wish.file:
            yield stack.enter_context(embedded_engine(wish.file, None, host, user, before_load))
        elif wish.synthetic:
            yield stack.enter_context(
                synthetic_engine(asked_for(wish.synthetic), host, user, before_load)
            )
        elif wish.url:
            named = wish.server or connect(wish.url, wish.kind, wish.headers, wish.trust)
            yield _served(named, wish, user, before_load)
        elif server := _running(wish, user) or _offered(wish, host, user, stack):
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
            yield stack.enter_context(synthetic_engine(choice, host, user, before_load))


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
    may_pull = [server for server in candidates if can_pull(server) and wish.model]
    return may_pull[0] if may_pull else None


def _offered(wish: Wish, host: Host, user: User, stack: ExitStack) -> Server | None:
    """An installed Ollama, started if there is a GPU for it and the user agrees."""
    program = program_of("ollama") if host.has_gpu else None
    if program is None or not user.agrees(
        f"No model server runs. Start {program} for this measurement?"
    ):
        return None
    process = ServerProcess(ollama(program), tell=user.tell)
    server = stack.enter_context(process)
    if wish.model or server.models():
        return server
    process.stop()
    user.tell("That Ollama has no model yet; `ollama pull MODEL` gets one.")
    return None


@contextmanager
def _asked_to_start(
    wish: Wish, host: Host, user: User, before_load: BeforeLoad
) -> Iterator[Serving]:
    """A server of the kind asked for; llama.cpp without its program is the embedded engine."""
    program = program_of(wish.start or "")
    synthetic = None
    if wish.start == "llama.cpp" and (wish.synthetic or wish.file):
        if wish.synthetic:
            synthetic = written(asked_for(wish.synthetic), host, user)
        path = synthetic.path if synthetic else wish.file
        assert path is not None
        if program is None:
            user.tell("llama-server is not installed: the embedded llama.cpp takes its place.")
            with embedded_engine(path, synthetic, host, user, before_load) as ready:
                yield ready
            return
        must_exist(path)
        wish = replace(wish, model=str(path), synthetic=None)
    process = process_for(wish, program, host, user)
    if wish.start != "ollama":
        before_load(Unknown("the server was not asked yet") if host.has_gpu else 0.0)
    with process as server:
        own = replace(wish, model=wish.model if server.kind == "ollama" else None)
        ready = _served(server, own, user, before_load)
        started = f"{server.kind} was started for this measurement and ended after it"
        yield replace(
            ready,
            synthetic=synthetic,
            note="; ".join(note for note in (started, ready.note) if note),
            load_s=None if server.kind == "ollama" else process.load_s,
            process=process,
            file=wish.file,
        )


def _served(server: Server, wish: Wish, user: User, before_load: BeforeLoad) -> Serving:
    note = None
    try:
        model = chosen_model(server, wish.model)
    except AdvisorError:
        if not (can_pull(server) and wish.model):
            raise
        note = pull(server, wish.model, user, allowed=wish.pull)
        if note is None:
            raise
        model = chosen_model(server, wish.model)
    if model.loaded is False and server.endpoint.is_here:
        before_load(model.gpu_share)
    return Serving(server, model, served_as=model.name, note=note or "")
