"""How does a client's traffic pass to its server, untouched, while its tokens are counted?

One thread a connection; answers pass as they arrive. The client's key goes to the server that was
named and nowhere else, and is not written down; nor is anything that was asked or answered.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.servers.wire import Endpoint
from advisor.usage.proxy.counting import Events, Taken, Whole, asking_for_usage

TIMEOUT_S = 600.0
PIECE_BYTES = 64 * 1024
LARGEST_REQUEST = 256 * 2**20
_OF_THE_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
"""Headers of one connection, which do not pass (RFC 9110, section 7.6.1)."""
_OWN = _OF_THE_HOP | {"host", "content-length", "accept-encoding", "expect"}


class Log:
    """The counts, one JSON object a line, as `advisor usage import` reads them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.counted = 0
        self.uncounted = 0

    def keep(self, record: bytes | None) -> None:
        """Writes a record; None counts an answer that told no usage."""
        with self._lock:
            if record is None:
                self.uncounted += 1
                return
            self.counted += 1
            self._file.write(record)
            self._file.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, at: tuple[str, int], to: Endpoint, log: Log) -> None:
        self.to = to
        self.log = log
        super().__init__(at, _Handler)


@contextmanager
def passing(at: tuple[str, int], to: Endpoint, path: Path) -> Iterator[tuple[str, Log]]:
    """A pass-through at that address while the block lasts: its URL and its log.

    Raises AdvisorError if the port is taken or the log cannot be written.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise AdvisorError(f"cannot write {path}", why=error.strerror or str(error)) from None
    with file:
        log = Log(file)
        try:
            server = _Server(at, to, log)
        except OSError as error:
            why = error.strerror or str(error)
            raise AdvisorError(f"cannot listen at {at[0]}:{at[1]}", why=why) from None
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            host, port = server.server_address[:2]
            yield f"http://{host!s}:{port}", log
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _pass(self) -> None:
        body = self._body()
        if body is None:
            return
        more = asking_for_usage(self.path, body) if self.command == "POST" else None
        try:
            answer = self._ask(body if more is None else more)
            if more is not None and answer.status in (400, 422):
                answer.close()
                more = None
                answer = self._ask(body)
        except (OSError, http.client.HTTPException) as error:
            self._fail(502, f"no answer from {self.server.to.url}: {type(error).__name__}")
            return
        with contextlib.closing(answer):
            self._answer(answer, hides_usage=more is not None)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _pass  # noqa: N815

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self._fail(411, "send the request with its length")
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_REQUEST:
            self._fail(413, "the request is too long")
            return None
        return self.rfile.read(int(length))

    def _ask(self, body: bytes) -> http.client.HTTPResponse:
        to = self.server.to
        connection: http.client.HTTPConnection
        if to.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                to.host, to.port, timeout=TIMEOUT_S, context=context
            )
        else:
            connection = http.client.HTTPConnection(to.host, to.port, timeout=TIMEOUT_S)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        headers |= {"Accept-Encoding": "identity", "Connection": "close"}
        connection.request(self.command, to.path + self.path, body or None, headers)
        return connection.getresponse()

    def _answer(self, answer: http.client.HTTPResponse, *, hides_usage: bool) -> None:
        taken = Taken()
        is_stream = "text/event-stream" in (answer.getheader("Content-Type") or "")
        part = Events(taken, hides_usage=hides_usage) if is_stream else Whole(taken)
        length = answer.getheader("Content-Length")
        is_bare = self.command == "HEAD" or answer.status in (204, 304)
        may_shorten = is_stream and hides_usage
        is_chunked = (length is None or may_shorten) and not is_bare
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            is_length = name.lower() == "content-length"
            if name.lower() not in _OF_THE_HOP and not (is_length and is_chunked):
                self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while not is_bare and (data := answer.read1(PIECE_BYTES)):
                self._send(part.passing(data), is_chunked)
            self._send(part.end(), is_chunked)
            if is_chunked:
                self.wfile.write(b"0\r\n\r\n")
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        if self.command == "POST" and answer.status == 200:
            self.server.log.keep(taken.record(now()))

    def _send(self, data: bytes, is_chunked: bool) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if is_chunked else data)

    def _fail(self, status: int, message: str) -> None:
        body = json.dumps({"error": {"message": message, "type": "advisor_proxy"}}).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *arguments: Any) -> None:
        """Nothing: a request's line may hold a key."""
