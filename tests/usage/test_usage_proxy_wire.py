"""Does the pass-through keep to HTTP: streams both ways, headers, disconnects, proxies, TLS?"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import Certificates, certificates
from fake_proxy import fake_proxy
from made_up_usage import imported, sums
from raw_upstream import OK, Conversation, raw_upstream

from advisor.servers.address import parse_url
from advisor.servers.opening import UnreachableError, reach
from advisor.servers.route import Trust
from advisor.usage.proxy.headers import is_nearby
from advisor.usage.proxy.log import Log
from advisor.usage.proxy.serve import passing

__all__ = ["certificates"]
CHAT = "/v1/chat/completions"
EVENTS = b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
USAGE = (
    b'{"id": "chatcmpl-0123456789abcdef", "usage": {"prompt_tokens": 7, "completion_tokens": 2}}'
)


@contextmanager
def passed(url: str, log: Path) -> Iterator[tuple[http.client.HTTPConnection, Log]]:
    """A connection to a pass-through in front of that URL."""
    with passing(("127.0.0.1", 0), parse_url(url), log) as (here, counts):
        at = parse_url(here)
        connection = http.client.HTTPConnection(at.host, at.port, timeout=30)
        try:
            yield connection, counts
        finally:
            connection.close()


def test_events_pass_before_the_next_is_made(tmp_path: Path) -> None:
    seen = threading.Semaphore(0)

    def serve(talk: Conversation) -> None:
        talk.send(OK + EVENTS)
        for number in range(20):
            talk.chunk(b"data: {" + b'"n": %d}\n\n' % number)
            assert seen.acquire(timeout=20)
        talk.send(b"0\r\n\r\n")

    with (
        raw_upstream(serve) as url,
        passed(url, tmp_path / "log") as (connection, _),
    ):
        connection.request("POST", CHAT, b'{"stream": true}')
        answer = connection.getresponse()
        for number in range(20):
            assert json.loads(answer.fp.readline() and _event(answer))["n"] == number
            seen.release()
        assert answer.read() == b""


def _event(answer: http.client.HTTPResponse) -> bytes:
    """The data of the next event of a chunked answer whose chunk's length has been read."""
    assert answer.fp is not None
    line = answer.fp.readline()
    assert (answer.fp.readline(), answer.fp.readline()) == (b"\n", b"\r\n")
    return line.removeprefix(b"data: ")


def test_a_request_passes_while_it_is_still_written(tmp_path: Path) -> None:
    arrived = threading.Event()
    got: list[bytes] = []

    def serve(talk: Conversation) -> None:
        got.append(talk.read_to(b"first\r\n"))
        arrived.set()
        got.append(talk.read_to(b"0\r\n\r\n"))
        talk.send(OK + b"Content-Length: 2\r\n\r\nok")

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert arrived.wait(20)
        yield b"second"

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, _):
        connection.request("POST", "/v1/audio/transcriptions", pieces(), encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"ok")
    assert b"".join(got) == b"5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n"


def test_a_chunked_request_is_asked_for_usage_too(tmp_path: Path) -> None:
    bodies: list[object] = []

    def serve(talk: Conversation) -> None:
        length = int(talk.header("content-length") or 0)
        while len(talk.rest) < length:
            talk.rest += talk.connection.recv(65536)
        bodies.append(json.loads(talk.rest))
        last = b'{"choices": [], ' + USAGE[1:]
        talk.send(OK + EVENTS)
        talk.chunk(b'data: {"choices": [1], "usage": null}\n\ndata: ' + last + b"\n\n")
        talk.send(b"0\r\n\r\n")

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, _):
        connection.request("POST", CHAT, iter([b'{"stream"', b": true}"]), encode_chunked=True)
        assert connection.getresponse().read() == b'data: {"choices": [1]}\n\n'
    assert bodies == [{"stream": True, "stream_options": {"include_usage": True}}]
    assert sums(imported(tmp_path / "log"))[:4] == (7, 0, 0, 2)


