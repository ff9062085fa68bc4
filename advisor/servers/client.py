"""How is a server asked a plain question, in bounded time and size, outside any measurement?"""

from __future__ import annotations

import socket
import time
from typing import Any

import msgspec

from advisor.servers.frames import OPENING, Follower
from advisor.servers.http import Answer, decode, encode, printable
from advisor.servers.opening import UnreachableError, open_connection
from advisor.servers.wire import Endpoint, Request, Transcript

__all__ = ["NOT_JSON", "Headers", "UnreachableError", "error_message", "exchange", "fetch"]

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
_READ_BYTES = 64 * 1024
_READ_COST = 128
"""What each read takes beside its bytes, so that single bytes fill no memory either."""
_SMALL_BYTES = 256 * 1024
_LAST_CHUNK = b"0\r\n\r\n"

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a server's bytes as JSON can raise."""

Headers = tuple[tuple[str, str], ...]


def fetch(
    endpoint: Endpoint,
    path: str,
    *,
    headers: Headers = (),
    body: bytes = b"",
    timeout_s: float = 5.0,
) -> Answer:
    """The answer to a GET, or to a POST of a JSON `body`. Redirects are not followed.

    Raises UnreachableError if no connection can be made; every later trouble is `Answer.error`.
    """
    if body:
        headers = (("Content-Type", "application/json"), *headers)
    request = Request("POST" if body else "GET", path, headers, body)
    transcript = exchange(endpoint, request, timeout_s=timeout_s)
    answer = decode(transcript)
    if transcript.failure and not answer.complete:
        return Answer(answer.status, answer.headers, answer.pieces, False, transcript.failure)
    return answer


def json_body(answer: Answer) -> Any | None:
    """The JSON value of a successful answer, or None if it holds none."""
    if answer.status != 200:
        return None
    try:
        return msgspec.json.decode(answer.body)
    except NOT_JSON:
        return None


def json_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of a successful answer, or an empty one."""
    value = json_body(answer)
    return value if isinstance(value, dict) else {}


def error_message(body: bytes) -> str:
    """What a server says went wrong, whichever common shape it says it in, on one line, cut."""
    try:
        value = msgspec.json.decode(body)
    except NOT_JSON:
        return printable(body)
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    return printable(value.encode() if isinstance(value, str) else msgspec.json.encode(value))


def exchange(endpoint: Endpoint, request: Request, *, timeout_s: float) -> Transcript:
    """Sends one request over its own connection and keeps what arrives, with its times.

    `timeout_s` bounds the whole exchange. Raises UnreachableError if no connection can be made.
    """
    deadline = time.monotonic() + timeout_s
    transcript = Transcript(http2=endpoint.route.http2)
    data = encode(request, endpoint)
    with open_connection(endpoint, timeout_s) as connection:
        try:
            if transcript.http2:
                _converse(connection, data, transcript, deadline)
            else:
                connection.sendall(data)
                transcript.sent_ns = time.perf_counter_ns()
                _receive(connection, transcript, deadline)
        except TimeoutError:
            transcript.failure = "timeout"
        except OSError:
            transcript.failure = "reset"
    transcript.closed_ns = time.perf_counter_ns()
    return transcript


def _receive(connection: socket.socket, transcript: Transcript, deadline: float) -> None:
    size = 0
    while data := _next(connection, transcript, deadline):
        size += len(data) + _READ_COST
        if size > LARGEST_ANSWER_BYTES:
            transcript.failure = "too_large"
            return
        if (size < _SMALL_BYTES or data.endswith(_LAST_CHUNK)) and decode(transcript).complete:
            return


def _converse(
    connection: socket.socket, request: bytes, transcript: Transcript, deadline: float
) -> None:
    """The same in HTTP/2: writes as far as the server's windows go, and answers what must be."""
    follower = Follower()
    connection.sendall(OPENING)
    unsent, size = memoryview(request), 0
    while not follower.has_ended:
        if released := follower.release(unsent):
            connection.sendall(unsent[:released])
            unsent = unsent[released:]
            transcript.sent_ns = time.perf_counter_ns()
        data = _next(connection, transcript, deadline)
        if not data:
            return
        size += len(data) + _READ_COST
        if size > LARGEST_ANSWER_BYTES:
            transcript.failure = "too_large"
            return
        connection.sendall(follower.feed(data))


def _next(connection: socket.socket, transcript: Transcript, deadline: float) -> bytes:
    """What arrives next, kept with its time; nothing at the connection's end."""
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    connection.settimeout(left_s)
    data = connection.recv(_READ_BYTES)
    if data:
        transcript.received.append((time.perf_counter_ns(), data))
    return data
