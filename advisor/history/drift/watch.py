"""What changed on a machine, and what of it became known with its latest run?"""

from __future__ import annotations

from advisor.history.drift.document import Drifts
from advisor.history.drift.money import money_drifts
from advisor.history.drift.speed import drifts
from advisor.history.record import Run
from advisor.history.store import RunStore, Wanted

MOST_RUNS = 120
"""The newest runs that are looked at; what changed before is old news."""


def drifts_of(store: RunStore, machine: str | None = None, *, own: bool = True) -> Drifts:
    """All changes in the newest runs, of one machine (a beginning of its id) or of all.

    `own` leaves those out that were imported.
    """
    runs = _runs(store, machine, own)
    return Drifts(
        runs=len(runs),
        measured=tuple(reversed(drifts(runs))),
        money=tuple(reversed(money_drifts(runs))),
    )


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
