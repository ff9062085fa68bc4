"""The tools `history` and `show_run`: what was measured, when and where?"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from advisor.agent.tool import Job, Tool

MOST = 200
USUAL = 20


class ListArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `history` takes."""

    machine: Annotated[str | None, msgspec.Meta(description="A beginning of its id.")] = None
    model: Annotated[str | None, msgspec.Meta(description="A part of its name.")] = None
    server: Annotated[str | None, msgspec.Meta(description="Its kind, such as ollama.")] = None
    kind: Annotated[
        Literal["run", "bench", "skip", "imported"] | None,
        msgspec.Meta(description="With advice, without, skipped, or of other tools."),
    ] = None
    tag: Annotated[str | None, msgspec.Meta(description="Runs with this tag.")] = None
    since: Annotated[
        str | None, msgspec.Meta(description="2026-11-25, 2026-11-25T09:30 (UTC), or 7d ago.")
    ] = None
    until: Annotated[str | None, msgspec.Meta(description="As `since`.")] = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST, description="The newest so many.")] = USUAL


class ShowArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `show_run` takes."""

    run: Annotated[
        str, msgspec.Meta(description="A run's id, a unique beginning of it, or 'latest'.")
    ] = "latest"


def _list(arguments: ListArguments, job: Job) -> Any:
    from advisor.history.moments import asked_micros
    from advisor.history.store import RunStore, Wanted

    return RunStore(url=job.store_url, say=job.tell).history(
        Wanted(
            machine=arguments.machine,
            model=arguments.model,
            server=arguments.server,
            kind=arguments.kind,
            tag=arguments.tag,
            since_us=asked_micros(arguments.since),
            until_us=asked_micros(arguments.until, end=True),
            limit=arguments.limit,
        )
    )


def _show(arguments: ShowArguments, job: Job) -> Any:
    from advisor.history.store import RunStore

    return msgspec.Raw(RunStore(url=job.store_url, say=job.tell).document(arguments.run))


HISTORY = Tool(
    name="history",
    title="List the runs",
    description="The runs that are kept, newest first, each with its speed, TTFT and energy per "
    "token where they were measured.",
    arguments=ListArguments,
    answers="advisor.history.record:History",
    run=_list,
)
SHOW_RUN = Tool(
    name="show_run",
    title="Show one run",
    description="The whole record of one run: the machine, what was measured, and the advice.",
    arguments=ShowArguments,
    answers="advisor.history.record:Run",
    run=_show,
)
