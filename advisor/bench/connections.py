"""How does a connection get ready before its request is due, on every platform?

Sockets do not block: the load generator lets a connection proceed whenever the selector says so,
until it is open (past a proxy, its TLS handshake done, HTTP/2 agreed on) and its request is
written.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE

from advisor.bench.load import READ_COST, Exchange
from advisor.servers.frames import OPENING, Follower
from advisor.servers.opening import LONGEST_TUNNEL_ANSWER, tunnel_refusal

READ_BYTES = 65_536
MOST_GREETINGS = 64
"""Reads of frames that come before they are asked for."""
LAST_CHUNK = b"\r\n0\r\n\r\n"


class ProxyRefusedError(OSError):
    """The proxy opens no way to the server."""


class Connection:
    """A socket on its way from being opened to the end of its one exchange.

    The hot path uses `receiving`, `recv`, `keep`, `left`, `is_last` and, with TLS, `decrypted`
    (bytes that wait unseen by the selector); all else happens in `proceed`. `has_ended` is set if
    the answer was whole before the request was.
    """

    __slots__ = (
        "_follower",
        "_opening",
        "_released",
        "_socket",
        "_unsent",
        "decrypted",
        "events",
        "exchange",
        "has_ended",
        "is_closed",
        "is_last",
        "is_open",
        "keep",
        "left",
        "number",
        "receiving",
        "recv",
        "since_ns",
    )

    def __init__(
        self,
        plain: socket.socket,
        *,
        tunnel: bytes,
        tls: ssl.SSLContext | None,
        host: str,
        http2: bool,
    ) -> None:
        self._socket = plain
        self._follower = Follower() if http2 else None
        self._opening = self._open(tunnel, tls, host)
        self._unsent = self._released = memoryview(b"")
        self.number = plain.fileno()
        self.recv = plain.recv
        self.decrypted: Callable[[], int]
        self.is_last: Callable[[bytes], bool] = self._follow if http2 else _is_last_chunk
        self.events = EVENT_WRITE
        self.is_open = self.is_closed = self.receiving = self.has_ended = False
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
        if self._follower is not None:
            exchange.transcript.http2 = True
            if self._follower.partial:
                self.keep((time.perf_counter_ns(), self._follower.partial))

    def proceed(self) -> int:
        """Goes on opening, then writing, as far as it goes; returns the event to wait for.

        Raises OSError (ssl.SSLError among them) if it can go no further.
        """
        for event in self._opening:
            return event
        try:
            if self._unsent or self._released:
                return self._write() if self._follower is None else self._write_frames()
        except ssl.SSLWantReadError:
            return EVENT_READ
        except (ssl.SSLWantWriteError, BlockingIOError, InterruptedError):
            return EVENT_WRITE
        return EVENT_READ

    def still_waits(self) -> bool:
        """Whether a connection in reserve is still good after what the server said on it.

        On HTTP/1.1 a server that speaks before it is asked closes a connection that waited too
        long; on HTTP/2 it may send frames that do not matter yet. Raises OSError as `proceed`.
        """
        try:
            for _ in range(MOST_GREETINGS):
                data = self.recv(READ_BYTES)
                if not data or self._follower is None:
                    return False
                if self._follow(data) or self._follower.is_leaving:
                    return False
        except (ssl.SSLWantReadError, BlockingIOError, InterruptedError):
            return True
        return False

    def close(self) -> None:
        self.is_closed = True
        self.is_last = _is_last_chunk
        self._socket.close()

    def _open(self, tunnel: bytes, tls: ssl.SSLContext | None, host: str) -> Iterator[int]:
        """Opens the connection; yields the event to wait for wherever it has to wait."""
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "connect")
        if tunnel:
            yield from self._patiently(lambda: self._socket.sendall(tunnel))
            yield from self._pass_proxy()
        if tls is not None:
            secure = tls.wrap_socket(
                self._socket, server_hostname=host, do_handshake_on_connect=False
            )
            self._socket, self.recv, self.decrypted = secure, secure.recv, secure.pending
            yield from self._patiently(secure.do_handshake)
        if self._follower is not None:
            yield from self._patiently(lambda: self._socket.sendall(OPENING))
            for _ in range(MOST_GREETINGS):
                if not self._follower.is_settled:
                    yield from self._patiently(self._greet)
            if not self._follower.is_settled:
                raise ConnectionResetError
        self.is_open = True
        self.since_ns = time.perf_counter_ns()

    def _patiently(self, act: Callable[[], object]) -> Iterator[int]:
        while True:
            try:
                act()
                return
            except ssl.SSLWantReadError:
                yield EVENT_READ
            except ssl.SSLWantWriteError:
                yield EVENT_WRITE
            except (BlockingIOError, InterruptedError):
                yield EVENT_READ

    def _pass_proxy(self) -> Iterator[int]:
        answer = b""

        def listen() -> None:
            nonlocal answer
            data = self._socket.recv(4096)
            if not data or len(answer) > LONGEST_TUNNEL_ANSWER:
                raise ProxyRefusedError
            answer += data

        while b"\r\n\r\n" not in answer:
            yield from self._patiently(listen)
        if tunnel_refusal(answer) is not None:
            raise ProxyRefusedError

    def _greet(self) -> None:
        """Reads the server's first frames."""
        data = self.recv(READ_BYTES)
        if not data or self._follow(data):
            raise ConnectionResetError

    def _write(self) -> int:
        while self._unsent:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        self._note_sent()
        return EVENT_READ

    def _write_frames(self) -> int:
        """Writes as far as the server's windows go, and reads what may open them."""
        assert self._follower is not None
        while True:
            while self._released:
                self._released = self._released[self._socket.send(self._released) :]
            if released := self._follower.release(self._unsent):
                self._released, self._unsent = self._unsent[:released], self._unsent[released:]
                continue
            if not self._unsent:
                self._note_sent()
                return EVENT_READ
            data = self.recv(READ_BYTES)
            self.left -= len(data) + READ_COST
            if not data or self.left < 0:
                raise ConnectionResetError
            self.keep((time.perf_counter_ns(), data))
            if self._follow(data):
                self._unsent = memoryview(b"")
                self._note_sent()
                self.has_ended = True
                return EVENT_READ

    def _note_sent(self) -> None:
        assert self.exchange is not None
        self.exchange.transcript.sent_ns = time.perf_counter_ns()
        self.receiving = True

    def _follow(self, data: bytes) -> bool:
        """Whether frames end the answer; what they ask for is answered."""
        assert self._follower is not None
        answers = self._follower.feed(data)
        if answers:
            with suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                self._socket.sendall(answers)
        return self._follower.has_ended


def _is_last_chunk(data: bytes) -> bool:
    return data.endswith(LAST_CHUNK) or data == LAST_CHUNK[2:]


def failure_name(error: OSError) -> str:
    """The name under which a connection that did not open is counted."""
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, ProxyRefusedError):
        return "proxy_refused"
    return "connect_refused" if error.errno == errno.ECONNREFUSED else "connect_failed"
