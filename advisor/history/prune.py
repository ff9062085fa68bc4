"""Which runs may be deleted? Those that a stated policy leaves, never one that somebody marked.

A run goes if it is older than `keep_days` (where given) and not among the `keep` newest of its
machine, server and model (where given). The newest of each machine, server and model stays, and so
does every run with a note or a tag that is not its schedule's or its host's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select

from advisor.errors import InputError
from advisor.history.tables import NOTES, RUNS, TAGS
from advisor.history.wanted import MOST_IDS

BY_ITSELF = (("host:", "host;"), ("schedule:", "schedule;"))
"""Tags from the first to before the second are those that runs get by themselves: of a fleet's
host, of a schedule."""
DAY_US = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What to keep. Raises InputError if it would keep nothing, or says nothing."""

    keep: int | None = None
    keep_days: float | None = None

    def __post_init__(self) -> None:
        if self.keep is None and self.keep_days is None:
            raise InputError(
                "it is not said which runs to keep",
                remedy="Give --keep 20 (the newest of each machine, server and model), "
                "--keep-days 365, or both.",
            )
        if (self.keep is not None and self.keep < 1) or (
            self.keep_days is not None and self.keep_days < 0
        ):
            raise InputError("at least one run and no negative number of days can be kept")

    def __str__(self) -> str:
        parts = []
        if self.keep_days is not None:
            parts.append(f"older than {self.keep_days:g} days")
        if self.keep is not None:
            parts.append(f"not among the {self.keep} newest of their machine, server and model")
        return " and ".join(parts)


def prunable(connection: Connection, policy: Policy, *, now_us: int) -> Sequence[Row[Any]]:
    """The rows of `runs` that may go, oldest first. `now_us` is Unix time in microseconds."""
    newest = func.row_number().over(
        partition_by=(RUNS.c.machine_id, RUNS.c.model_name, RUNS.c.server_kind),
        order_by=(RUNS.c.started_us.desc(), RUNS.c.id.desc()),
    )
    ranked = select(RUNS.c.id, newest.label("place")).subquery()
    query = (
        select(RUNS)
        .join(ranked, ranked.c.id == RUNS.c.id)
        .where(ranked.c.place > (policy.keep or 1), *_unmarked())
        .order_by(RUNS.c.started_us, RUNS.c.id)
    )
    if policy.keep_days is not None:
        query = query.where(RUNS.c.started_us < now_us - int(policy.keep_days * DAY_US))
    return connection.execute(query).all()


def delete_runs(connection: Connection, ids: Sequence[str]) -> int:
    """Deletes these runs with all that belongs to them; how many, without those that have been
    marked since."""
    deleted = 0
    for at in range(0, len(ids), MOST_IDS):
        wanted = RUNS.c.id.in_(ids[at : at + MOST_IDS])
        deleted += connection.execute(delete(RUNS).where(wanted, *_unmarked())).rowcount
    return deleted


def _unmarked() -> tuple[Any, Any]:
    """Without a note and without a tag of a person's; a host's or schedule's keeps no run."""
    by_people = and_(*(or_(TAGS.c.tag < low, TAGS.c.tag >= high) for low, high in BY_ITSELF))
    return (
        ~exists().where(TAGS.c.run_id == RUNS.c.id, by_people),
        ~exists().where(NOTES.c.run_id == RUNS.c.id),
    )
