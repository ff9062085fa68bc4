"""What has been measured so far, should the program die before the run has ended?

A run that is going on has a file in the folder `unfinished`. It begins with a line that names its
format; then follow entries, each with its length and checksum, compressed and flushed to the disk
before the measurement goes on: who measures, each finished stage, in the end the whole run. The
file goes when the run is in the history. An entry that was cut off ends the file.
"""

from __future__ import annotations

import errno
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import msgspec

from advisor import __version__
from advisor.bench.document import StageSamples
from advisor.history.lock import hold
from advisor.history.place import Place
from advisor.machine.document import Machine

if TYPE_CHECKING:
    from advisor.bench.plan import BenchRun

FOLDER, SUFFIX = "unfinished", ".journal"
MAGIC = b"advisor.journal/1\n"
FRAME = struct.Struct("<II")
RESERVED_BYTES = 4 * 2**20
"""Taken at the beginning, so that a disk that fills up meanwhile does not cost the stages."""
LARGEST_ENTRY_BYTES = 2**30
LOCK_S = 10.0
"""Another program that looks for dead runs holds a new file for milliseconds."""


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """Who measures, and for which history: a team's, or (empty) the file beside the journals."""

    team: str
    kind: Literal["run", "bench"]
    advisor_version: str
    machine: Machine
    said: dict[str, Any]
    tags: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True, tag="measured"):
    """The measurement as it stands after a stage. Of its loads' samples those before `first` are
    as in the entry before, and `samples` come after them."""

    bench: msgspec.Raw
    first: int
    samples: tuple[StageSamples, ...]


class Whole(msgspec.Struct, frozen=True, kw_only=True, tag="whole"):
    """The record of the run that has ended, and all its samples (null if there are none)."""

    run: msgspec.Raw
    samples: msgspec.Raw


Entry = Begun | Measured | Whole


class Journal:
    """The journal of one run. Its file is made when the first stage has ended.

    That it cannot be written is told by `say`, once, and does not stop the measurement.
    """

    def __init__(
        self,
        place: Place,
        *,
        kind: Literal["run", "bench"],
        machine: Machine,
        said: dict[str, Any],
        tags: tuple[str, ...],
        say: Callable[[str], None],
    ) -> None:
        self._folder = place.folder / FOLDER
        self._begun = Begun(
            team=place.team,
            kind=kind,
            advisor_version=__version__,
            machine=machine,
            said=said,
            tags=tags,
        )
        self._say = say
        self._file: IO[bytes] | None = None
        self._failed = False
        self._loads: tuple[StageSamples, ...] = ()

    def keep(self, done: BenchRun) -> None:
        """Writes down the measurement so far; to be called when a stage has ended."""
        loads = done.samples.stages
        pairs = zip(self._loads, loads, strict=False)
        first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        entry = Measured(
            bench=msgspec.Raw(msgspec.json.encode(done.document)),
            first=first,
            samples=loads[first:],
        )
        if self._write(entry):
            self._loads = loads

    def whole(self, document: bytes, samples: bytes | None) -> Path | None:
        """Writes down the run that has ended; where it lies, or None if it could not be written."""
        entry = Whole(run=msgspec.Raw(document), samples=msgspec.Raw(samples or b"null"))
        written = self._write(entry)
        return Path(self._file.name) if written and self._file else None

    def remove(self) -> None:
        """Ends the journal: the run is in the history."""
        if self._file is not None:
            path = Path(self._file.name)
            self._file.close()
            self._file = None
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _write(self, entry: Entry) -> bool:
        try:
            if self._file is None:
                self._file = _new_file(self._folder)
                _append(self._file, self._begun)
            _append(self._file, entry)
        except OSError as error:
            if not self._failed:
                self._failed = True
                self._say(
                    "What is measured now would be lost if this program were killed: no journal "
                    f"can be written in {self._folder} ({error.strerror or error})."
                )
            return False
        return True


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a journal holds whose program has died: `whole` if the run had ended."""

    begun: Begun | None
    bench: msgspec.Raw | None
    samples: tuple[StageSamples, ...]
    whole: Whole | None


@dataclass(slots=True)
class Orphan:
    """A journal whose program has died, locked against other readers until it is closed."""

    path: Path
    file: IO[bytes]

    def read(self) -> Unfinished:
        """What it holds up to where it was cut off. Raises DecodeError if that is another
        version's."""
        begun, bench, whole = None, None, None
        samples: list[StageSamples] = []
        for entry in _entries(self.file):
            match entry:
                case Begun():
                    begun = entry
                case Measured():
                    bench = entry.bench
                    samples[entry.first :] = entry.samples
                case Whole():
                    whole = entry
        return Unfinished(begun, bench, tuple(samples), whole)

    def remove(self) -> None:
        """Deletes the journal."""
        self.file.close()
        self.path.unlink(missing_ok=True)


def orphans(place: Place) -> Iterator[Orphan]:
    """The journals whose programs have died, oldest first; each is closed after its turn."""
    for path in sorted((place.folder / FOLDER).glob(f"*{SUFFIX}")):
        try:
            file = path.open("r+b")
        except OSError:
            continue
        with file:
            if hold(file) and os.fstat(file.fileno()).st_nlink:
                yield Orphan(path, file)


def _new_file(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}{SUFFIX}"
    path = folder / name
    path.touch(0o600, exist_ok=False)
    file = path.open("r+b", buffering=0)
    try:
        hold(file, wait_s=LOCK_S)
        _reserve(file)
        file.write(MAGIC)
    except OSError:
        file.close()
        path.unlink(missing_ok=True)
        raise
    _flush_folder(folder)
    return file


def _reserve(file: IO[bytes]) -> None:
    """Takes room on the disk, where the system can. Raises OSError if there is none."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file.fileno(), 0, RESERVED_BYTES)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise


def _append(file: IO[bytes], entry: Entry) -> None:
    payload = zlib.compress(msgspec.json.encode(entry), 6)
    frame = FRAME.pack(len(payload), zlib.crc32(payload)) + payload
    start = file.tell()
    try:
        view = memoryview(frame)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())
    except OSError:
        file.seek(start)
        raise


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        return
    while len(head := file.read(FRAME.size)) == FRAME.size:
        length, checksum = FRAME.unpack(head)
        if not 0 < length <= LARGEST_ENTRY_BYTES:
            return
        payload = file.read(length)
        if len(payload) != length or zlib.crc32(payload) != checksum:
            return
        yield msgspec.json.decode(zlib.decompress(payload), type=Entry)


def _flush_folder(folder: Path) -> None:
    """The new name itself must outlive a power cut, where the system lets a folder be flushed."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
