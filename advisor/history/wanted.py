"""Which runs are asked for, and how are they found without looking at all of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    any_,
    bindparam,
    exists,
    func,
    select,
    union,
    union_all,
)

from advisor.history.record import Origin
from advisor.history.tables import NOTES, ORIGINS, RUNS, TAGS

MOST_IDS = 500
"""Ids in one statement, well below SQLite's number of parameters."""
MOST_BRANCHES = 64
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Runs, newest first. What is None does not matter.

    `machine` is a beginning of its id, `model` and `server` are parts of their names (any case),
    `since_us` and `until_us` bound the start (Unix microseconds, both included), `limit` the number
    of runs. `measured` leaves those without a measurement out, `own` those that were imported.
    """

    machine: str | None = None
    model: str | None = None
    server: str | None = None
    kind: str | None = None
    tag: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    measured: bool = False
    own: bool = False
    limit: int | None = None


def rows(connection: Connection, wanted: Wanted) -> Sequence[Row[Any]]:
    """The rows of `runs` that are wanted."""
    query = _select(connection, wanted)
    return [] if query is None else connection.execute(query).all()


def newest_of_each_machine(connection: Connection) -> Sequence[Row[Any]]:
    """Of each machine its newest measurement, and its newest record where that is another one.

    Machines are found by steps in the index, as by `values`, in one statement.
    """
    machine = RUNS.c.machine_id
    steps = select(func.min(machine).label("id")).cte(recursive=True)
    after = select(func.min(machine)).where(machine > steps.c.id).scalar_subquery()
    steps = steps.union_all(select(after).where(steps.c.id.is_not(None)))

    def newest(*conditions: Any) -> Any:
        query = select(RUNS.c.id).where(machine == steps.c.id, *conditions)
        ordered = query.order_by(RUNS.c.started_us.desc()).limit(1)
        return select(ordered.scalar_subquery().label("id")).where(steps.c.id.is_not(None))

    ids = union(newest(), newest(RUNS.c.model_name.is_not(None))).subquery()
    query = select(RUNS).join(ids, ids.c.id == RUNS.c.id)
    return connection.execute(query.order_by(RUNS.c.started_us.desc(), RUNS.c.id.desc())).all()


def present(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are runs."""
    found: set[str] = set()
    for at in range(0, len(ids), MOST_IDS):
        some = among(connection, RUNS.c.id, ids[at : at + MOST_IDS])
        found.update(connection.execute(select(RUNS.c.id).where(some)).scalars())
    return found


def tags_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tags of each of these runs that has some, in alphabetical order."""
    return _texts(connection, ids, TAGS.c.run_id, TAGS.c.tag, TAGS.c.tag)


def notes_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The notes of each of these runs that has some, oldest first."""
    return _texts(connection, ids, NOTES.c.run_id, NOTES.c.text, NOTES.c.id)


def origins_of(connection: Connection, ids: Sequence[str]) -> dict[str, Origin]:
    """The origin of each of these runs that was imported."""
    found: dict[str, Origin] = {}
    for at in range(0, len(ids), MOST_IDS):
        query = select(ORIGINS).where(among(connection, ORIGINS.c.run_id, ids[at : at + MOST_IDS]))
        for row in connection.execute(query):
            found[row.run_id] = Origin(
                imported_at=row.imported_at,
                file_sha256=row.file_sha256,
                tool=row.tool,
                signer=row.signer,
                key=row.signing_key,
            )
    return found


def beginning(connection: Connection, start: str, limit: int) -> list[str]:
    """Ids of runs that begin so."""
    query = select(RUNS.c.id).where(_begins(RUNS.c.id, start)).order_by(RUNS.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def values(connection: Connection, column: Column[Any], start: str = "") -> list[str]:
    """The different values of an indexed text column that begin so, each found by one step in the
    index: a million runs have few models."""
    found: list[str] = []
    query = select(column).where(column < start + LAST).order_by(column).limit(1)
    while True:
        after = column > found[-1] if found else column >= start
        least = connection.execute(query.where(after)).scalar()
        if least is None:
            return found
        found.append(least)


def _select(connection: Connection, wanted: Wanted) -> Select[Any] | None:
    """The statement, or None if nothing can match.

    Where several machines, models or servers match, the newest runs of each are merged, because
    each of those lists is read off an index.
    """
    choices = _choices(connection, wanted)
    columns, names = [column for column, _ in choices], [found for _, found in choices]
    branches = list(product(*names))
    if not branches:
        return None
    if wanted.limit is None or len(branches) > MOST_BRANCHES:
        return _newest(wanted, [column.in_(found) for column, found in choices])
    lists = [
        _newest(wanted, [column == name for column, name in zip(columns, branch, strict=True)])
        for branch in branches
    ]
    if len(lists) == 1:
        return lists[0]
    merged = union_all(*(select(each.subquery()) for each in lists)).subquery()
    newest_first = (merged.c.started_us.desc(), merged.c.id.desc())
    return select(merged).order_by(*newest_first).limit(wanted.limit)


def _choices(connection: Connection, wanted: Wanted) -> list[tuple[Column[Any], list[str]]]:
    """The columns that are asked for by a part of their value, and the values that have it."""
    choices: list[tuple[Column[Any], list[str]]] = []
    if wanted.machine is not None:
        found = values(connection, RUNS.c.machine_id, wanted.machine)
        choices.append((RUNS.c.machine_id, found))
    for column, part in ((RUNS.c.model_name, wanted.model), (RUNS.c.server_kind, wanted.server)):
        if part is not None:
            choices.append((column, _named(connection, column, part)))
    return choices


def _newest(wanted: Wanted, conditions: Sequence[Any]) -> Select[Any]:
    query, started = select(RUNS).where(*conditions), RUNS.c.started_us
    if wanted.tag is not None:
        query = query.join(TAGS, TAGS.c.run_id == RUNS.c.id).where(TAGS.c.tag == wanted.tag)
        started = TAGS.c.started_us
    if wanted.kind is not None:
        query = query.where(RUNS.c.kind == wanted.kind)
    if wanted.measured:
        query = query.where(RUNS.c.model_name.is_not(None))
    if wanted.own:
        query = query.where(~exists().where(ORIGINS.c.run_id == RUNS.c.id))
    if wanted.since_us is not None:
        query = query.where(started >= wanted.since_us)
    if wanted.until_us is not None:
        query = query.where(started <= wanted.until_us)
    return query.order_by(started.desc(), RUNS.c.id.desc()).limit(wanted.limit)


def _named(connection: Connection, column: Column[Any], part: str) -> list[str]:
    """What is called just so, else the names that hold this part."""
    if connection.execute(select(column).where(column == part).limit(1)).first():
        return [part]
    return [name for name in values(connection, column) if part.casefold() in name.casefold()]


def _begins(column: Column[Any], start: str) -> Any:
    return (column >= start) & (column < start + LAST) if start else column >= ""


def among(connection: Connection, column: Column[Any], ids: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column is one of these.

    PostgreSQL's driver takes a list as one value: five hundred values cost it 50 ms.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=ARRAY(Text)))
    return column.in_(ids)


def _texts(
    connection: Connection,
    ids: Sequence[str],
    run_id: Column[Any],
    text: Column[Any],
    order: Column[Any],
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for at in range(0, len(ids), MOST_IDS):
        some = among(connection, run_id, ids[at : at + MOST_IDS])
        query = select(run_id, text).where(some).order_by(order)
        for run, value in connection.execute(query):
            found[run] = (*found.get(run, ()), value)
    return found
