"""How is a foreign header read so that no lie in it can pass the file's end or fill the memory?"""

from __future__ import annotations

import os
import struct
from typing import IO

Scalar = int | float | bool
Value = Scalar | str | tuple[Scalar, ...] | None
"""A metadata value; arrays of texts and long arrays, which are not needed, are read as None."""

_MOST_ARRAY_ITEMS = 2_000_000
"""Several times the merges of the largest tokenizers."""
_MOST_ITEMS_IN_ALL = 4_000_000
_MOST_HEADER_BYTES = 64 << 20
"""Headers with the largest tokenizers take a third of it; one on a hub may have half."""
_SHORT_BYTES = 4_096
_MOST_KEPT_ITEMS = 4_096
_MOST_TEXT_BYTES = 16 << 20

_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_TEXT = 8
_ARRAY = 9


class DamagedError(Exception):
    """The header cannot be what it says."""


class Bounded:
    """Reads a file's header in steps, each held against the file's size."""

    def __init__(self, stream: IO[bytes], size_bytes: int) -> None:
        self._stream = stream
        self._items = 0
        self._left_bytes = _MOST_HEADER_BYTES
        self.size_bytes = size_bytes

    def tell(self) -> int:
        return self._stream.tell()

    def integer(self, width: int) -> int:
        return int.from_bytes(self.bytes(width), "little")

    def count(self, what: str, most: int) -> int:
        count = self.integer(8)
        if count > most:
            raise DamagedError(f"its header counts {count:,} {what}")
        return count

    def text(self, most_bytes: int = _MOST_TEXT_BYTES) -> str:
        length = self.integer(8)
        if length > most_bytes:
            raise DamagedError(f"its header holds a text of {length:,} bytes")
        return self.bytes(length).decode("utf-8", "replace")

    def value(self) -> tuple[Value, int]:
        """A value, and how many items it has (1 if it is no array)."""
        kind = self.integer(4)
        if kind == _TEXT:
            return self.text(), 1
        if kind == _ARRAY:
            return self._array()
        layout = _scalar(kind)
        value: Scalar = layout.unpack(self.bytes(layout.size))[0]
        return value, 1

    def bytes(self, length: int) -> bytes:
        self._left_bytes -= length
        if self._left_bytes < 0:
            raise DamagedError(f"its header is longer than {_MOST_HEADER_BYTES >> 20} MiB")
        found = self._stream.read(length)
        if len(found) < length:
            raise DamagedError("it ends inside its header")
        return found

    def _array(self) -> tuple[Value, int]:
        kind = self.integer(4)
        items = self.count("items of an array", _MOST_ARRAY_ITEMS)
        self._items += items
        if self._items > _MOST_ITEMS_IN_ALL:
            raise DamagedError(f"the arrays of its header hold {self._items:,} items")
        if kind == _TEXT:
            for _ in range(items):
                self._skip(self.integer(8))
            return None, items
        layout = _scalar(kind)
        if items > _MOST_KEPT_ITEMS:
            self._skip(items * layout.size)
            return None, items
        content = self.bytes(items * layout.size)
        return tuple(value[0] for value in layout.iter_unpack(content)), items

    def _skip(self, length: int) -> None:
        if length > self.size_bytes:
            raise DamagedError("it ends inside its header")
        if length > _SHORT_BYTES:
            self._stream.seek(length, os.SEEK_CUR)
        elif length:
            self.bytes(length)


def _scalar(kind: int) -> struct.Struct:
    if kind not in _SCALARS:
        raise DamagedError(f"its header holds a value of the unknown type {kind}")
    return _SCALARS[kind]
