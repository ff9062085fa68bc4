"""What does a bundle hold, if it holds what it says? Nothing of it is stored or shown before that.

A bundle is read twice, checked both times: once whole, before any of it is stored, then run by run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from advisor.bench.document import Samples
from advisor.history.exchange.expanded import Lines, opened
from advisor.history.exchange.limits import (
    LARGEST_EXPANDED,
    LARGEST_MANIFEST,
    LARGEST_RUN,
    LARGEST_SAMPLES,
    LARGEST_WHOLE,
    LONGEST_TEXT,
    MOST_ENTRIES,
    BadBundleError,
    check_not_ahead,
    check_text,
    checked_json,
    checked_run,
)
from advisor.history.exchange.manifest import Entry, Manifest, Marks, Signature
from advisor.history.exchange.signing import LONGEST_SIGNATURE, Signer, verify
from advisor.history.exchange.texts import fingerprint, moment, run_id
from advisor.history.record import Run
from advisor.history.rows import LONGEST_NOTE, LONGEST_TAG, Kept

MOST_MARKS = 100
LARGEST_MARKS = 512 * 2**10
LARGEST = {"run": LARGEST_RUN, "samples": LARGEST_SAMPLES, "marks": LARGEST_MARKS}
MARK = b'{"schema":"advisor.bundle/'
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A run from a bundle, with its samples, and the tags and notes that came with it."""

    kept: Kept
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Bundle:
    """A bundle that was read once and is what it says it is.

    `signer` is None if nobody signed it; `file_sha256` is of the file as it lies there.
    """

    def __init__(self, file: BinaryIO, name: str, signers: Path | None) -> None:
        self._file = file
        self._name = name
        lines = Lines(file, name)
        first = lines.read_line(LARGEST_MANIFEST, "the list of contents")
        self.manifest = _manifest(first or b"", name)
        self.signer: Signer | None = None
        if self.manifest.is_signed:
            assert first is not None
            line = lines.read_line(2 * LONGEST_SIGNATURE, "the signature")
            signature = _decoded(line or b"", Signature, f"the signature in {name}")
            self.signer = verify(first, signature.ssh, signers)
        elif signers is not None:
            raise BadBundleError(
                f"{name} is not signed", remedy="Without --signers it is taken as it is."
            )
        self._first = first
        for _ in self._entries(lines):
            pass
        self.file_sha256 = lines.sha256

    def runs(self) -> Iterator[Incoming]:
        """The runs one by one, each checked again."""
        lines = Lines(self._file, self._name)
        if lines.read_line(LARGEST_MANIFEST, "the list of contents") != self._first:
            raise BadBundleError(f"{self._name} has changed while it was read")
        if self.manifest.is_signed:
            lines.read_line(2 * LONGEST_SIGNATURE, "the signature")
        yield from self._entries(lines)

    def _entries(self, lines: Lines) -> Iterator[Incoming]:
        current: Incoming | None = None
        for entry in self.manifest.entries:
            content = _entry(lines, entry, self._name)
            what = f"the {entry.holds} '{entry.run}' in {self._name}"
            if entry.holds == "run":
                if current is not None:
                    yield current
                current = Incoming(Kept(_run(content, entry, what), content))
            else:
                assert current is not None
                current = _with(current, entry, content, what)
        if current is not None:
            yield current
        if lines.read_line(0, "what follows the last entry") is not None:
            raise BadBundleError(f"{self._name} holds more than it says")


@contextmanager
def bundle(path: Path, signers: Path | None = None) -> Iterator[Bundle]:
    """The bundle in a file, read and checked. Raises BadBundleError, InputError."""
    with opened(path) as file:
        yield Bundle(file, path.name, signers)


def read_bundle(path: Path) -> list[Run]:
    """The runs of a bundle, for whoever only looks at them. Raises BadBundleError, InputError."""
    with bundle(path) as found:
        return [each.kept.run for each in found.runs()]


def holds_bundle(path: Path) -> bool:
    """Whether a file says that it is a bundle. Raises BadBundleError, InputError."""
    with opened(path) as file:
        return Lines(file, path.name).begins_with(MARK)