def test_a_client_that_leaves_ends_its_request_at_the_server(tmp_path: Path) -> None:
    closed: list[bool] = []
    both = threading.Semaphore(0)

    def serve(talk: Conversation) -> None:
        talk.read_to(b"{}")
        if talk.target == CHAT:
            talk.send(OK + EVENTS)
            talk.chunk(b"data: {}\n\n")
        closed.append(talk.until_closed())
        both.release()

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, counts):
        assert connection.port
        for path, wait in ((CHAT, True), ("/v1/responses", False)):
            with socket.create_connection((connection.host, connection.port)) as client:
                head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
                client.sendall(head.encode() + b"{}")
                if wait:
                    assert client.recv(1000)
                else:
                    client.settimeout(0.3)
                    with pytest.raises(TimeoutError):
                        client.recv(1)
            assert both.acquire(timeout=25)
    assert closed == [True, True]
    assert counts.broken_off == 2


def test_a_server_that_breaks_off_is_not_taken_for_one_that_has_ended(tmp_path: Path) -> None:
    def serve(talk: Conversation) -> None:
        talk.send(OK + EVENTS)
        talk.chunk(b"data: " + USAGE + b"\n\n")

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, counts):
        connection.request("POST", "/v1/messages", b"{}")
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
    assert (counts.counted, counts.broken_off) == (1, 1)
    assert counts.summary() == (
        "1 answers counted, 0 without usage, "
        "1 broken off (their counts are what was told until then)."
    )


def test_headers_of_one_connection_stay_there_and_others_pass(tmp_path: Path) -> None:
    talks: list[Conversation] = []

    def serve(talk: Conversation) -> None:
        talks.append(talk)
        talk.send(
            OK + b"Content-Length: 0\r\nConnection: X-Own\r\nX-Own: 1\r\nKeep-Alive: timeout=5\r\n"
            b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: theirs\r\n\r\n"
        )

    target = "/v1beta/models/gemini%2F2.5:generateContent?key=a%20b&x=%C3%A9|1"
    with raw_upstream(serve) as url, passed(f"{url}/prefix", tmp_path / "log") as (connection, _):
        connection.request(
            "GET",
            target,
            headers={
                "Connection": "keep-alive, X-Mine",
                "X-Mine": "1",
                "TE": "trailers",
                "Proxy-Authorization": "secret",
                "Accept-Encoding": "gzip",
                "Authorization": "Bearer k",
                "X-Trace": "t",
            },
        )
        answer = connection.getresponse()
        answer.read()
    talk = talks[0]
    assert talk.target == "/prefix" + target
    assert talk.header("host") == url.removeprefix("http://")
    assert (talk.header("authorization"), talk.header("x-trace")) == ("Bearer k", "t")
    assert talk.header("accept-encoding") == "identity"
    gone = ("x-mine", "te", "proxy-authorization", "content-length", "user-agent", "connection")
    assert [talk.header(name) for name in gone] == [None] * len(gone)
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers.get_all("Server") == ["theirs"]
    assert answer.headers.get("X-Own") is None
    assert answer.headers.get("Keep-Alive") is None


@pytest.mark.parametrize("status", [204, 304, 404, 429, 503])
def test_every_status_passes(status: int, tmp_path: Path) -> None:
    has_body = status not in (204, 304)

    def serve(talk: Conversation) -> None:
        body = b'{"error": {"message": "slow down"}}' if has_body else b""
        length = b"Content-Length: %d\r\n" % len(body) if has_body else b""
        talk.send(b"HTTP/1.1 %d Whatever\r\nRetry-After: 7\r\n%b\r\n%b" % (status, length, body))

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, counts):
        connection.request("POST", "/v1/responses", b"{}")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Retry-After"]) == (status, "7")
        assert (b"slow down" in answer.read()) is has_body
    assert counts.failed == (status >= 400)


def test_a_head_request_gets_a_length_and_no_body(tmp_path: Path) -> None:
    def serve(talk: Conversation) -> None:
        assert talk.head.startswith(b"HEAD ")
        talk.send(OK + b"Content-Length: 42\r\n\r\n")

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, _):
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "42", b"")


def test_the_environments_proxy_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(talk: Conversation) -> None:
        talk.send(OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(USAGE))
        talk.send(USAGE)

    with raw_upstream(serve) as url, fake_proxy("Basic dTpw") as between:
        monkeypatch.setenv("HTTP_PROXY", between.url.replace("//", "//u:p@"))
        to = reach(parse_url(url.replace("127.0.0.1", "box.example")))
        with passing(("127.0.0.1", 0), to, tmp_path / "log") as (here, counts):
            at = parse_url(here)
            connection = http.client.HTTPConnection(at.host, at.port, timeout=30)
            connection.request("POST", "/v1/messages", b"{}")
            assert connection.getresponse().read() == USAGE
            connection.close()
    assert between.heads[0].startswith("POST http://box.example:")
    assert counts.counted == 1


