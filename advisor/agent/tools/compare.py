"""The tool `compare`: which is faster, which is cheaper, and by how much?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec

from advisor.agent.tool import Job, Tool
from advisor.agent.tools.said import Said, tables_of
from advisor.errors import InputError


class Arguments(Said, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `compare` takes."""

    sides: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            min_length=2,
            max_length=8,
            description="Two or more of: a run's id, 'latest', tag:NAME, machine:ID, since:DATE, "
            "DATE..DATE. Each is compared with the first.",
        ),
    ]
    allow: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="Parts that may differ: model, quantization, server, server-version, "
            "workload."
        ),
    ] = ()


def _run(arguments: Arguments, job: Job) -> Any:
    from advisor.history.compare.compare import compare
    from advisor.history.compare.sides import side
    from advisor.history.store import RunStore

    for named in arguments.sides:
        _check_is_no_file(named)
    store = RunStore(url=job.store_url, say=job.tell)
    return compare(
        [side(named, store) for named in arguments.sides],
        allowed=arguments.allow,
        limits=[],
        tables=tables_of(arguments, {}),
        origin="the arguments",
    )


def _check_is_no_file(named: str) -> None:
    """A tool reads the history, not whatever file a model thinks of."""
    if named.endswith(".json") or any(mark in named for mark in "/\\\0~") or Path(named).is_file():
        raise InputError(
            f"'{named[:60]}' is no side of a comparison here",
            why="a tool reads runs of the history, no files",
            remedy="`advisor import FILE` takes a file into the history.",
        )


COMPARE = Tool(
    name="compare",
    title="Compare runs",
    description="Which of some runs, tags, machines or times is faster and cheaper, and whether "
    "the difference is more than chance. Only what was measured alike is compared.",
    arguments=Arguments,
    answers="advisor.history.compare.document:Comparison",
    run=_run,
)
