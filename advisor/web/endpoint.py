"""How is the exposition served over HTTP? Read-only, to few at once, on loopback unless told.

A scrape must not disturb a measurement: the history is read at most every `FRESH_S`, and not at all
while a scheduled run is at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, SHUT_RDWR, socket
from socketserver import TCPServer
from threading import BoundedSemaphore, Lock, Thread, Timer
from typing import Any
from urllib.parse import urlsplit

from advisor.documents import know_types
from advisor.errors import AdvisorError, InputError
from advisor.servers.listening import Address, in_url, parse_address
from advisor.web.latest import Latest
from advisor.web.metrics import CONTENT_TYPE, render
from advisor.web.watch import Watch

FRESH_S = 15.0
ASK_S = 5.0
"""How long a client may be silent."""

LONGEST_S = 30.0
"""How long it may take in all, so that one that dribbles does not keep its place."""

MOST_AT_ONCE = 4
EXPOSED = (
    "ids of machines, names of models, servers and APIs, speeds, watts, break-even and the schedule"
)


def scraped_at(typed: str, *, exposed: bool) -> Address:
    """The address to be scraped at; beyond this machine only if `exposed`. Raises InputError."""
    address = parse_address(typed)
    if not address.is_local and not exposed:
        raise InputError(
            f"{address.host} can be reached from other machines",
            why=f"whoever connects would read {EXPOSED}, without a password",
            remedy="Listen on 127.0.0.1, or add --expose if that is wanted.",
        )
    return address


class Exposition:
    """What is answered, with the history as it was read last; not read anew while `busy`."""

    def __init__(
        self,
        read: Callable[[], Latest],
        watch: Watch | None = None,
        *,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read, self._watch, self._busy = read, watch, busy
        self._lock = Lock()
        self._latest: Latest | None = None
        self._read_at_s: float | None = None

    def content(self) -> bytes:
        """The exposition of this moment."""
        with self._lock:
            state = self._watch.state() if self._watch else None
            is_busy = self._busy() or (state is not None and state.running)
            if self._read_at_s is None or (
                not is_busy and time.monotonic() - self._read_at_s > FRESH_S
            ):
                try:
                    self._latest = self._read()
                except AdvisorError:
                    self._latest = None
                self._read_at_s = time.monotonic()
            return render(self._latest, state)


@contextmanager
def listening(address: Address, content: Callable[[], bytes]) -> Iterator[str]:
    """Answers at `address` as long as it lasts; gives the URL. Raises AdvisorError."""
    try:
        server = _Server(address, content)
    except OSError as error:
        raise AdvisorError(
            f"cannot listen on {address.host}, port {address.port}",
            why=error.strerror or str(error),
            remedy="Choose another port for --metrics.",
        ) from None
    know_types()
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield f"http://{in_url(address.host)}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = ASK_S
    server_version, sys_version = "advisor", ""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the standard error is for the scheduler's events."""

    def _answer(self, *, body: bool) -> None:
        found = urlsplit(self.path).path == "/metrics"
        content = self.server.content() if found else b"The metrics are at /metrics.\n"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", CONTENT_TYPE if found else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    """A thread a client, of which there are few; further ones are turned away."""

    daemon_threads = True
    request_queue_size = MOST_AT_ONCE

    def __init__(self, address: Address, content: Callable[[], bytes]) -> None:
        self.address_family = AF_INET6 if ":" in address.host else AF_INET
        self.address, self.content = address, content
        self._free = BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without asking a name server for this machine's name, as the base class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.address.host, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = Timer(LONGEST_S, _hang_up, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a client that went away."""


def _hang_up(client: socket) -> None:
    with suppress(OSError):
        client.shutdown(SHUT_RDWR)