def test_tls_through_the_environments_proxy(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(talk: Conversation) -> None:
        talk.send(OK + b"Content-Length: 2\r\n\r\nok")

    with (
        raw_upstream(serve, certificates.serving(certificates.server)) as url,
        fake_proxy() as between,
    ):
        monkeypatch.setenv("https_proxy", between.url)
        name = url.replace("127.0.0.1", "box.example")
        to = reach(parse_url(name), Trust(certificates.authority))
        with passing(("127.0.0.1", 0), to, tmp_path / "log") as (here, _):
            at = parse_url(here)
            connection = http.client.HTTPConnection(at.host, at.port, timeout=30)
            connection.request("GET", "/v1/models")
            assert connection.getresponse().read() == b"ok"
            connection.close()
    assert between.heads[-1].startswith(f"CONNECT {name.removeprefix('https://')} ")


def test_ones_own_authority_is_believed_where_it_is_named(
    certificates: Certificates, tmp_path: Path
) -> None:
    def serve(talk: Conversation) -> None:
        talk.send(OK + b"Content-Length: 2\r\n\r\nok")

    with raw_upstream(serve, certificates.serving(certificates.server)) as url:
        with pytest.raises(UnreachableError, match="certificate"):
            reach(parse_url(url))
        to = reach(parse_url(url), Trust(certificates.authority))
        with passing(("127.0.0.1", 0), to, tmp_path / "log") as (here, _):
            at = parse_url(here)
            connection = http.client.HTTPConnection(at.host, at.port, timeout=30)
            connection.request("GET", "/v1/models")
            assert connection.getresponse().read() == b"ok"
            connection.close()


@pytest.mark.parametrize("target", ["*", "@evil.example/", "http://evil.example/v1/models"])
def test_only_paths_of_the_server_are_asked_for(target: str, tmp_path: Path) -> None:
    with passed("http://127.0.0.1:9", tmp_path / "log") as (connection, _):
        assert connection.port
        with socket.create_connection((connection.host, connection.port)) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_web_page_that_was_made_to_point_here_gets_nothing(tmp_path: Path) -> None:
    def serve(talk: Conversation) -> None:
        raise AssertionError("it was asked")

    with raw_upstream(serve) as url, passed(url, tmp_path / "log") as (connection, _):
        connection.request("POST", "/api/delete", b"{}", {"Host": "evil.example:8790"})
        answer = connection.getresponse()
        assert (answer.status, b"Host" in answer.read()) == (403, True)


@pytest.mark.parametrize(
    ("host", "nearby"),
    [
        ("127.0.0.1:8790", True),
        ("[::1]:8790", True),
        ("[::1]", True),
        ("localhost", True),
        ("host.docker.internal:8790", True),
        ("evil.example", False),
        ("localhost.evil.example:80", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_which_names_are_this_machines(host: str, nearby: bool) -> None:
    assert is_nearby(host) is nearby


def test_large_bodies_pass_without_being_held(tmp_path: Path) -> None:
    """A quarter of a gibibyte each way; the proxy of its own process holds far less."""
    size = 256 * 2**20
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from advisor.servers.address import parse_url
        from advisor.usage.proxy.serve import passing
        with passing(("127.0.0.1", 0), parse_url(sys.argv[1]), Path(sys.argv[2])) as (url, _):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(url, flush=True)
            sys.stdin.read()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, flush=True)
    """)

    def serve(talk: Conversation) -> None:
        left = size - len(talk.rest)
        while left > 0:
            left -= len(talk.connection.recv(min(left, 2**20)))
        talk.send(OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 2**20):
            talk.send(b" " * 2**20)

    with raw_upstream(serve) as url:
        running = subprocess.Popen(
            [sys.executable, "-c", program, url, str(tmp_path / "log")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        at = parse_url(running.stdout.readline().strip())
        connection = http.client.HTTPConnection(at.host, at.port, timeout=60)
        body = (b"x" * 2**20 for _ in range(size // 2**20))
        connection.request("POST", CHAT, body, {"Content-Length": str(size)})
        answer = connection.getresponse()
        got = 0
        while data := answer.read(2**20):
            got += len(data)
        connection.close()
        held_kib, _ = running.communicate("")
    assert got == size
    assert int(held_kib) < 120 * 1024
