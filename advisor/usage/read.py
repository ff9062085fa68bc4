"""What do these files, folders and addresses hold, and which of their lines cannot be read?

A file's source is told by what it holds. A bad record is noted with where it stands and why, and
the rest is read; nothing noted shows what a record held.
"""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from advisor.errors import InputError
from advisor.usage.document import Problem
from advisor.usage.ledger import Ledger
from advisor.usage.sources.server_metrics import Look, is_metrics, looks, settle
from advisor.usage.sources.source import JsonSource
from advisor.usage.tell_apart import (
    Envelope,
    elements,
    header_of,
    is_lines,
    json_source,
    table_source,
)

LONGEST_LINE = 16 * 2**20
TOO_LONG = "it is longer than 16 MiB"
LARGEST_WHOLE = 256 * 2**20
HEAD_BYTES = 2**20
PROBLEMS_KEPT = 20
MOST_FILES = 100_000
GZIP = b"\x1f\x8b"

BAD = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, IndexError, csv.Error)
"""What a source raises at a record that it cannot take."""


@dataclass(slots=True)
class Reading:
    """Everything that was read so far."""

    ledger: Ledger = field(default_factory=Ledger)
    problems: list[Problem] = field(default_factory=list)
    bad_lines: int = 0
    without_usage: int = 0
    records: int = 0
    notes: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    pages: int = 0
    last_pages: int = 0

    def bad(self, origin: str, line: int, error: Exception) -> None:
        """Notes a record that cannot be taken."""
        self.bad_lines += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(Problem(origin=origin, line=line, why=_plain(error)))

    def took(self, held_usage: bool) -> None:
        if held_usage:
            self.records += 1
        else:
            self.without_usage += 1

    def finish(self) -> None:
        """Settles what needs everything to be read. Raises InputError if nothing was found."""
        self.notes += settle(self.looks, self.ledger)
        if self.pages and not self.last_pages:
            self.notes.append("The last page says that more follow: the export is not whole.")
        if not (self.records or self.looks or self.ledger.kept):
            why = "nothing in them holds token counts"
            if self.bad_lines:
                first = self.problems[0]
                why = f"all {self.bad_lines} records are bad; "
                why += f"{first.origin}:{first.line}: {first.why}"
            raise InputError("no usage found", why=why, remedy="docs/usage.md lists what is read.")


def _plain(error: Exception) -> str:
    """An error's reason in which no value of the record can stand."""
    if isinstance(error, msgspec.ValidationError):
        return str(error)[:200]
    if isinstance(error, msgspec.MsgspecError):
        return "it is not JSON, or was cut off"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, IndexError):
        return "it has fewer columns than the header"
    return str(error)[:200] if type(error) is ValueError else "it cannot be read"


def read_path(path: Path, into: Reading) -> None:
    """A file, or every file in a folder. Raises InputError for what cannot be opened; in a folder,
    files of no known source are passed over and counted in a note."""
    if not path.is_dir():
        _read_file(path, into, path.name)
        return
    unknown = 0
    for number, file in enumerate(_files(path)):
        if number >= MOST_FILES:
            raise InputError(f"{path} holds over {MOST_FILES:,} files")
        try:
            _read_file(file, into, str(file.relative_to(path)))
        except InputError:
            unknown += 1
    if unknown:
        into.notes.append(f"{unknown} files in {path.name} are of no known source or empty.")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def _read_file(path: Path, into: Reading, origin: str) -> None:
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no regular file", remedy="Save what it gives in a file.")
    before = into.records
    try:
        with _opened(path) as file:
            head = file.read(HEAD_BYTES)
            if b"\n" not in head:
                head += file.readline(LONGEST_LINE)
        if is_metrics(head) and head.lstrip()[:1] not in (b"{", b"["):
            with _opened(path) as file:
                text = file.read(LARGEST_WHOLE)
            into.looks += looks(text, path.stat().st_mtime)
            if not any(part.startswith(b"# 20") for part in head.splitlines()[:1]):
                into.notes.append(f"The time of the look in {origin} is that of its last change.")
            return
        into.ledger.begin_file()
        _read_records(path, head, into, origin)
        into.ledger.end_file()
    except FileNotFoundError:
        raise InputError(f"there is no {path}", remedy="Name a file, a folder or a URL.") from None
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        if into.records > before:
            into.bad(origin, into.records - before + 1, ValueError(f"from here on {why}"))
            into.ledger.end_file()
            return
        raise InputError(f"cannot read {path}", why=why) from None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
        file.seek(0)
        if not is_packed:
            yield file
            return
        with gzip.open(file) as inside:
            yield inside  # type: ignore[misc]


