"""How is a bundle written? Record by record, with the digest of each in the first line."""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

import msgspec

from advisor import __version__
from advisor.documents import now
from advisor.errors import AdvisorError, InputError
from advisor.history.exchange.leaving import ASKED
from advisor.history.exchange.limits import (
    LARGEST_RUN,
    LARGEST_SAMPLES,
    MOST_ENTRIES,
    checked_run,
)
from advisor.history.exchange.manifest import Entry, Manifest, Marks, Signature
from advisor.history.exchange.reduce import reduced
from advisor.history.exchange.signing import sign
from advisor.history.record import Run
from advisor.history.store import RunStore

IN_MEMORY_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes into a bundle: the reduced runs, what was asked for beside them, and what could
    not go with them and why."""

    runs: tuple[Run, ...]
    kept: tuple[str, ...]
    marks: tuple[Marks, ...] = ()
    hostname: str | None = None
    missing: tuple[str, ...] = ()


def outgoing(store: RunStore, run_ids: Sequence[str], kept: Collection[str]) -> Outgoing:
    """The runs with these ids as others would get them. Raises InputError for a name in `kept`
    that is none of `leaving.ASKED`, and for too many runs."""
    unknown = sorted(set(kept) - set(ASKED))
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is nothing that can be included",
            remedy=f"There are {', '.join(ASKED)}.",
        )
    if len(run_ids) * 3 > MOST_ENTRIES:
        raise InputError(
            f"a bundle has room for {MOST_ENTRIES // 3:,} runs, not for {len(run_ids):,}"
        )
    return Outgoing(
        runs=tuple(_reduced(store, run_id, kept) for run_id in run_ids),
        kept=tuple(sorted(kept)),
        marks=tuple(_marks(store, run_id, kept) for run_id in run_ids),
        hostname=platform.node() if "hostname" in kept else None,
    )


def _marks(store: RunStore, run_id: str, kept: Collection[str]) -> Marks:
    tags, notes = store.marks(run_id)
    return Marks(
        run=run_id,
        tags=tags if "tags" in kept else (),
        notes=notes if "notes" in kept else (),
    )


def _reduced(store: RunStore, run_id: str, kept: Collection[str]) -> Run:
    copy = reduced(store.load(run_id), kept)
    if copy.id != run_id or not copy.started_at:
        raise InputError(f"the run '{run_id}' has an id or a time that may not leave")
    return copy


def write_bundle(
    store: RunStore, going: Outgoing, path: Path, *, key: Path | None = None, over: bool = False
) -> Outgoing:
    """Writes the bundle whole or not at all, signed with `key` if one is given; what went.

    Raises InputError if the file is there already and is not to be replaced, AdvisorError if it
    cannot be written or signed.
    """
    if path.exists() and not over:
        raise InputError(f"{path} exists already", remedy="Give --force to replace it.")
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as lines:
        contents = _Contents(lines)
        for run, marks in zip(going.runs, going.marks, strict=True):
            contents.add("run", run.id, msgspec.json.encode(run))
            if "samples" in going.kept:
                contents.add_samples(store, run.id)
            if marks.tags or marks.notes:
                contents.add("marks", run.id, msgspec.json.encode(marks))
        first = msgspec.json.encode(
            Manifest(
                created_at=now(),
                advisor_version=__version__,
                is_signed=key is not None,
                hostname=going.hostname,
                runs=len(going.runs),
                entries=tuple(contents.entries),
            )
        )
        head = first + b"\n"
        if key is not None:
            head += msgspec.json.encode(Signature(ssh=sign(first, key))) + b"\n"
        lines.seek(0)
        _write(path, head, lines)
    return replace(going, missing=tuple(contents.missing))


class _Contents:
    """The lines of a bundle after its first, and what that has to say of them."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self.entries: list[Entry] = []
        self.missing: list[str] = []

    def add(self, holds: Literal["run", "samples", "marks"], run_id: str, content: bytes) -> None:
        """Adds a line. Raises AdvisorError for a run that nobody could import."""
        if holds == "run":
            checked_run(content, f"the run '{run_id}'")
            if len(content) > LARGEST_RUN:
                raise AdvisorError(f"the run '{run_id}' is too large for a bundle")
        self._lines.write(content + b"\n")
        digest = hashlib.sha256(content).hexdigest()
        self.entries.append(Entry(holds=holds, run=run_id, bytes=len(content), sha256=digest))

    def add_samples(self, store: RunStore, run_id: str) -> None:
        """Adds a run's requests, or notes why they are missing."""
        try:
            samples = msgspec.json.encode(store.load_samples(run_id))
        except AdvisorError as error:
            self.missing.append(str(error))
            return
        if len(samples) > LARGEST_SAMPLES:
            self.missing.append(f"the requests of run '{run_id}' are too many for a bundle")
        else:
            self.add("samples", run_id, samples)


def _write(path: Path, head: bytes, lines: IO[bytes]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as file:
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    packed.write(head)
                    shutil.copyfileobj(lines, packed)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise AdvisorError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Name a place that exists and can be written.",
        ) from None
