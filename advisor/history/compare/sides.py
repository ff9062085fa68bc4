"""Which runs does the user mean by a side: a run, a tag, a machine, a time, a file?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from advisor.errors import InputError
from advisor.history.exchange.read import holds_bundle, read_bundle
from advisor.history.moments import micros
from advisor.history.record import Run
from advisor.history.record_file import record_content
from advisor.history.store import RunStore, Wanted

MOST_RUNS = 50
"""Of a tag, a machine or a time: the newest so many are compared."""
HOW = (
    "A side is a run's id or `latest`, tag:NAME, machine:ID, since:DATE or DATE..DATE, or a file "
    "of `advisor history show RUN --json` or of `advisor export`."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison and its runs, newest first; there is at least one."""

    name: str
    runs: tuple[Run, ...]

    @property
    def newest(self) -> Run:
        return self.runs[0]


def side(named: str, store: RunStore) -> Side:
    """The side that `named` means. Raises InputError if it means none with a measurement."""
    if named.endswith(".json") or Path(named).is_file():
        path = Path(named)
        return Side(named, _from_bundle(path) if holds_bundle(path) else (_from_file(path),))
    return stored_side(named, store)


def stored_side(named: str, store: RunStore) -> Side:
    """The side that `named` means in the history, for somebody who may read no files.

    Raises InputError as `side` does.
    """
    wanted = _wanted(named)
    if wanted is None:
        return Side(named, (store.load(named, measured=True),))
    ids = [run.id for run in store.history(wanted).runs]
    if not ids:
        raise InputError(f"no measured run is {named}", remedy="`advisor history` lists the runs.")
    return Side(named, store.load_all(ids))


def _wanted(named: str) -> Wanted | None:
    """What to look for, or None for a run's id. Raises InputError for a time that is none."""
    word, colon, rest = named.partition(":")
    if word == "tag" and colon:
        return Wanted(tag=rest, measured=True, limit=MOST_RUNS)
    if word == "machine" and colon:
        return Wanted(machine=rest, measured=True, limit=MOST_RUNS)
    try:
        if word == "since" and colon:
            return Wanted(since_us=micros(rest), measured=True, limit=MOST_RUNS)
        first, dots, last = named.partition("..")
        if dots:
            return Wanted(
                since_us=micros(first) if first else None,
                until_us=micros(last, end=True) if last else None,
                measured=True,
                limit=MOST_RUNS,
            )
    except ValueError:
        raise InputError(
            f"'{named[:60]}' holds no date",
            remedy="Write 2026-11-01..2026-11-15 or since:2026-11-01.",
        ) from None
    return None


def _from_bundle(path: Path) -> tuple[Run, ...]:
    """The measured runs of others in a bundle, which is checked and not stored."""
    runs = [run for run in read_bundle(path) if run.bench is not None]
    if not runs:
        raise InputError(f"no run in {path} holds a measurement", remedy=HOW)
    runs.sort(key=lambda run: micros(run.started_at), reverse=True)
    return tuple(runs[:MOST_RUNS])


def _from_file(path: Path) -> Run:
    """The record in a file. It is somebody else's word: nothing in it is executed or followed."""
    content = record_content(path, remedy=HOW)
    try:
        run = msgspec.json.decode(content, type=Run)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{path} holds no run", why=str(error)[:200], remedy=HOW) from None
    if run.bench is None:
        raise InputError(f"the run in {path} holds no measurement", remedy=HOW)
    return run
