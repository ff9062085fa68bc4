"""The tool `bench`: how fast, at what latency and energy? It measures, and keeps the run."""

from __future__ import annotations

from threading import Lock
from typing import Annotated, Any

import msgspec

from advisor.agent.tool import Job, Tool
from advisor.errors import AdvisorError, InputError

MOST_STAGES = 8
MOST_TIME_S = 600.0
_alone = Lock()

Tokens = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `bench` takes."""

    url: Annotated[
        str | None, msgspec.Meta(description="A server on this machine: http://127.0.0.1:11434.")
    ] = None
    server: Annotated[
        str | None, msgspec.Meta(description="Take the server as this kind, such as ollama.")
    ] = None
    model: Annotated[
        str | None, msgspec.Meta(description="A served model, or a GGUF file here to serve.")
    ] = None
    synthetic: Annotated[
        str | None,
        msgspec.Meta(description="Random weights of this architecture: llama-3.2-1b:Q4_0."),
    ] = None
    workload: Annotated[
        str | None,
        msgspec.Meta(description="Shape: chat, rag, summarize, code-completion, agentic, batch."),
    ] = None
    input_tokens: Annotated[Tokens | None, msgspec.Meta(description="Length of each prompt.")] = (
        None
    )
    output_tokens: Annotated[Tokens | None, msgspec.Meta(description="Length of each answer.")] = (
        None
    )
    concurrency: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1, le=4096)], ...],
        msgspec.Meta(max_length=MOST_STAGES, description="Streams at once, one stage each."),
    ] = ()
    max_time_s: Annotated[
        float, msgspec.Meta(gt=0, le=MOST_TIME_S, description="The most that each stage takes.")
    ] = 60.0
    precision: Annotated[
        float,
        msgspec.Meta(gt=0, lt=1, description="A stage ends when its 95 % interval is this narrow."),
    ] = 0.05
    power_w: Annotated[
        Annotated[float, msgspec.Meta(gt=0)] | None,
        msgspec.Meta(description="What the box draws, if nothing can measure it."),
    ] = None


def _run(arguments: Arguments, job: Job) -> Any:
    """Measures, keeps the run and gives its document; stopped, what was measured until then."""
    if not _alone.acquire(blocking=False):
        raise AdvisorError(
            "another measurement is running",
            why="two at once would slow each other down",
            remedy="Wait until it has ended.",
        )
    try:
        return _measured(arguments, job)
    except KeyboardInterrupt:
        raise AdvisorError("it was stopped before anything was measured") from None
    finally:
        _alone.release()


def _measured(arguments: Arguments, job: Job) -> Any:
    from advisor.bench.interrupt import interruptible_by
    from advisor.bench.session import measure
    from advisor.history.record import measured_run
    from advisor.history.store import RunStore
    from advisor.machine.probe import probe
    from advisor.servers.wish import User

    order = _order(arguments)
    store = RunStore(url=job.store_url, say=job.tell)
    store.open()
    machine = probe(progress=job.tell)
    journal = store.journal("bench", machine)
    user = User(tell=job.tell, agrees=lambda _: False)
    with interruptible_by(job.interrupt):
        if job.interrupt():
            raise KeyboardInterrupt
        done = measure(order, machine, user, job.on_progress, journal.keep)
    store.finish(measured_run(done.document, machine), done.samples, journal)
    return done.document


def _order(arguments: Arguments) -> Any:
    from advisor.bench.session import Order
    from advisor.bench.workload import DEFAULT
    from advisor.bench.workload_file import adapted, named_workloads, read_workload
    from advisor.servers.wish import Wish

    known = named_workloads()
    if arguments.workload is not None and arguments.workload not in known:
        raise InputError(
            f"no workload is called '{arguments.workload[:60]}'",
            remedy=f"There are {', '.join(known)}.",
        )
    if arguments.url is not None:
        _check_is_here(arguments.url)
    named = read_workload(arguments.workload or DEFAULT.name)
    workload = adapted(
        named, input_tokens=arguments.input_tokens, output_tokens=arguments.output_tokens
    )
    return Order(
        wish=Wish(
            url=arguments.url,
            kind=arguments.server,
            model=arguments.model,
            synthetic=arguments.synthetic,
        ),
        workload=workload,
        fit_to_time=workload is named,
        concurrencies=arguments.concurrency or None,
        max_time_s=arguments.max_time_s,
        precision=arguments.precision,
        power_w=arguments.power_w,
    )


def _check_is_here(url: str) -> None:
    """A model may not point the load at somebody else's server."""
    from advisor.servers.address import parse_url

    if not parse_url(url).is_here:
        raise InputError(
            "this tool measures servers on this machine only",
            why="a model could turn the load on a server of somebody else",
            remedy="A person measures another machine with `advisor bench --url`.",
        )


BENCH = Tool(
    name="bench",
    title="Measure a model server",
    description="Measures a model server on this machine: latency, tokens per second, energy per "
    "token. Takes a few minutes, keeps the machine busy and keeps the run. Without url and model "
    "the first server here, else an embedded llama.cpp with random weights. Cancelled, it keeps "
    "what was measured.",
    arguments=Arguments,
    answers="advisor.bench.document:Bench",
    run=_run,
    writes=True,
)
