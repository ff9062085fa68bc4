"""How is a device on the network asked, in bounded time and size?"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from advisor._version import __version__
from advisor.documents import Unknown

LIMIT_S = 2.0
LARGEST_BYTES = 64 * 1024
READ_BYTES = 8 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")


class Wire:
    """One connection, until its deadline. Both methods raise OSError."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self._received = b""

    def send(self, data: bytes) -> None:
        self._bound()
        self.connection.sendall(data)

    def until(self, ending: bytes) -> bytes:
        """What comes before the next `ending`; with none, all until the connection's end."""
        while not (ending and ending in self._received):
            self._bound()
            data = self.connection.recv(READ_BYTES)
            if not data:
                if ending:
                    raise ConnectionResetError("it closed the connection")
                return self._received
            self._received += data
            if len(self._received) > LARGEST_BYTES:
                raise OSError(f"it sends more than {LARGEST_BYTES} bytes")
        before, _, self._received = self._received.partition(ending)
        return before

    def _bound(self) -> None:
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self.connection.settimeout(left_s)


@contextmanager
def connected(host: str, port: int, *, encrypted: bool = False) -> Iterator[Wire]:
    """A connection that lasts LIMIT_S at most. Raises OSError."""
    deadline = time.monotonic() + LIMIT_S
    with socket.create_connection((host, port), LIMIT_S) as plain:
        if not encrypted:
            yield Wire(plain, deadline)
            return
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as hidden:
            yield Wire(hidden, deadline)


def json_from(url: str) -> Any | Unknown:
    """The JSON that a GET of an http or https address answers with. No redirect is followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    # HTTP/1.0, so that the answer comes in one piece and ends with the connection.
    request = (
        f"GET {target} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
        f"User-Agent: local-or-api/{__version__}\r\nAccept: application/json\r\n"
        "Connection: close\r\n\r\n"
    )
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    try:
        with connected(host, port, encrypted=parts.scheme == "https") as wire:
            wire.send(request.encode("ascii", "replace"))
            answer = wire.until(b"")
    except (OSError, UnicodeError) as error:
        return Unknown(trouble(error))
    return _json_in(answer)


def trouble(error: Exception) -> str:
    """Why a device gave no answer, in a few words."""
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens at that address"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "its host name is not known"
    if isinstance(error, TimeoutError):
        return f"no whole answer within {LIMIT_S:g} s"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _json_in(answer: bytes) -> Any | Unknown:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = _STATUS.match(head + b"\r\n")
    if status is None:
        return Unknown("it does not answer in HTTP")
    if status[1] == b"401":
        return Unknown("it asks for a password, which is not supported")
    if status[1] != b"200":
        return Unknown(f"it answers with HTTP status {status[1].decode()}")
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        return Unknown("its answer is no JSON")
