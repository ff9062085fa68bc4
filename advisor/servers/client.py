"""How is a server asked a plain question, in bounded time and size, outside any measurement?"""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

import msgspec

from advisor.errors import AdvisorError
from advisor.servers.http import Answer, decode, encode, printable
from advisor.servers.wire import Endpoint, Request, Transcript

LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
_READ_BYTES = 64 * 1024
_SMALL_BYTES = 256 * 1024
_LAST_CHUNK = b"0\r\n\r\n"

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a server's bytes as JSON can raise."""

Headers = tuple[tuple[str, str], ...]


class UnreachableError(AdvisorError):
    """No connection could be made; nothing was sent."""


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
    transcript = Transcript()
    with _connect(endpoint, timeout_s) as connection:
        try:
            connection.sendall(encode(request, endpoint))
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
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)
        data = connection.recv(_READ_BYTES)
        if not data:
            return
        transcript.received.append((time.perf_counter_ns(), data))
        size += len(data)
        if size > LARGEST_ANSWER_BYTES:
            transcript.failure = "too_large"
            return
        if (size < _SMALL_BYTES or data.endswith(_LAST_CHUNK)) and decode(transcript).complete:
            return


def _connect(endpoint: Endpoint, timeout_s: float) -> socket.socket:
    try:
        connection = socket.create_connection((endpoint.host, endpoint.port), timeout_s)
    except OSError as error:
        raise _unreachable(endpoint, error) from None
    if endpoint.scheme != "https":
        return connection
    try:
        context = ssl.create_default_context()
        return context.wrap_socket(connection, server_hostname=endpoint.host)
    except (OSError, ValueError) as error:
        connection.close()
        raise _tls_problem(endpoint, error) from None


def _unreachable(endpoint: Endpoint, error: OSError) -> UnreachableError:
    what = f"no server answers at {endpoint.url}"
    if isinstance(error, ConnectionRefusedError):
        return UnreachableError(
            what,
            why="nothing listens on that port",
            remedy="Start the server, or correct --url.",
        )
    if isinstance(error, socket.gaierror):
        why = f"the host name '{endpoint.host}' is not known"
    elif isinstance(error, TimeoutError):
        why = "no connection within the time limit"
    else:
        why = error.strerror or str(error)
    return UnreachableError(
        what, why=why, remedy="Check the address and that the host can be reached."
    )


def _tls_problem(endpoint: Endpoint, error: Exception) -> UnreachableError:
    what = f"no secure connection to {endpoint.url}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnreachableError(
            what,
            why=f"its certificate is not trusted ({error.verify_message})",
            remedy="Set SSL_CERT_FILE to the certificate of its authority.",
        )
    if isinstance(error, TimeoutError):
        return UnreachableError(what, why="no TLS handshake within the time limit")
    return UnreachableError(
        what,
        why="it does not speak TLS there",
        remedy="Try http:// instead of https://.",
    )
