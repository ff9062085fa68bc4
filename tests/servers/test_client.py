"""Are plain questions bounded in time and size, whatever the other side does?"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fake_servers import as_json, serving

from advisor.servers import client
from advisor.servers.address import parse_url
from advisor.servers.client import error_message, fetch, json_object
from advisor.servers.wire import Endpoint


@contextmanager
def behaving(behave: Callable[[socket.socket], None]) -> Iterator[Endpoint]:
    """A port where one connection is treated by `behave` once it has sent something."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    behave(connection)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        yield Endpoint("http", "127.0.0.1", listener.getsockname()[1])


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER_BYTES", 1_000_000)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with behaving(endless) as endpoint:
        answer = fetch(endpoint, "/", timeout_s=60)
    assert answer.error == "too_large"
    assert 1_000_000 <= len(answer.body) < 1_200_000


def test_an_answer_that_drips_is_cut_off_in_time() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in itertools.repeat(None, 1000):
            connection.sendall(b"x")
            time.sleep(0.02)

    started = time.monotonic()
    with behaving(drip) as endpoint:
        answer = fetch(endpoint, "/", timeout_s=0.4)
    assert answer.error == "timeout"
    assert time.monotonic() - started < 10


def test_a_server_that_keeps_the_connection_open_is_not_waited_for() -> None:
    def linger(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(30)

    started = time.monotonic()
    with behaving(linger) as endpoint:
        answer = fetch(endpoint, "/", timeout_s=20)
    assert (answer.error, answer.body) == (None, b"{}")
    assert time.monotonic() - started < 10


def test_a_reset_is_named() -> None:
    def reset(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
        time.sleep(0.1)
        linger_for_nothing = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_nothing)

    with behaving(reset) as endpoint:
        answer = fetch(endpoint, "/", timeout_s=20)
    assert (answer.error, answer.body) == ("reset", b"ab")


def test_a_body_is_posted_as_json() -> None:
    asked: list[dict[str, object]] = []

    def echo(body: dict[str, object]) -> tuple[int, str, bytes]:
        asked.append(body)
        return as_json({"ok": True})

    with serving({"/x": echo}) as url:
        assert json_object(fetch(parse_url(url), "/x", body=b'{"a": 1}')) == {"ok": True}
    assert asked == [{"a": 1}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"no such model","code":404}}', "no such model"),
        (b'{"error":"busy"}', "busy"),
        (b'{"detail":[{"loc":["body"]}]}', '[{"loc":["body"]}]'),
        (b'{"object":"error","message":"two\\nlines"}', "two lines"),
        (b"plain \xff text", "plain \N{REPLACEMENT CHARACTER} text"),
        (b"", ""),
        (b"x" * 10_000, "x" * 300),
    ],
)
def test_errors_are_read_in_their_common_shapes(body: bytes, message: str) -> None:
    assert error_message(body) == message
