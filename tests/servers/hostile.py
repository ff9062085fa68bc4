"""A server that does wrong, one way at a time: each has a name, and a port while it runs.

It lists one model like vLLM does, and answers completions in OpenAI's shape, unless the behaviour
takes over: at completions only, or everywhere.
"""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MARK = "\x1b]0;owned\x07\x00\u202e[red]"
"""What must not reach a terminal: an escape sequence, NUL, a right-to-left override."""


def event(text: str = " word", usage: object = None, finish: str | None = None) -> bytes:
    """One event of a completion."""
    choices = [] if usage is not None else [{"index": 0, "text": text, "finish_reason": finish}]
    counted = {} if usage is None else {"usage": usage}
    return b"data: " + json.dumps({"choices": choices, **counted}).encode() + b"\n\n"


def counted(prompt: object, completion: object) -> bytes:
    return event(usage={"prompt_tokens": prompt, "completion_tokens": completion})


DONE = b"data: [DONE]\n\n"
STREAM = event() * 16


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def whole(body: bytes, head: bytes = CHUNKED) -> bytes:
    return head + chunk(body) + b"0\r\n\r\n"


def says(data: bytes) -> Behaviour:
    """Sends that and closes."""
    return lambda connection: connection.sendall(data)


def for_ever(head: bytes, again: bytes, pause_s: float = 0.0) -> Behaviour:
    """Sends `head`, then `again` until nobody listens."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(again)
            time.sleep(pause_s)

    return behave


def drips(data: bytes, pause_s: float) -> Behaviour:
    """Sends that byte by byte."""

    def behave(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(pause_s)

    return behave


def many(head: bytes, part: bytes, count: int, tail: bytes) -> Behaviour:
    """Sends `part` so many times in between."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        block = part * 1000
        for _ in itertools.repeat(None, count // 1000):
            connection.sendall(block)
        connection.sendall(tail)

    return behave


def waits(connection: socket.socket) -> None:
    """Says nothing at all."""
    connection.settimeout(600)
    connection.recv(1)


_JSON = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


def told(status: bytes, body: bytes) -> bytes:
    return _JSON % (status, len(body), body)


NESTED = b'{"choices":' + b"[" * 100_000
EVIL = json.dumps({"error": {"message": f"no {MARK} model"}}).encode()
LINE = b'data: {"choices":[{"text":"' + b"x" * 10_000_000

LENGTH = OK + b"Content-Length: "
GZIPPED = OK + b"Content-Encoding: gzip\r\n\r\n"
BROKEN_TEXT = b'data: {"choices":[{"text":"\xff\xfe"}]}\n\n'
BOMB = b"X-Bomb: " + b"y" * 1000 + b"\r\n"
SLOW = {"timeout", "interrupted", "malformed"}

WRONG_STREAMS: dict[str, tuple[Behaviour, set[str]]] = {
    "endless stream": (for_ever(CHUNKED, chunk(event() * 500)), {"too_large"}),
    "endless line": (for_ever(OK + b"\r\n", b"x" * 65_536), {"too_large", "malformed"}),
    "ten megabytes in one line": (says(whole(LINE)), {"malformed"}),
    "invalid utf-8": (says(whole(BROKEN_TEXT + DONE)), {"malformed"}),
    "length too long": (says(LENGTH + b"99999\r\n\r\n" + STREAM), {"truncated"}),
    "length too short": (says(LENGTH + b"70\r\n\r\n" + STREAM + DONE), {"malformed"}),
    "length negative": (says(LENGTH + b"-5\r\n\r\n" + STREAM), {"malformed_http"}),
    "two lengths": (
        says(LENGTH + b"70\r\nContent-Length: 9999\r\n\r\n" + STREAM + DONE),
        {"malformed_http"},
    ),
    "error in a 200": (says(told(b"200 OK", EVIL)), {"error_body"}),
    "error in a stream": (
        says(whole(STREAM + b"data: " + EVIL + b"\n\n" + DONE)),
        {"error_body"},
    ),
    "error with escapes": (says(told(b"500 Oops", EVIL)), {"http_500"}),
    "error without end": (for_ever(b"HTTP/1.1 500 Oops\r\n\r\n", b"x" * 65_536), {"http_500"}),
    "usage negative": (says(whole(STREAM + counted(-1, -1) + DONE)), {"usage_implausible"}),
    "usage huge": (says(whole(STREAM + counted(10**18, 10**18) + DONE)), {"usage_implausible"}),
    "usage larger still": (
        says(whole(STREAM + counted(10**400, 1) + DONE)),
        {"usage_implausible"},
    ),
    "usage NaN": (says(whole(STREAM + counted(float("nan"), 16) + DONE)), {"malformed"}),
    "usage as text": (says(whole(STREAM + counted("12", "16") + DONE)), {"usage_implausible"}),
    "usage as truth": (says(whole(STREAM + counted(True, True) + DONE)), {"usage_implausible"}),
    "no end marker": (says(OK + b"\r\n" + STREAM), {"no_end_marker"}),
    "chunk too short": (says(CHUNKED + b"5\r\n" + STREAM), {"malformed_http", "malformed"}),
    "chunk too long": (says(CHUNKED + b"ffff\r\n" + STREAM), {"truncated"}),
    "chunk of all memory": (says(CHUNKED + b"7fffffffffffffff\r\n" + STREAM), {"truncated"}),
    "gzip": (says(GZIPPED + gzip.compress(STREAM + DONE)), {"content_encoding"}),
    "deep json": (says(whole(b"data: " + NESTED + b"\n\n" + DONE)), {"malformed"}),
    "a million events": (
        many(OK + b"\r\n", b"data: {}\n\n", 1_000_000, DONE),
        {"no_tokens", "too_large"},
    ),
    "a million tokens": (many(OK + b"\r\n", event("a"), 1_000_000, DONE), {"too_large"}),
    "endless headers": (for_ever(OK, BOMB * 60), {"too_large", "interrupted"}),
    "garbage before the status": (says(b"\0\0garbage\r\n" + whole(STREAM)), {"not_http"}),
    "nothing": (says(b""), {"no_answer"}),
    "silence": (waits, SLOW),
    "slow head": (drips(CHUNKED * 100, 0.05), SLOW),
    "slow body": (for_ever(CHUNKED + b"fffff\r\n", b"x", 0.05), SLOW),
}
"""What a stream may do, and the names under which it may be counted."""

SOUND_STREAMS: dict[str, bytes] = {
    "http 1.0": b"HTTP/1.0 200 OK\r\n\r\n" + STREAM + counted(12, 16) + DONE,
    "zeros before the usage": whole((event() + counted(0, 0)) * 16 + counted(12, 16) + DONE),
    "usage as a list before it": whole(STREAM + event(usage=[1]) + counted(12, 16) + DONE),
}
"""What is unusual and yet sound: 12 tokens in, 16 out."""

MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://%b\r\nContent-Length: 0\r\n\r\n"

WRONG_LISTS: dict[str, Behaviour] = {
    "endless list": for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b'{"data": [' + b" " * 65_536),
    "slow head": drips(CHUNKED * 100, 0.05),
    "slow body": for_ever(CHUNKED + b"fffff\r\n", b"x", 0.05),
    "silence": waits,
    "nothing": says(b""),
    "deep list": says(told(b"200 OK", b'{"data":' + b"[" * 100_000)),
    "endless headers": for_ever(OK, BOMB),
    "garbage": says(b"\x1b[2J\0SSH-2.0-" + MARK.encode() + b"\r\n"),
    "gzip": says(GZIPPED + gzip.compress(b'{"data": []}')),
    "escapes in an error": says(told(b"403 No", EVIL)),
    "escapes in a redirect": says(
        b"HTTP/1.1 302 Found\r\nLocation: http://"
        + MARK.encode()
        + b"\r\nContent-Length: 0\r\n\r\n"
    ),
    "no list": says(told(b"200 OK", b'{"data": 5}')),
    "an error instead": says(told(b"200 OK", EVIL)),
}
"""What a server may do to every question; none of it is a language model's server."""


