"""What does a file hold, line by line, without ever holding more of it than a line may have?

Plain or compressed by gzip: the compressed one is expanded piece by piece.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from advisor.errors import InputError
from advisor.history.exchange.limits import LARGEST_EXPANDED, LARGEST_FILE, BadBundleError

GZIP = b"\x1f\x8b"
PIECE = 2**16
GZIP_BITS = 16 + zlib.MAX_WBITS


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file itself, never what a link names, a device or a pipe. Raises InputError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            raise BadBundleError(f"{path} is a link", remedy="Name the file itself.")
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read {path}", why=reason or "") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadBundleError(f"{path} is no file")
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        yield file


class Lines:
    """The lines of a file from its beginning, each no longer than is asked for.

    `read_line` gives one without its end, None after the last; `sha256` is the file's own once all
    of it was read. Raises BadBundleError for what is damaged, cut off or too large.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        file.seek(0)
        self._file = file
        self._name = name
        self._sha256 = hashlib.sha256()
        self._waiting = b""
        self._read_bytes = 0
        self._expanded_bytes = 0
        self._is_last = False
        self._pending = self._raw()
        is_gzip = self._pending.startswith(GZIP)
        self._inflate = zlib.decompressobj(GZIP_BITS) if is_gzip else None

    @property
    def sha256(self) -> str:
        """Of what was read of the file so far."""
        return self._sha256.hexdigest()

    def begins_with(self, mark: bytes) -> bool:
        """Whether the content does; before the first line is read."""
        while len(self._waiting) < len(mark) and (more := self._more()):
            self._waiting += more
        return self._waiting.startswith(mark)

    def read_line(self, longest: int, what: str) -> bytes | None:
        """The next line, or None at the end."""
        pieces: list[bytes] = []
        size = 0
        while True:
            end = self._waiting.find(b"\n")
            if end >= 0:
                pieces.append(self._waiting[:end])
                self._waiting = self._waiting[end + 1 :]
            else:
                pieces.append(self._waiting)
                self._waiting = b""
            size += len(pieces[-1])
            if size > longest:
                raise BadBundleError(
                    f"{what} in {self._name} is longer than {longest:,} bytes",
                    why="no such line is read any further",
                )
            if end >= 0:
                return b"".join(pieces)
            self._waiting = self._more()
            if not self._waiting:
                return b"".join(pieces) if size else None

    def read_all(self, longest: int) -> bytes:
        """All that is left."""
        pieces = [self._waiting]
        size = len(self._waiting)
        while piece := self._more():
            pieces.append(piece)
            size += len(piece)
            if size > longest:
                raise BadBundleError(f"{self._name} is larger than {longest:,} bytes")
        return b"".join(pieces)

    def _more(self) -> bytes:
        """The next piece of the content, empty at the end."""
        while not self._is_last:
            piece, self._pending = self._pending or self._raw(), b""
            if self._inflate is None:
                self._is_last = not piece
                content = piece
            else:
                content = self._expand(self._inflate, piece)
            self._expanded_bytes += len(content)
            if self._expanded_bytes > LARGEST_EXPANDED:
                raise BadBundleError(f"{self._name} expands to over {LARGEST_EXPANDED:,} bytes")
            if content:
                return content
        return b""

    def _expand(self, inflate: zlib._Decompress, piece: bytes) -> bytes:
        try:
            content = inflate.decompress(piece, PIECE)
        except zlib.error as error:
            raise BadBundleError(f"{self._name} is damaged", why=str(error)[:80]) from None
        self._pending = inflate.unconsumed_tail
        if inflate.eof:
            self._is_last = True
            if inflate.unused_data or self._raw():
                raise BadBundleError(f"{self._name} goes on after its end")
        elif not piece and not content:
            raise BadBundleError(f"{self._name} is cut off")
        return content

    def _raw(self) -> bytes:
        piece = self._file.read(PIECE)
        self._read_bytes += len(piece)
        if self._read_bytes > LARGEST_FILE:
            raise BadBundleError(f"{self._name} is larger than {LARGEST_FILE:,} bytes")
        self._sha256.update(piece)
        return piece
