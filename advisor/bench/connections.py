"""How does a connection get ready before its request is due, on every platform?

Sockets do not block: the load generator lets a connection proceed whenever the selector says so,
until it is open, its TLS handshake is done and its request is written.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from advisor.bench.load import Exchange
from advisor.errors import AdvisorError
from advisor.servers.wire import Endpoint

_IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)}


class Dialer:
    """Begins connections to one endpoint, whose name is resolved once."""

    def __init__(self, endpoint: Endpoint, *, timeout_s: float = 10.0) -> None:
        """Finds an address that accepts connections. Raises AdvisorError if none does."""
        self._host = endpoint.host
        self._tls = ssl.create_default_context() if endpoint.scheme == "https" else None
        self._family, self._address = _reachable_address(endpoint, timeout_s)

    def dial(self) -> Connection:
        """A connection that has begun to open. Raises OSError if it failed at once."""
        plain = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = plain.connect_ex(self._address)
            if code not in _IN_PROGRESS:
                raise OSError(code, "connect")
        except OSError:
            plain.close()
            raise
        return Connection(plain, self._tls, self._host)


class Connection:
    """A socket on its way from being opened to the end of its one exchange.

    The hot path uses `receiving`, `recv`, `keep` and `left`; all else happens in `proceed`.
    """

    __slots__ = (
        "_host",
        "_socket",
        "_tls",
        "_unsent",
        "events",
        "exchange",
        "is_open",
        "keep",
        "left",
        "number",
        "receiving",
        "recv",
        "since_ns",
    )

    def __init__(self, plain: socket.socket, tls: ssl.SSLContext | None, host: str) -> None:
        self._socket = plain
        self._tls = tls
        self._host = host
        self._unsent = memoryview(b"")
        self.number = plain.fileno()
        self.recv = plain.recv
        self.events = EVENT_WRITE
        self.is_open = False
        self.receiving = False
        self.exchange: Exchange | None = None
        self.keep: Callable[[tuple[int, bytes]], None]
        self.left = 0
        self.since_ns = time.perf_counter_ns()

    def take(self, exchange: Exchange, most_bytes: int) -> None:
        """Makes the exchange this connection's own; `proceed` then writes its request."""
        self.exchange = exchange
        self.keep = exchange.transcript.received.append
        self.left = most_bytes
        self._unsent = memoryview(exchange.request.data)

    def proceed(self) -> int:
        """Goes on opening, then writing, as far as it goes; returns the event to wait for.

        Raises OSError (ssl.SSLError among them) if it can go no further.
        """
        try:
            if not self.is_open:
                self._open()
            if self._unsent:
                self._write()
        except ssl.SSLWantReadError:
            return EVENT_READ
        except (ssl.SSLWantWriteError, BlockingIOError, InterruptedError):
            return EVENT_WRITE
        return EVENT_READ

    def close(self) -> None:
        self._socket.close()

    def _open(self) -> None:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "connect")
        if self._tls is not None and not isinstance(self._socket, ssl.SSLSocket):
            self._socket = self._tls.wrap_socket(
                self._socket, server_hostname=self._host, do_handshake_on_connect=False
            )
            self.recv = self._socket.recv
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()
        self.is_open = True
        self.since_ns = time.perf_counter_ns()

    def _write(self) -> None:
        assert self.exchange is not None
        while self._unsent:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        self.exchange.transcript.sent_ns = time.perf_counter_ns()
        self.receiving = True


def failure_name(error: OSError) -> str:
    """The name under which a connection that did not open is counted."""
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "connect_refused" if error.errno == errno.ECONNREFUSED else "connect_failed"


def allow_sockets(count: int) -> None:
    """Raises the limit of open files for `count` sockets. Raises AdvisorError if it may not be."""
    try:
        import resource
    except ImportError:
        return
    needed = count + 64
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    except (ValueError, OSError):
        raise AdvisorError(
            f"{count} connections at once are not possible here",
            why=f"this process may open {soft} files",
            remedy=f"Raise the limit (`ulimit -n {needed}`) or ask for a lower concurrency.",
        ) from None


def _reachable_address(endpoint: Endpoint, timeout_s: float) -> tuple[socket.AddressFamily, Any]:
    what = f"no server answers at {endpoint.url}"
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError:
        why = f"the host name '{endpoint.host}' is not known"
        raise AdvisorError(what, why=why, remedy="Correct the address.") from None
    why = "it has no address"
    for family, _, _, _, address in found:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                trial.settimeout(timeout_s)
                trial.connect(address)
                return family, address
        except OSError as error:
            why = error.strerror or str(error)
    raise AdvisorError(what, why=why, remedy="Start the server, or correct the address.")
