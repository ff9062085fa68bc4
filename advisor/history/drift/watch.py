"""What changed on a machine, and what of it became known with its latest run?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.history.drift.document import Drifts
from advisor.history.drift.money import money_drifts
from advisor.history.drift.speed import Course, courses, drifts
from advisor.history.record import Run
from advisor.history.store import RunStore, Wanted

MOST_RUNS = 120
"""The newest runs that are looked at; what changed before is old news."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What changed, and the courses of the metrics that it was seen in."""

    drifts: Drifts
    courses: tuple[Course, ...]


def watched(store: RunStore, machine: str | None = None, *, own: bool = True) -> Watched:
    """All changes in the newest runs, of one machine (a beginning of its id) or of all.

    `own` leaves those out that were imported.
    """
    runs = _runs(store, machine, own)
    found = courses(runs)
    drifted = Drifts(
        runs=len(runs),
        measured=tuple(reversed(drifts(found))),
        money=tuple(reversed(money_drifts(runs))),
    )
    return Watched(drifted, tuple(found))


def drifts_of(store: RunStore, machine: str | None = None, *, own: bool = True) -> Drifts:
    """The changes alone."""
    return watched(store, machine, own=own).drifts


def news_of(store: RunStore, run: Run, *, own: bool = True) -> Drifts:
    """What became known with this very run; nothing of a machine that is not known.

    `own` as above.
    """
    if run.machine_id is None:
        return Drifts(runs=0, measured=(), money=())
    found = drifts_of(store, run.machine_id, own=own)
    return Drifts(
        runs=found.runs,
        measured=tuple(drift for drift in found.measured if drift.seen_with == run.id),
        money=tuple(drift for drift in found.money if drift.run == run.id),
    )


def _runs(store: RunStore, machine: str | None, own: bool) -> list[Run]:
    """Oldest first."""
    listed = store.history(Wanted(machine=machine, measured=True, own=own, limit=MOST_RUNS)).runs
    return list(store.load_all([each.id for each in reversed(listed)]))
