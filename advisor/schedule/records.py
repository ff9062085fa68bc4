"""Where are the records of scheduled runs? In the history, found again by a tag.

The one module of this room that knows the store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from advisor import __version__
from advisor.bench.document import Samples
from advisor.documents import new_id, now
from advisor.history.journal import Journal
from advisor.history.record import Run, RunSummary, Skip
from advisor.history.store import RunStore, Wanted
from advisor.machine.document import Machine
from advisor.machine.probe import probe


def tag_of(schedule: str) -> str:
    """The tag of every record of a schedule."""
    return f"schedule:{schedule}"


def begin(schedule: str, machine: Machine, say: Callable[[str], None]) -> Journal:
    """The journal of a scheduled measurement, so that a killed one leaves what it had finished."""
    return RunStore(say=say).journal("bench", machine, tags=(tag_of(schedule),))


def finish(run: Run, samples: Samples, journal: Journal) -> None:
    """Keeps a measurement that has ended, and ends its journal. Raises AdvisorError if it waits
    there because it cannot be kept now."""
    RunStore().finish(run, samples, journal)


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
    skip = Run(
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
    RunStore().save(skip)
    return skip


def last_runs(
    folder: Path, schedule: str, count: int
) -> tuple[tuple[RunSummary, Skip | None], ...]:
    """The newest records of a schedule in a folder of runs, newest first, and why they are skips.

    Raises AdvisorError if one of them cannot be read.
    """
    store = RunStore(folder)
    ours = store.history(Wanted(tag=tag_of(schedule), limit=count)).runs
    return tuple((run, store.load(run.id).skip if run.kind == "skip" else None) for run in ours)
