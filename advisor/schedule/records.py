"""Where are the records of scheduled runs? In the history, found again by a tag.

The one module of this room that knows the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from advisor import __version__
from advisor.documents import new_id, now
from advisor.history.record import Run, RunSummary, Skip
from advisor.history.store import RunStore, Wanted
from advisor.machine.probe import probe


def tag_of(schedule: str) -> str:
    """The tag of every record of a schedule."""
    return f"schedule:{schedule}"


def keep(run: Run, samples: Any = None) -> Run:
    """Keeps a record where the environment says. Raises AdvisorError where it cannot be kept."""
    RunStore().save(run, samples)
    return run


def keep_skip(
    schedule: str,
    reasons: tuple[str, ...],
    waited_s: float = 0.0,
    *,
    started_at: str | None = None,
) -> Run:
    """A record of `kind` skip: a gap in the history must not look like silence.

    Raises AdvisorError where it cannot be kept.
    """
    return keep(
        Run(
            id=new_id(),
            started_at=started_at or now(),
            kind="skip",
            advisor_version=__version__,
            tags=(tag_of(schedule),),
            partial=True,
            machine=probe(measure_bandwidth=False),
            bench=None,
            advice=None,
            skip=Skip(schedule=schedule, reasons=reasons, waited_s=waited_s),
        )
    )


def last_runs(
    folder: Path, schedule: str, count: int
) -> tuple[tuple[RunSummary, Skip | None], ...]:
    """The newest records of a schedule in a folder of runs, newest first, and why they are skips.

    Raises AdvisorError if one of them cannot be read.
    """
    store = RunStore(folder)
    ours = store.history(Wanted(tag=tag_of(schedule), limit=count)).runs
    return tuple((run, store.load(run.id).skip if run.kind == "skip" else None) for run in ours)
