"""Is another scheduled measurement at work on this data, and did the last one end in peace?

The operating system frees the lock of a process that dies in whatever way. What it was about stays
in the file, which tells the next one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from advisor.errors import AdvisorError

FILE_NAME = "schedule.lock"
LONGEST_NOTE_BYTES = 4096


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was about when it took the lock."""

    schedule: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Held:
    """The lock is ours. `died` is an earlier attempt that left no record."""

    died: Attempt | None


@contextmanager
def locked(folder: Path, attempt: Attempt) -> Iterator[Held | None]:
    """Holds the lock of a data folder; None if another process holds it.

    The note of the attempt is wiped where it ended in a way that leaves a record: not where it
    was killed or failed by a fault of this program. Raises AdvisorError if the folder cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / FILE_NAME).open("a+b")
    except OSError as error:
        raise AdvisorError(
            f"cannot lock {folder}",
            why=error.strerror or str(error),
            remedy="Set --data-dir to a folder that can be written.",
        ) from None
    with file:
        if not _take(file):
            yield None
            return
        died = _note_in(file)
        _write_note(file, msgspec.json.encode(attempt))
        try:
            yield Held(died)
        except (AdvisorError, KeyboardInterrupt):
            _write_note(file, b"")
            raise
        _write_note(file, b"")


def _note_in(file: IO[bytes]) -> Attempt | None:
    file.seek(0)
    try:
        return msgspec.json.decode(file.read(LONGEST_NOTE_BYTES), type=Attempt)
    except msgspec.DecodeError:
        return None


def _write_note(file: IO[bytes], note: bytes) -> None:
    file.seek(0)
    file.truncate()
    file.write(note)
    file.flush()
    os.fsync(file.fileno())


if sys.platform == "win32":
    import msvcrt

    PLACE = 1 << 20
    """The byte that is locked: one that is never written, as others may not read a locked one."""

    def _take(file: IO[bytes]) -> bool:
        file.seek(PLACE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
