"""Where are runs kept, and how does one come back? The one interface to the history.

    store = RunStore()                            # this user's file, or the team's database by URL
    store.history(Wanted(model="llama", limit=20)).runs      # summaries, newest first
    run, samples = store.load("latest"), store.load_samples(run_id)
    store.keep(Kept(run, document, samples))      # a record from elsewhere, byte for byte
    store.tag(run_id, "before-driver-update")

While a benchmark goes on, `store.journal(...)` writes down each finished stage, and
`store.finish(...)` puts the run into the history and ends the journal. `open` looks after what is
not in the history yet: older tables, files of earlier versions, runs whose program died; each is
told in one line by `say`. It comes before everything else by itself.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.bench.document import Samples
from advisor.documents import now
from advisor.errors import AdvisorError, InputError
from advisor.history import wanted as queries
from advisor.history.database import Database, UnreachableError, forget_free_pages
from advisor.history.headline import fit, micros, summary_of
from advisor.history.journal import Journal
from advisor.history.migrate import prepare
from advisor.history.old_files import take_old_files
from advisor.history.place import place_of
from advisor.history.prune import Policy, delete_runs, prunable
from advisor.history.record import History, Origin, Run, RunSummary
from advisor.history.recover import recover
from advisor.history.rows import (
    LONGEST_NOTE,
    LONGEST_TAG,
    Kept,
    TakenIdError,
    delete_tag,
    documents_of,
    insert_note,
    insert_origin,
    insert_run,
    insert_tag,
    samples_of,
)
from advisor.history.tables import RUNS, TAKEN_FILES
from advisor.history.wanted import Wanted
from advisor.machine.document import Machine

__all__ = ["Kept", "Policy", "RunStore", "TakenIdError", "UnreachableError", "Wanted"]

EVERY = Wanted()
LATEST = "latest"
_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")
NEAR = 200
"""Among so many newest runs a mistyped id is looked for."""


class RunStore:
    """The runs of a folder's SQLite file, or of the PostgreSQL database at `url`.

    Without either, the place is the environment's (ADVISOR_STORE_URL, ADVISOR_DATA_DIR) or the
    platform's. Every method raises AdvisorError if the history cannot be used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        url: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.place = place_of(folder, url)
        self._database = Database(self.place)
        self._say = say
        self._is_open = False
        self._unreadable: tuple[str, ...] = ()

    def open(self, *, upgrade_team: bool = False) -> None:
        """Makes or updates the tables and takes in what waits for it; once for each store.

        Raises UnreachableError if a team's database does not answer.
        """
        if self._is_open:
            return
        changed = prepare(self._database, upgrade_team=upgrade_team)
        if changed:
            self._say(changed)
        self._is_open = True
        damaged = self._take_old_files() if self.place.file is not None else ()
        self._unreadable = (*damaged, *recover(self.place, self._insert, self._say))

    def journal(
        self,
        kind: Literal["run", "bench"],
        machine: Machine,
        said: dict[str, Any] | None = None,
        tags: tuple[str, ...] = (),
    ) -> Journal:
        """A journal for a run that begins; hand its `keep` to the measurement."""
        return Journal(
            self.place, kind=kind, machine=machine, said=said or {}, tags=tags, say=self._say
        )

    def finish(self, run: Run, samples: Samples | None, journal: Journal) -> None:
        """Keeps a run that has ended, and ends its journal.

        Raises AdvisorError that names the journal where the run waits if it cannot be kept now.
        """
        kept = _encoded(run, samples)
        waiting = journal.whole(kept.document, kept.samples)
        try:
            self.keep(kept)
        except AdvisorError as error:
            if waiting is None:
                raise
            raise AdvisorError(
                f"the run '{run.id}' is not in the history yet",
                why=str(error).rstrip("."),
                remedy=f"It waits in {waiting}: the next command that can takes it in.",
            ) from None
        journal.remove()

    def save(self, run: Run, samples: Any = None) -> None:
        """Keeps a run and its raw samples in one transaction."""
        self.keep(_encoded(run, samples))

    def keep(
        self,
        kept: Kept,
        origin: Origin | None = None,
        *,
        tags: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> bool:
        """Keeps a record byte for byte; False if the very same one is there already.

        `origin` says where an imported one is from, tags and notes come with it. Raises
        TakenIdError if there is another one with its id.
        """
        _check_id(kept.run.id)
        self.open()
        return self._insert(kept, origin, tags, notes)

    def origin(self, run_id: str) -> Origin | None:
        """Where the run with this very id was imported from; None for one of this history's own."""
        self.open()
        with self._database.reading() as connection:
            return queries.origins_of(connection, [run_id]).get(run_id)

    def load(self, run_id: str | None = None, *, measured: bool = False) -> Run:
        """The run with this id (or a unique beginning of it), by default the newest of our own.

        `measured` asks for the newest one that holds a measurement. Raises InputError if there is
        none, AdvisorError if it is damaged or another version's.
        """
        return self._decoded(self.document(run_id, measured=measured), run_id or LATEST)

    def load_all(self, run_ids: Sequence[str]) -> tuple[Run, ...]:
        """The runs with these very ids, read together. Raises AdvisorError as `load`."""
        self.open()
        with self._database.reading() as connection:
            documents = documents_of(connection, run_ids)
        return tuple(map(self._decoded, documents, run_ids))

    def document(self, run_id: str | None = None, *, measured: bool = False) -> bytes:
        """The same run's record as the bytes that were kept."""
        found = self.find(run_id, measured=measured)
        with self._database.reading() as connection:
            return documents_of(connection, [found])[0]

    def load_samples(self, run_id: str) -> Samples:
        """The raw samples of the run with this very id. Raises AdvisorError without them."""
        self.open()
        with self._database.reading() as connection:
            return samples_of(connection, run_id)

    def history(self, wanted: Wanted = EVERY) -> History:
        """The runs that are wanted, newest first; files that cannot be read are named."""
        self.open()
        runs = self._summaries(lambda connection: queries.rows(connection, wanted))
        return History(runs=runs, unreadable=self._unreadable)

    def newest_of_each_machine(self) -> tuple[RunSummary, ...]:
        """Of each machine its newest measurement, and its newest record where that is another one;
        newest first."""
        self.open()
        return self._summaries(queries.newest_of_each_machine)

    def present(self, run_ids: Sequence[str]) -> set[str]:
        """Those of these ids whose runs are here."""
        self.open()
        with self._database.reading() as connection:
            return queries.present(connection, run_ids)

    def find(self, run_id: str | None = None, *, measured: bool = False) -> str:
        """The whole id of the run that is meant; see `load`."""
        self.open()
        with self._database.reading() as connection:
            if run_id is None or run_id == LATEST:
                newest = queries.rows(connection, Wanted(measured=measured, own=True, limit=1))
                if newest:
                    return str(newest[0].id)
                raise InputError(
                    "there is no measurement yet",
                    why=f"{self.place.name} holds none",
                    remedy="Run `advisor` or `advisor bench` first, or give `--scenario FILE`.",
                )
            matches = queries.beginning(connection, run_id, NEAR) if run_id else []
            if run_id in matches:
                return run_id
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise InputError(
                    f"'{run_id}' begins {len(matches)} runs", remedy="Give more of the id."
                )
            ids = [row.id for row in queries.rows(connection, Wanted(limit=NEAR))]
        near = difflib.get_close_matches(run_id, ids, n=1)
        raise InputError(
            f"there is no run '{run_id}'",
            remedy=f"Did you mean {near[0]}?" if near else "`advisor history` lists the runs.",
        )

    def tag(self, run_id: str, tag: str) -> str:
        """Puts a tag on a run (see `load`); its whole id. Raises InputError for no fit tag."""
        tag = _marked(tag, "tag", LONGEST_TAG)
        run_id = self.find(run_id)
        with self._database.writing() as connection:
            started_us = connection.execute(
                select(RUNS.c.started_us).where(RUNS.c.id == run_id)
            ).scalar_one()
            insert_tag(connection, run_id, started_us, tag)
        return run_id

    def untag(self, run_id: str, tag: str) -> str:
        """Takes a tag off a run (see `load`); its whole id. Raises InputError if it has it not."""
        run_id = self.find(run_id)
        with self._database.writing() as connection:
            if not delete_tag(connection, run_id, tag):
                raise InputError(
                    f"the run '{run_id}' has no tag '{tag}'",
                    remedy="`advisor history show RUN` tells its tags.",
                )
        return run_id

    def annotate(self, run_id: str, text: str) -> str:
        """Adds a note to a run (see `load`); its whole id. Raises InputError for no fit note."""
        text = _marked(text, "note", LONGEST_NOTE)
        run_id = self.find(run_id)
        with self._database.writing() as connection:
            insert_note(connection, run_id, text)
        return run_id

    def marks(self, run_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tags and the notes of the run with this very id."""
        self.open()
        with self._database.reading() as connection:
            tags = queries.tags_of(connection, [run_id])
            notes = queries.notes_of(connection, [run_id])
        return tags.get(run_id, ()), notes.get(run_id, ())

    def prunable(self, policy: Policy) -> tuple[RunSummary, ...]:
        """The runs that the policy lets go, oldest first."""
        self.open()
        with self._database.reading() as connection:
            rows = prunable(connection, policy, now_us=time.time_ns() // 1000)
        return tuple(summary_of(row) for row in rows)

    def delete(self, run_ids: Sequence[str]) -> int:
        """Deletes these runs; how many, as those that were marked meanwhile stay."""
        self.open()
        with self._database.writing() as connection:
            deleted = delete_runs(connection, run_ids)
        with self._database.writing() as connection:
            forget_free_pages(connection)
        return deleted

    def _summaries(
        self, read: Callable[[Connection], Sequence[Row[Any]]]
    ) -> tuple[RunSummary, ...]:
        with self._database.reading() as connection:
            rows = read(connection)
            ids = [row.id for row in rows]
            tags = queries.tags_of(connection, ids)
            notes = queries.notes_of(connection, ids)
            origins = queries.origins_of(connection, ids)
        return tuple(
            summary_of(row, tags.get(row.id, ()), notes.get(row.id, ()), origins.get(row.id))
            for row in rows
        )

    def _decoded(self, document: bytes, run_id: str) -> Run:
        try:
            return msgspec.json.decode(document, type=Run)
        except msgspec.DecodeError as error:
            raise AdvisorError(
                f"cannot read the run '{run_id}' in {self.place.name}",
                why=str(error),
                remedy="It is another version's; `advisor history show RUN --json` prints it.",
            ) from None

    def _insert(
        self,
        kept: Kept,
        origin: Origin | None = None,
        tags: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> bool:
        try:
            return self._insert_once(kept, origin, tags, notes)
        except IntegrityError:
            return self._insert_once(kept, origin, tags, notes)

    def _insert_once(
        self, kept: Kept, origin: Origin | None, tags: Sequence[str], notes: Sequence[str]
    ) -> bool:
        run = kept.run
        with self._database.writing() as connection:
            is_new = insert_run(connection, kept)
            if is_new and origin is not None:
                insert_origin(connection, run.id, origin)
            for tag in tags if is_new else ():
                insert_tag(connection, run.id, micros(run.started_at), fit(tag, LONGEST_TAG))
            for note in notes if is_new else ():
                insert_note(connection, run.id, fit(note, LONGEST_NOTE))
        return is_new

    def _take_old_files(self) -> tuple[str, ...]:
        with self._database.reading() as connection:
            taken = set(connection.execute(select(TAKEN_FILES.c.name)).scalars())

        def keep(kept: Kept, name: str) -> bool:
            with self._database.writing() as connection:
                is_new = insert_run(connection, kept)
                connection.execute(insert(TAKEN_FILES), {"name": name, "taken_at": now()})
            return is_new

        return take_old_files(self.place.folder, taken, keep, self._say)


def _encoded(run: Run, samples: Any) -> Kept:
    held = None if samples is None else msgspec.json.encode(samples)
    return Kept(run, msgspec.json.encode(run), held)


def _check_id(run_id: str) -> None:
    if not _ID.fullmatch(run_id) or run_id.startswith("."):
        raise InputError("that is no run id", remedy="`advisor history` lists the runs.")


def _marked(text: str, what: str, longest: int) -> str:
    cleaned = " ".join(text.split()).replace("\0", "")
    if not cleaned or len(cleaned) > longest:
        raise InputError(f"a {what} has 1 to {longest} characters")
    return cleaned
