"""What did a server send over HTTP, and when did each piece arrive?

Requests are encoded before any clock starts; answers are decoded after the stream has ended, from
the raw bytes that a load generator kept. Nothing here raises on what a server sent.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from unicodedata import category

from advisor._version import __version__
from advisor.servers.secret import hide
from advisor.servers.wire import Endpoint, Request, Transcript

LONGEST_HEAD = 64 * 1024
LONGEST_CHUNK_LINE = 1024
_SIZE = rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]{0,1000})?\r?\n"
_FIRST_SIZE = re.compile(_SIZE)
_NEXT_SIZE = re.compile(rb"\r?\n" + _SIZE)
_UNFINISHED_SIZE = re.compile(rb"(?:\r?\n)?[ \t]*[0-9a-fA-F]{0,16}[ \t]*(?:;[^\n]*)?\r?")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Piece = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer taken out of its framing.

    `headers` has lower-case names. `pieces` are (time of the read, bytes of the body) in order.
    `complete` says that the framing marked the end of the body (a body that ends with the
    connection never is). `error` is None or one of "no_answer", "not_http", "truncated",
    "malformed_http", "content_encoding".
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    complete: bool = False
    error: str | None = None
    error_detail: str = ""

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


def encode(request: Request, endpoint: Endpoint) -> bytes:
    """The request's bytes; the server is asked to close after its answer and not to compress.

    A proxy on the way is told the whole address (RFC 9112, section 3.2.2).
    """
    host = endpoint.bracketed_host
    if endpoint.port != _DEFAULT_PORTS.get(endpoint.scheme):
        host = f"{host}:{endpoint.port}"
    route = endpoint.route
    if route.http2:
        from advisor.servers import http2

        return http2.encode(request, endpoint, host)
    to_proxy = route.proxy is not None and endpoint.scheme == "http"
    origin = f"http://{host}" if to_proxy else ""
    lines = [
        f"{request.method} {origin}{endpoint.path}{request.path} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: local-or-api/{__version__}",
        "Accept-Encoding: identity",
        "Connection: close",
        *(f"{name}: {value}" for name, value in request.headers),
    ]
    if to_proxy and route.proxy and route.proxy.authorization:
        lines.append(f"Proxy-Authorization: {route.proxy.authorization}")
    if request.body or request.method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


def decode(transcript: Transcript) -> Answer:
    """Takes the answer out of its framing: chunked, counted, or until the connection's end."""
    received = transcript.received
    if transcript.http2 and received:
        from advisor.servers import http2

        return http2.decode(received)
    raw = b"".join(data for _, data in received)
    if not raw:
        return Answer(error="no_answer", error_detail="the server sent nothing")
    at = 0
    while True:
        head, body_at = _head(raw, at)
        status = _status(head[0]) if head else None
        if status is None:
            return Answer(error="not_http", error_detail=printable(raw[:100]))
        if not 100 <= status < 200 or status == 101:
            break
        at = body_at
    headers = _headers(head[1:])
    if headers is None:
        return Answer(status, error="malformed_http", error_detail="it has two lengths")
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", ""):
        return Answer(status, headers, error="content_encoding", error_detail=encoding[:100])

    error: str | None = None
    complete = True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        spans, error = _chunks(raw, body_at)
    else:
        end, complete, error = _counted(headers, body_at, len(raw), status)
        spans = [(body_at, end)]
    pieces = cut_at_reads(raw, received, spans)
    return Answer(status, headers, pieces, complete and error is None, error)


def printable(data: bytes, longest: int = 300) -> str:
    """Text out of bytes that may be anything: harmless to a terminal, on one line, cut.

    A key of ours in it is hidden: some servers repeat what they were sent.
    """
    text = hide(data[: 4 * longest + LONGEST_HEAD].decode("utf-8", "replace"))
    words = " ".join(text[: 4 * longest].split())[:longest]
    return "".join(
        character if category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for character in words
    )


def _head(raw: bytes, at: int) -> tuple[list[str], int]:
    """The lines of the head that starts at `at`, and where the body begins."""
    end = raw.find(b"\r\n\r\n", at, at + LONGEST_HEAD)
    width = 4
    if end < 0:
        end = raw.find(b"\n\n", at, at + LONGEST_HEAD)
        width = 2
    if end < 0:
        return [], at
    return raw[at:end].decode("latin-1").split("\n"), end + width


def _status(line: str) -> int | None:
    version, _, rest = line.strip().partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit()):
        return None
    return int(code) if len(code) == 3 else None


def _headers(lines: list[str]) -> dict[str, str] | None:
    """The last value of each; None if it is not clear where the body ends (RFC 9112, 6.3)."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "content-length" and headers.get(name, value) != value:
            return None
        if colon:
            headers[name] = value
    return headers


def _counted(
    headers: dict[str, str], at: int, total: int, status: int
) -> tuple[int, bool, str | None]:
    """Where a body without chunks ends, whether it is known to be whole, and an error."""
    if status in (204, 304):
        return at, True, None
    length = headers.get("content-length")
    if length is None:
        return total, False, None
    if not (length.isascii() and length.isdigit() and len(length) < 19):
        return total, False, "malformed_http"
    end = at + int(length)
    return min(end, total), True, None if end <= total else "truncated"


def _chunks(raw: bytes, at: int) -> tuple[list[tuple[int, int]], str | None]:
    """The spans of the chunks that start at `at`, and an error."""
    spans: list[tuple[int, int]] = []
    total = len(raw)
    size_line = _FIRST_SIZE.match(raw, at)
    while size_line is not None:
        size = int(size_line[1], 16)
        if size == 0:
            return spans, None
        start = size_line.end()
        at = start + size
        if at > total:
            spans.append((start, total))
            return spans, "truncated"
        spans.append((start, at))
        size_line = _NEXT_SIZE.match(raw, at)
    rest = raw[at : at + LONGEST_CHUNK_LINE]
    unfinished = len(rest) < LONGEST_CHUNK_LINE and _UNFINISHED_SIZE.fullmatch(rest)
    return spans, "truncated" if unfinished else "malformed_http"


def cut_at_reads(raw: bytes, received: list[Piece], spans: list[tuple[int, int]]) -> list[Piece]:
    """The spans, cut where one read ended and the next began, with the times of the reads."""
    pieces: list[Piece] = []
    ends = list(accumulate(len(data) for _, data in received))
    read = bisect_right(ends, spans[0][0]) if spans else 0
    for start, end in spans:
        at = start
        while at < end:
            while ends[read] <= at:
                read += 1
            cut = min(end, ends[read])
            pieces.append((received[read][0], raw[at:cut]))
            at = cut
    return pieces
