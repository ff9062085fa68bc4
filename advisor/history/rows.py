"""How is one run put into the tables, and how does it come out again, whole or not at all?"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, delete, insert, select

from advisor.bench.document import Samples
from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.history.headline import fit, row_of
from advisor.history.record import Origin, Run
from advisor.history.tables import DOCUMENTS, NOTES, ORIGINS, RUNS, SAMPLES, TAGS
from advisor.history.wanted import MOST_IDS, among

LEVEL = 6
LARGEST_SAMPLES_BYTES = 2 * 2**30
LONGEST_TAG, LONGEST_NOTE = 100, 2000


class TakenIdError(AdvisorError):
    """Another run has that id already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is kept: the run, and the very bytes of its document and its samples."""

    run: Run
    document: bytes
    samples: bytes | None = None


def insert_run(connection: Connection, kept: Kept) -> bool:
    """Puts a run into the tables; False if the very same one is there already.

    Raises TakenIdError if another one of that id is there, ValueError if its time is none,
    IntegrityError if another program is putting it in at this moment.
    """
    digest = _digest(kept.document)
    run = kept.run
    there = connection.execute(
        select(DOCUMENTS.c.sha256).where(DOCUMENTS.c.run_id == run.id)
    ).scalar()
    if there is not None:
        if there == digest:
            return False
        raise TakenIdError(
            f"another run is kept as '{run.id}' already",
            remedy="Records are never changed; keep this one under another id.",
        )
    row = row_of(run)
    connection.execute(insert(RUNS), row)
    connection.execute(
        insert(DOCUMENTS),
        {"run_id": run.id, "sha256": digest, "content": kept.document.decode()},
    )
    if kept.samples is not None:
        connection.execute(
            insert(SAMPLES),
            {
                "run_id": run.id,
                "encoding": "zlib",
                "sha256": _digest(kept.samples),
                "content": zlib.compress(kept.samples, LEVEL),
            },
        )
    for tag in run.tags:
        if tag:
            insert_tag(connection, run.id, row["started_us"], fit(tag, LONGEST_TAG))
    return True


def insert_tag(connection: Connection, run_id: str, started_us: int, tag: str) -> None:
    """Tags a run, which may have that tag already."""
    has = select(TAGS.c.tag).where(TAGS.c.run_id == run_id, TAGS.c.tag == tag)
    if connection.execute(has).first() is None:
        connection.execute(insert(TAGS), {"run_id": run_id, "tag": tag, "started_us": started_us})


def delete_tag(connection: Connection, run_id: str, tag: str) -> bool:
    """Takes a tag off a run; False if it did not have it."""
    gone = connection.execute(delete(TAGS).where(TAGS.c.run_id == run_id, TAGS.c.tag == tag))
    return gone.rowcount > 0


def insert_note(connection: Connection, run_id: str, text: str) -> None:
    """Adds a note to a run, with the time."""
    connection.execute(insert(NOTES), {"run_id": run_id, "written_at": now(), "text": text})


def insert_origin(connection: Connection, run_id: str, origin: Origin) -> None:
    """Says where a run came from."""
    connection.execute(
        insert(ORIGINS),
        {
            "run_id": run_id,
            "imported_at": origin.imported_at,
            "file_sha256": origin.file_sha256,
            "tool": fit(origin.tool),
            "signer": origin.signer and fit(origin.signer),
            "signing_key": origin.key and fit(origin.key),
        },
    )


def documents_of(connection: Connection, run_ids: Sequence[str]) -> list[bytes]:
    """The documents of the runs with these very ids. Raises AdvisorError if one is damaged."""
    found: dict[str, bytes] = {}
    for at in range(0, len(run_ids), MOST_IDS):
        some = among(connection, DOCUMENTS.c.run_id, run_ids[at : at + MOST_IDS])
        for row in connection.execute(select(DOCUMENTS).where(some)):
            content = row.content.encode()
            if _digest(content) == row.sha256:
                found[row.run_id] = content
    for run_id in run_ids:
        if run_id not in found:
            raise _damaged(f"the record of run '{run_id}'")
    return [found[run_id] for run_id in run_ids]


def samples_of(connection: Connection, run_id: str) -> Samples:
    """The raw samples of the run with this very id. Raises AdvisorError without them."""
    what = f"the requests of run '{run_id}'"
    row = connection.execute(
        select(SAMPLES.c.content, SAMPLES.c.sha256).where(SAMPLES.c.run_id == run_id)
    ).first()
    if row is None:
        raise AdvisorError(f"cannot read {what}", why="none were kept", remedy="Measure again.")
    try:
        content = zlib.decompressobj().decompress(row.content, LARGEST_SAMPLES_BYTES)
        if _digest(content) != row.sha256:
            raise _damaged(what)
        return msgspec.json.decode(content, type=Samples)
    except (zlib.error, msgspec.DecodeError) as error:
        raise _damaged(what, str(error)) from None


def _damaged(what: str, why: str = "it has not the checksum it was kept with") -> AdvisorError:
    return AdvisorError(f"cannot read {what}", why=why, remedy="It is damaged; measure again.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
