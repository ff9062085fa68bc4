"""The tool `advise`: so what should we do, from what was said and what was measured?"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from advisor.agent.tool import Job, Tool
from advisor.agent.tools.said import Said, tables_of
from advisor.errors import AdvisorError

Settings = Annotated[
    tuple[str, ...],
    msgspec.Meta(
        description="KEY=VALUE with a key of a scenario file: usage.output_tokens_per_month=20M."
    ),
]


class Arguments(Said, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `advise` takes."""

    run: Annotated[
        str | None,
        msgspec.Meta(
            description="The measurement to start from: a run's id or 'latest'. Without it the "
            "latest, or none where a scenario is given or nothing was measured."
        ),
    ] = None
    settings: Settings = ()
    what_if: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="KEY=VALUE: today's answer and the one with this key changed."),
    ] = ()
    sensitivity: Annotated[
        str | None, msgspec.Meta(description="A KEY: the answer along a range of it.")
    ] = None
    explain: Annotated[
        bool, msgspec.Meta(description="Every number with its formula, inputs and their source.")
    ] = False


def _run(arguments: Arguments, job: Job) -> Any:
    from advisor.advice.answer import answer
    from advisor.history.store import RunStore

    run = None
    if arguments.run is not None:
        run = RunStore(url=job.store_url, say=job.tell).load(arguments.run, measured=True)
    elif not arguments.scenario:
        run = _latest(job)
    named = (*arguments.settings, *arguments.what_if)
    return answer(
        tables_of(arguments, run.said if run else {}, *named),
        origin="the arguments",
        machine=run.machine if run else None,
        bench=run.bench if run else None,
        guess_missing=not arguments.scenario,
        settings=arguments.settings,
        what_if=arguments.what_if,
        sensitivity=arguments.sensitivity,
        explain=arguments.explain,
    )


def _latest(job: Job) -> Any:
    """The latest measurement, or None where nothing was measured yet."""
    from advisor.history.store import RunStore, Wanted

    store = RunStore(url=job.store_url, say=job.tell)
    if not store.history(Wanted(measured=True, limit=1)).runs:
        return None
    try:
        return store.load(None, measured=True)
    except AdvisorError as error:
        job.tell(str(error))
        return None


ADVISE = Tool(
    name="advise",
    title="Local or API?",
    description="Whether to run the model on this box or behind an API, and why: costs a month and "
    "over 12 months, break-even, regret, every assumption with its source. It starts from the "
    "latest measurement unless told otherwise. State only what the user said; the rest has "
    "defaults, which are listed.",
    arguments=Arguments,
    answers="advisor.advice.document:Advice",
    run=_run,
)