def _manifest(first: bytes, name: str) -> Manifest:
    if not first.startswith(MARK):
        raise BadBundleError(f"{name} is no bundle", remedy="`advisor export` makes one.")
    manifest = _decoded(first, Manifest, f"the list of contents of {name}")
    if moment(manifest.created_at) is None:
        raise BadBundleError(f"{name} does not tell when it was made")
    if len(manifest.entries) > MOST_ENTRIES:
        raise BadBundleError(f"{name} has {len(manifest.entries):,} entries")
    if sum(entry.bytes for entry in manifest.entries) > LARGEST_EXPANDED:
        raise BadBundleError(f"{name} says that it holds over {LARGEST_EXPANDED:,} bytes")
    seen: set[tuple[str, str]] = set()
    run = None
    for entry in manifest.entries:
        what = f"the {entry.holds} '{entry.run[:80]}' in {name}"
        if run_id(entry.run) is None:
            raise BadBundleError(f"{what} has an id that is none")
        if not 0 < entry.bytes <= LARGEST[entry.holds]:
            raise BadBundleError(f"{what} has {entry.bytes:,} bytes")
        if fingerprint(entry.sha256) is None or len(entry.sha256) != 64:
            raise BadBundleError(f"{what} has a digest that is none")
        if (entry.holds, entry.run) in seen:
            raise BadBundleError(f"{what} is there twice")
        seen.add((entry.holds, entry.run))
        run = entry.run if entry.holds == "run" else run
        if entry.run != run:
            raise BadBundleError(f"{what} does not follow its run")
    if sum(entry.holds == "run" for entry in manifest.entries) != manifest.runs:
        raise BadBundleError(f"{name} does not hold as many runs as it says")
    return manifest


def _entry(lines: Lines, entry: Entry, name: str) -> bytes:
    what = f"the {entry.holds} '{entry.run}'"
    content = lines.read_line(entry.bytes, what)
    if content is None or len(content) < entry.bytes:
        raise BadBundleError(f"{name} is cut off", why=f"it lacks {what}")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BadBundleError(f"{what} in {name} has not the digest that it should have")
    return content


def _run(content: bytes, entry: Entry, what: str) -> Run:
    run = checked_run(content, what)
    if run.id != entry.run or (run.bench is not None and run.bench.id != run.id):
        raise BadBundleError(f"{what} holds another run")
    if moment(run.started_at) is None:
        raise BadBundleError(f"{what} does not tell when it began")
    check_not_ahead(run.started_at, what)
    if run.machine is None and run.source is None:
        raise BadBundleError(f"{what} does not tell the machine")
    if len(run.tags) > MOST_MARKS:
        raise BadBundleError(f"{what} has {len(run.tags):,} tags")
    return run


def _with(current: Incoming, entry: Entry, content: bytes, what: str) -> Incoming:
    if entry.holds == "samples":
        _check_samples(content, entry, what)
        kept = Kept(current.kept.run, current.kept.document, content)
        return Incoming(kept, current.tags, current.notes)
    marks = _decoded(content, Marks, what)
    if marks.run != entry.run or len(marks.tags) > MOST_MARKS or len(marks.notes) > MOST_MARKS:
        raise BadBundleError(f"{what} is no list of tags and notes")
    for text, longest in [
        *((tag, LONGEST_TAG) for tag in marks.tags),
        *((note, LONGEST_NOTE) for note in marks.notes),
    ]:
        check_text(text, what, longest)
    return Incoming(current.kept, marks.tags, marks.notes)


def _check_samples(content: bytes, entry: Entry, what: str) -> None:
    try:
        samples = msgspec.json.decode(content, type=Samples)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBundleError(f"{what} are none", why=str(error)[:200]) from None
    if samples.id != entry.run:
        raise BadBundleError(f"{what} are of another run")
    for stage in samples.stages:
        for request in stage.requests:
            numbers = (
                request.planned_us,
                request.sent_us,
                request.closed_us,
                request.input_tokens,
                request.cached_input_tokens,
                request.output_tokens,
                request.first_event_tokens,
            )
            for number in (*filter(None, numbers), *request.events_us):
                if not 0 <= number <= LARGEST_WHOLE:
                    raise BadBundleError(f"{what} hold a number that is none", why=f"{number}")
            if request.error is not None:
                check_text(request.error, what, LONGEST_TEXT)


def _decoded(content: bytes, kind: type[T], what: str) -> T:
    checked_json(content, what)
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBundleError(f"{what} is none", why=str(error)[:200]) from None
