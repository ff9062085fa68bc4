"""How is one request put into HTTP/2 frames, and when did each piece of its answer arrive?

RFC 9113 (frames) and RFC 7541 (header fields), https://www.rfc-editor.org, read 2026-11-25.
Requests are encoded before any clock starts; answers are decoded after the stream has ended, from
the raw bytes that a load generator kept. Nothing here raises on what a server sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor._version import __version__
from advisor.servers.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEAD_BYTES,
    HEADERS,
    LARGEST_FRAME,
    PADDED,
    PRIORITY,
    RST_STREAM,
    STREAM,
    frame,
)
from advisor.servers.http import LONGEST_HEAD, Answer, Piece, cut_at_reads, printable
from advisor.servers.wire import Endpoint, Request

NEVER_INDEXED = b"\x10"
"""Of a field with its name spelled out: no table on the way keeps it (RFC 7541, section 6.2.3)."""
MOST_BLOCKS = 16
"""Blocks of header fields before the answer's own (early hints and the like) and after it."""
ERRORS = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR")


def encode(request: Request, endpoint: Endpoint, authority: str) -> bytes:
    """The request's frames; the server is asked not to compress."""
    fields = [
        (":method", request.method),
        (":scheme", endpoint.scheme),
        (":authority", authority),
        (":path", f"{endpoint.path}{request.path}"),
        ("user-agent", f"local-or-api/{__version__}"),
        ("accept-encoding", "identity"),
        *((name.lower(), value) for name, value in request.headers),
    ]
    if request.body or request.method not in ("GET", "HEAD"):
        fields.append(("content-length", str(len(request.body))))
    block = b"".join(NEVER_INDEXED + _text(name) + _text(value) for name, value in fields)
    heads, bodies = _cut(block), _cut(request.body)
    ending = 0 if bodies else END_STREAM
    frames = [
        frame(
            CONTINUATION if index else HEADERS,
            (0 if index else ending) | (END_HEADERS if index == len(heads) - 1 else 0),
            STREAM,
            part,
        )
        for index, part in enumerate(heads)
    ]
    frames += [
        frame(DATA, END_STREAM if index == len(bodies) - 1 else 0, STREAM, part)
        for index, part in enumerate(bodies)
    ]
    return b"".join(frames)


def status(received: list[Piece]) -> bytes:
    """The three digits of the status, empty if no answer came."""
    told = _taken_apart(received)
    return told.headers.get(":status", "").encode("latin-1") if told else b""


def decode(received: list[Piece]) -> Answer:
    """Takes the answer out of its frames."""
    told = _taken_apart(received)
    if told is None:
        raw = b"".join(data for _, data in received[:16])
        return Answer(error="not_http", error_detail=printable(raw[:100]))
    code = told.headers.pop(":status", "")
    if not (len(code) == 3 and code.isascii() and code.isdigit()):
        return Answer(error=told.error or "no_answer", error_detail=told.detail)
    encoding = told.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", ""):
        detail = encoding[:100]
        return Answer(int(code), told.headers, error="content_encoding", error_detail=detail)
    error = told.error or (None if told.whole else "truncated")
    pieces = cut_at_reads(told.raw, received, told.spans)
    complete = told.whole and error is None
    return Answer(int(code), told.headers, pieces, complete, error, told.detail)


@dataclass(slots=True)
class _Told:
    """What the frames of one stream said."""

    raw: bytes
    headers: dict[str, str] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    whole: bool = False
    error: str | None = None
    detail: str = ""


def _taken_apart(received: list[Piece]) -> _Told | None:
    """All frames, one after the other; None where they are none."""
    raw = b"".join(data for _, data in received)
    told = _Told(raw)
    blocks: list[bytes] = []
    at, total, open_block, ends = 0, len(raw), False, False
    while total - at >= HEAD_BYTES and not told.whole and told.error is None:
        size = int.from_bytes(raw[at : at + 3])
        kind, flags, stream = raw[at + 3], raw[at + 4], int.from_bytes(raw[at + 5 : at + 9])
        if size > LARGEST_FRAME:
            if not told.spans and not blocks:
                return None
            told.error = "malformed_http"
            break
        start, at = at + HEAD_BYTES, at + HEAD_BYTES + size
        if kind == DATA and stream == STREAM:
            begin, end = _unpadded(raw, start, min(at, total), flags)
            if end > begin:
                told.spans.append((begin, end))
            told.whole = bool(flags & END_STREAM) and at <= total
        elif at > total:
            break
        elif kind == HEADERS:
            begin, end = _unpadded(raw, start, at, flags)
            blocks.append(raw[begin + (5 if flags & PRIORITY else 0) : end])
            open_block, ends = not flags & END_HEADERS, bool(flags & END_STREAM)
            told.whole = ends and not open_block
        elif kind == CONTINUATION and open_block:
            blocks[-1] += raw[start:at]
            open_block = not flags & END_HEADERS
            told.whole = ends and not open_block
        elif kind == RST_STREAM or (kind == GOAWAY and not _last_stream(raw, start)):
            code = int.from_bytes(raw[start + (4 if kind == GOAWAY else 0) :][:4])
            name = ERRORS[code] if code < len(ERRORS) else f"error {code}"
            told.error, told.detail = "reset", f"the server ended the stream (HTTP/2 {name})"
        if len(blocks) > MOST_BLOCKS or (blocks and len(blocks[-1]) > LONGEST_HEAD):
            told.error = "malformed_http"
    if open_block:
        blocks.pop()
    _read_blocks(blocks, told)
    return told


def _read_blocks(blocks: list[bytes], told: _Told) -> None:
    """The header fields of the answer: the first block that is not merely informational."""
    from hpack import Decoder, HPACKError

    decoder = Decoder(max_header_list_size=LONGEST_HEAD)
    try:
        for block in blocks:
            fields = {
                bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
                for name, value in decoder.decode(block, raw=True)
            }
            if not told.headers.get(":status", "1").startswith("1"):
                break
            told.headers = fields
    except (HPACKError, ValueError, IndexError):
        told.error = told.error or "malformed_http"


def _last_stream(raw: bytes, start: int) -> int:
    return int.from_bytes(raw[start : start + 4]) & 0x7FFF_FFFF


def _unpadded(raw: bytes, start: int, end: int, flags: int) -> tuple[int, int]:
    if not flags & PADDED or start >= end:
        return start, end
    return start + 1, max(start + 1, end - raw[start])


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + LARGEST_FRAME] for at in range(0, len(data), LARGEST_FRAME)]


def _text(text: str) -> bytes:
    """A string as a field holds it: its length in seven bits and more, then itself."""
    data = text.encode("latin-1")
    size = len(data)
    if size < 127:
        return bytes([size]) + data
    size -= 127
    length = b"\x7f"
    while size >= 128:
        length += bytes([size % 128 + 128])
        size //= 128
    return length + bytes([size]) + data