@dataclass
class Hostile:
    """A running server and the heads of the requests that it got."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def hostile(
    behaviour: Behaviour, *, everywhere: bool = False, every: int = 1, model: str = "m"
) -> Iterator[Hostile]:
    """A server with that behaviour, at every `every`th completion or `everywhere`."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = Hostile(listener.getsockname()[1])
    asked = itertools.count(1)
    models = json.dumps({"data": [{"id": model, "owned_by": "vllm"}]}).encode()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head, body = read(connection)
            if not head:
                return
            server.heads.append(head.decode("latin-1"))
            if everywhere:
                behaviour(connection)
            elif head.startswith(b"GET /v1/models"):
                connection.sendall(told(b"200 OK", models))
            elif not head.startswith(b"POST"):
                connection.sendall(told(b"404 Not Found", b"{}"))
            elif next(asked) % every:
                answer(connection, json.loads(body))
            else:
                behaviour(connection)

    def answer(connection: socket.socket, request: dict) -> None:
        tokens = int(request["max_tokens"])
        words = len(str(request["prompt"]).split())
        connection.sendall(CHUNKED)
        for _ in range(tokens):
            connection.sendall(chunk(event()))
            time.sleep(0.001)
        connection.sendall(chunk(counted(words, tokens) + DONE) + b"0\r\n\r\n")

    def read(connection: socket.socket) -> tuple[bytes, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            data = connection.recv(65_536)
            if not data:
                return b"", b""
            received += data
        head, _, body = received.partition(b"\r\n\r\n")
        size = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        while len(body) < size:
            body += connection.recv(65_536)
        return head, body

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
