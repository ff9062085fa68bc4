"""Does the load generator keep every byte with its time, whatever the server does?"""

from __future__ import annotations

import gc
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from known_timing import read_log, timed
from real_models import missing

from advisor.bench.dialing import Dialer
from advisor.bench.engine import _Loop, run_load
from advisor.bench.load import Exchange, Limits, Load, Prepared
from advisor.errors import AdvisorError
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.http import decode, encode
from advisor.servers.wire import Completion, Endpoint, Request


class Repeat:
    """Drives a fixed number of like requests."""

    def __init__(self, server: OpenAIServer | None, count: int, data: bytes = b"") -> None:
        self.server, self.count, self.data, self.made = server, count, data, 0
        self.stopped = False

    def request(self) -> Prepared:
        self.made += 1
        data = self.data
        if self.server is not None:
            completion = Completion(prompt="one two", output_tokens=8, seed=self.made)
            data = encode(self.server.request("timed", completion), self.server.endpoint)
        return Prepared(data, 2, 8, self.made)

    def ended(self, exchange: Exchange) -> int | None:
        return exchange.transcript.closed_ns if self.made < self.count else None

    def tick(self, now_ns: int, load: Load) -> bool:
        return not self.stopped

    def idle(self) -> None:
        return


@contextmanager
def scripted(
    *answers: Callable[[socket.socket], None], at_once: bool = False
) -> Iterator[Endpoint]:
    """A server that treats its first connections as told, one after the other or at once."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def serve() -> None:
        listener.accept()[0].close()  # the trial connection of the dialer
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if at_once:
                threading.Thread(target=treat, args=(answer, connection), daemon=True).start()
            else:
                treat(answer, connection)

    def treat(answer: Callable[[socket.socket], None], connection: socket.socket) -> None:
        with connection:
            answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Endpoint("http", "127.0.0.1", listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def load_of(endpoint: Endpoint, driver: Repeat, streams: int = 1, **limits: float) -> Load:
    load = Load()
    run_load(endpoint, driver, [0] * streams, limits=Limits(**limits), load=load)  # type: ignore[arg-type]
    return load


@pytest.mark.parametrize("streams", [1, 5, 40])
def test_every_event_is_kept_and_none_earlier_than_it_was_sent(streams: int) -> None:
    with timed("--ttft-ms", "20", "--itl-ms", "5") as server:
        load = load_of(server.endpoint, Repeat(server, 2 * streams), streams, load_s=30)
        log = read_log(server.endpoint.url)
    assert len(load.exchanges) == 2 * streams
    for exchange in load.exchanges:
        read = server.read(exchange.transcript)
        truth = log[exchange.request.seed]
        assert read.error is None
        assert len(read.event_ns) == read.output_tokens == 8
        assert all(seen >= sent for seen, sent in zip(read.event_ns, truth["sent_ns"], strict=True))
        assert load.started_ns <= exchange.transcript.sent_ns <= exchange.transcript.closed_ns


def test_planned_starts_are_kept_and_not_waited_for() -> None:
    starts_ns = [0, 20_000_000, 40_000_000]
    limits, load = Limits(load_s=10), Load()
    with timed("--ttft-ms", "60", "--itl-ms", "5") as server:
        driver = Repeat(server, 0)
        run_load(server.endpoint, driver, starts_ns, limits=limits, load=load, open_loop=True)
    planned = sorted(e.transcript.planned_ns - load.started_ns for e in load.exchanges)  # type: ignore[operator]
    assert planned == starts_ns
    assert all(e.transcript.sent_ns >= (e.transcript.planned_ns or 0) for e in load.exchanges)


def test_a_chunked_answer_ends_even_if_the_server_keeps_the_connection() -> None:
    def keep_open(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        )
        connection.recv(1)

    with scripted(keep_open, keep_open) as endpoint:
        load = load_of(endpoint, Repeat(None, 1, b"GET / HTTP/1.1\r\n\r\n"), load_s=5)
    assert load.exchanges[0].transcript.failure is None
    assert decode(load.exchanges[0].transcript).body == b"ab"


def test_a_waiting_connection_that_the_server_closed_is_replaced() -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def close(connection: socket.socket) -> None:
        return

    with scripted(answer, close, answer, close, close) as endpoint:
        load = load_of(endpoint, Repeat(None, 2, b"GET / HTTP/1.1\r\n\r\n"), load_s=5)
    assert [e.status for e in load.exchanges] == [b"200", b"200"]
    assert [e.transcript.failure for e in load.exchanges] == [None, None]


def test_silence_and_size_end_an_exchange() -> None:
    def hang(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.settimeout(5)
        connection.recv(1)

    def flood(connection: socket.socket) -> None:
        connection.recv(1000)
        with pytest.raises(OSError):
            while True:
                connection.sendall(b"x" * 100_000)

    request = b"GET / HTTP/1.1\r\n\r\n"
    with scripted(hang) as endpoint:
        load = load_of(endpoint, Repeat(None, 1, request), silence_s=0.2, load_s=5)
    assert load.exchanges[0].transcript.failure == "timeout"
    with scripted(flood) as endpoint:
        load = load_of(endpoint, Repeat(None, 1, request), exchange_bytes=500_000, load_s=5)
    assert load.exchanges[0].transcript.failure == "too_large"


def test_the_end_of_the_load_cuts_what_is_open() -> None:
    with timed("--ttft-ms", "10", "--itl-ms", "2000") as server:
        load = load_of(server.endpoint, Repeat(server, 3), 3, load_s=0.3)
    assert load.cut == 3
    assert {e.transcript.failure for e in load.exchanges} == {"interrupted"}
    assert all(e.transcript.received for e in load.exchanges)


def test_a_large_request_is_written_whole() -> None:
    body = b"y" * 8_000_000
    got: list[int] = []

    def slow_reader(connection: socket.socket) -> None:
        time.sleep(0.1)
        size = 0
        while size < len(data):
            size += len(connection.recv(1_000_000))
        got.append(size)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    endpoint_of = Endpoint("http", "127.0.0.1", 1)
    data = encode(Request("POST", "/", (), body), endpoint_of)
    with scripted(slow_reader) as endpoint:
        load = load_of(endpoint, Repeat(None, 1, data), load_s=20)
    assert got == [len(data)]
    assert load.exchanges[0].status == b"200"


def test_tls_streams_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("openssl") is None:
        missing("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key)]
    subprocess.run(
        [*command.split(), *names, "-out", str(certificate)], check=True, capture_output=True
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    body = bytes(range(256)) * 800

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            if secure.recv(1000):
                secure.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for start in range(0, len(body), 50_000):
                    piece = body[start : start + 50_000]
                    secure.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                    time.sleep(0.01)
                secure.sendall(b"0\r\n\r\n")

    with scripted(answer, answer, at_once=True) as plain:
        endpoint = Endpoint("https", "localhost", plain.port)
        load = load_of(endpoint, Repeat(None, 1, b"GET / HTTP/1.1\r\n\r\n"), load_s=5)
    (exchange,) = load.exchanges
    assert exchange.transcript.failure is None
    assert decode(exchange.transcript).body == body


def test_a_server_without_tls_is_a_named_failure() -> None:
    def speak_plainly(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with scripted(speak_plainly, speak_plainly, speak_plainly, at_once=True) as plain:
        endpoint = Endpoint("https", "127.0.0.1", plain.port)
        load = load_of(endpoint, Repeat(None, 1, b"GET / HTTP/1.1\r\n\r\n"), load_s=5)
    assert [e.transcript.failure for e in load.exchanges] == ["tls"]


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(AdvisorError, match="no server answers"):
        load_of(Endpoint("http", "127.0.0.1", port), Repeat(None, 1, b""))


def test_garbage_collection_is_back_afterwards() -> None:
    with timed("--ttft-ms", "1", "--itl-ms", "1") as server:
        load_of(server.endpoint, Repeat(server, 1), load_s=5)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_closed_connection_that_was_ready_does_not_end_the_one_with_its_number() -> None:
    """The system gives a closed connection's number to the next one, in the same moment."""
    with scripted() as endpoint:
        loop = _Loop(
            Dialer(endpoint),
            Repeat(None, 0),
            Load(),
            limits=Limits(),
            interrupted=lambda: False,
            open_loop=False,
            buffers_reads=False,
        )
        loop._dial()
        (closed,) = loop._opening
        loop._opening.clear()
        loop._close(closed)
        loop._dial()
        (new,) = loop._opening
        closed.number = new.number
        loop._proceed(closed)
        assert loop._opening == {new}
        loop._close(new)