def _read_records(path: Path, head: bytes, into: Reading, origin: str) -> None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InputError(f"{origin} is empty")
    if start[:1] == b"<":
        raise InputError(
            f"{origin} is a web page, not usage",
            why="a login or an error page was saved in place of the data",
        )
    if start[:1] not in (b"{", b"["):
        _read_table(path, head, into, origin)
    elif is_lines(start, is_whole=len(head) < HEAD_BYTES):
        _read_lines(path, start, into, origin)
    else:
        with _opened(path) as file:
            content = file.read(LARGEST_WHOLE + 1)
        if len(content) > LARGEST_WHOLE:
            raise InputError(
                f"{origin} is one JSON document of over 256 MiB",
                remedy="Write it one record a line: jq -c '.[]' FILE > FILE.jsonl",
            )
        _page(read_document(content, into, origin), into)


def _page(envelope: Envelope, into: Reading) -> None:
    into.pages += envelope.is_page
    into.last_pages += envelope.is_page and not envelope.has_more


def read_document(content: bytes, into: Reading, origin: str) -> Envelope:
    """A whole JSON document: one record, a list of them, or a page of an API's answer. Returns what
    the page says of the next. Raises InputError if it is none or of no known source."""
    try:
        envelope = elements(content)
        samples = [msgspec.json.decode(raw) for raw in envelope.records[:200]]
    except BAD as error:
        raise InputError(f"{origin} is not JSON", why=_plain(error)) from None
    if not envelope.records and envelope.is_page:
        return envelope
    source = json_source(samples)
    if source is None:
        raise _unknown(origin)
    take = source.reader(into.ledger)
    for number, raw in enumerate(envelope.records, 1):
        _take(take, raw, into, origin, number)
    return envelope


def _take(take: Any, record: Any, into: Reading, origin: str, number: int) -> None:
    try:
        into.took(take(record))
    except BAD as error:
        into.bad(origin, number, error)


def _read_lines(path: Path, start: bytes, into: Reading, origin: str) -> None:
    source, is_paged = _source_of_lines(start)
    if source is None:
        raise _unknown(origin)
    take = source.reader(into.ledger)
    records = without = number = 0
    try:
        with _opened(path) as file:
            for number, line in enumerate(_bounded(file), 1):
                try:
                    if line is None:
                        raise ValueError(TOO_LONG)
                    if is_paged and b'"data"' in line:
                        page = elements(line)
                        _page(page, into)
                        for raw in page.records:
                            _take(take, raw, into, origin, number)
                    elif take(line):
                        records += 1
                    else:
                        without += 1
                except BAD as error:
                    if line is None or not line.isspace():
                        into.bad(origin, number, error)
    finally:
        into.records += records
        into.without_usage += without


def _bounded(file: IO[bytes]) -> Iterator[bytes | None]:
    """The lines of a file, None for one that is longer than LONGEST_LINE."""
    while line := file.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None


def _source_of_lines(start: bytes) -> tuple[JsonSource | None, bool]:
    """The source of a file's first lines, and whether they are whole pages of an API's answer."""
    samples: list[Any] = []
    is_paged = False
    for line in start.splitlines()[:500]:
        try:
            page = elements(line)
            is_paged |= page.is_page
            samples += [msgspec.json.decode(raw) for raw in page.records[:50]]
        except BAD:
            continue
    return json_source(samples), is_paged


def _read_table(path: Path, head: bytes, into: Reading, origin: str) -> None:
    header, dialect = header_of(head)
    source = table_source(header)
    if source is None:
        raise _unknown(origin)
    take = source.reader(into.ledger, header)
    csv.field_size_limit(LONGEST_LINE)
    with _opened(path) as file:
        texts = _Texts(file)
        rows = csv.reader(texts, delimiter=dialect)
        try:
            next(rows)
        except BAD as error:
            raise InputError(
                f"{origin} has no header that can be read", why=_plain(error)
            ) from error
        while True:
            texts.row_bytes = 0
            try:
                row = next(rows)
                if row:
                    into.took(take(row))
            except StopIteration:
                break
            except BAD as error:
                into.bad(origin, texts.number, error)


class _Texts:
    """The lines of a table. Instead of one with which its row grows beyond LONGEST_LINE it raises
    ValueError, and goes on behind that."""

    def __init__(self, file: IO[bytes]) -> None:
        self._lines = _bounded(file)
        self.number = 0
        self.row_bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.row_bytes += len(line or b"")
        if line is None or self.row_bytes > LONGEST_LINE:
            raise ValueError(TOO_LONG)
        return line.decode("utf-8", "replace").replace("\0", "").removeprefix("\ufeff")


def _unknown(origin: str) -> InputError:
    return InputError(
        f"{origin} is of no known source",
        why="nothing in it holds token counts in a form that is known",
        remedy="docs/usage.md lists what is read; a CSV with date, input_tokens, output_tokens is.",
    )


def read_all(targets: Sequence[str], into: Reading) -> None:
    """Files, folders and URLs, in that order. Raises AdvisorError for what cannot be had."""
    for target in targets:
        if target.startswith(("http://", "https://")):
            from advisor.usage.fetch import read_url

            read_url(target, into)
        else:
            read_path(Path(target), into)
    into.finish()
