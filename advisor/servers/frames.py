"""What do HTTP/2 frames ask of a client while they arrive, and has the answer ended?

RFC 9113, sections 4.1 and 6 (https://www.rfc-editor.org/rfc/rfc9113, read 2026-11-25). Only what
must be known while the clock runs: the nine-byte head of each frame, windows, and what wants an
answer. A connection carries one request, on stream 1.
"""

from __future__ import annotations

import struct

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 6, 7, 8, 9
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, PRIORITY = 0x4, 0x8, 0x20
STREAM = 1
HEAD_BYTES = 9
LARGEST_FRAME = 16_384
"""What either side may send unless the other asks for more, which nobody does here."""
FIRST_WINDOW, LARGEST_WINDOW = 65_535, 2**31 - 1
INITIAL_WINDOW_SIZE, ENABLE_PUSH = 4, 2


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    head = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream)
    return head + payload


OPENING = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    + frame(
        SETTINGS, 0, 0, struct.pack(">HIHI", ENABLE_PUSH, 0, INITIAL_WINDOW_SIZE, LARGEST_WINDOW)
    )
    + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", LARGEST_WINDOW - FIRST_WINDOW))
)
"""What a client says first: no pushes, and windows that never have to be opened again."""


class Follower:
    """Follows one connection from its first byte on.

    `is_settled`: the server's settings have come. `has_ended`: the answer is whole, or will never
    be. `is_leaving`: the server wants no new request. `partial` is the beginning of a frame whose
    rest has not come.
    """

    __slots__ = (
        "_block_ends_stream",
        "_connection_window",
        "_data_ends_stream",
        "_data_left",
        "_first_window",
        "_stream_window",
        "has_ended",
        "is_leaving",
        "is_settled",
        "partial",
    )

    def __init__(self) -> None:
        self.partial = b""
        self.is_settled = self.is_leaving = self.has_ended = False
        self._connection_window = self._stream_window = self._first_window = FIRST_WINDOW
        self._data_left = 0
        self._data_ends_stream = self._block_ends_stream = False

    def feed(self, data: bytes) -> bytes:
        """Takes what has arrived; returns what has to be answered at once, mostly nothing."""
        if self.partial:
            data = self.partial + data
        at, total, answers = 0, len(data), b""
        while not self.has_ended:
            if self._data_left:
                step = min(self._data_left, total - at)
                at += step
                self._data_left -= step
                if self._data_left:
                    break
                self.has_ended = self._data_ends_stream
                continue
            if total - at < HEAD_BYTES:
                break
            size = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
            kind, flags = data[at + 3], data[at + 4]
            if size > LARGEST_FRAME:
                self.has_ended = True
                break
            if kind == DATA:
                at += HEAD_BYTES
                self._data_left = size
                self._data_ends_stream = bool(flags & END_STREAM)
                self.has_ended = not size and self._data_ends_stream
                continue
            if total - at - HEAD_BYTES < size:
                break
            at += HEAD_BYTES + size
            on_stream = any(data[at - size - 4 : at - size])
            answers += self._control(kind, flags, on_stream, data[at - size : at])
        self.partial = b"" if self.has_ended else data[at:]
        return answers

    def release(self, unsent: memoryview) -> int:
        """How many bytes of encoded frames may be written now, whole frames; they are taken off
        the server's windows."""
        at = 0
        while at < len(unsent):
            size = int.from_bytes(unsent[at : at + 3])
            if unsent[at + 3] == DATA:
                if size > min(self._connection_window, self._stream_window):
                    break
                self._connection_window -= size
                self._stream_window -= size
            at += HEAD_BYTES + size
        return at

    def _control(self, kind: int, flags: int, on_stream: bool, payload: bytes) -> bytes:
        if kind == SETTINGS and not flags & ACK:
            self.is_settled = True
            for name, value in struct.iter_unpack(">HI", payload[: len(payload) // 6 * 6]):
                if name == INITIAL_WINDOW_SIZE:
                    self._stream_window += value - self._first_window
                    self._first_window = value
            return frame(SETTINGS, ACK, 0)
        if kind == PING and not flags & ACK:
            return frame(PING, ACK, 0, payload[:8].ljust(8, b"\0"))
        if kind == WINDOW_UPDATE and len(payload) == 4:
            opened = int.from_bytes(payload) & LARGEST_WINDOW
            if on_stream:
                self._stream_window += opened
            else:
                self._connection_window += opened
        elif kind == HEADERS:
            self._block_ends_stream = bool(flags & END_STREAM)
            self.has_ended = self._block_ends_stream and bool(flags & END_HEADERS)
        elif kind == CONTINUATION:
            self.has_ended = self._block_ends_stream and bool(flags & END_HEADERS)
        elif kind == RST_STREAM:
            self.has_ended = True
        elif kind == GOAWAY:
            last = int.from_bytes(payload[:4]) & LARGEST_WINDOW
            self.is_leaving = True
            self.has_ended = last < STREAM
        return b""
