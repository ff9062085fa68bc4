"""The endpoint answers few, reads little, tells nothing but metrics, and stays at home."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import click
import pytest
from made_up_latest import made_up

from advisor.cli.main import advisor
from advisor.cli.schedule_options import job_of
from advisor.errors import AdvisorError, InputError
from advisor.servers.listening import Address
from advisor.web import endpoint
from advisor.web.endpoint import Exposition, listening, scraped_at
from advisor.web.latest import Latest, latest
from advisor.web.watch import Watch

HERE = Address("127.0.0.1", 0)


@pytest.fixture
def url() -> Iterator[str]:
    exposition = Exposition(lambda: latest([made_up("a")]), Watch("bench"))
    with listening(HERE, exposition.content) as found:
        yield found


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("127.0.0.1:9787", Address("127.0.0.1", 9787)),
        ("localhost:80", Address("127.0.0.1", 80)),
        ("[::1]:9787", Address("::1", 9787)),
        ("127.1.2.3:1", Address("127.1.2.3", 1)),
    ],
)
def test_loopback_is_listened_on(typed: str, address: Address) -> None:
    assert scraped_at(typed, exposed=False) == address


@pytest.mark.parametrize("typed", ["0.0.0.0:9787", "[::]:9787", "192.168.1.2:9787", "8.8.8.8:1"])
def test_other_addresses_are_refused_with_what_would_be_read(typed: str) -> None:
    with pytest.raises(InputError) as refused:
        scraped_at(typed, exposed=False)
    assert "names of models" in str(refused.value)
    assert "without a password" in str(refused.value)
    assert scraped_at(typed, exposed=True).port in (9787, 1)


@pytest.mark.parametrize(
    "typed",
    ["", "9787", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "a.example:1", "u@127.0.0.1:1",
     "127.0.0.1:1/metrics", "[::1:9787", "http://127.0.0.1:1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        scraped_at(typed, exposed=True)


def test_it_answers_with_the_metrics(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert answer.headers["Server"].strip() == "advisor"
        assert b"advisor_decode_tokens_per_second{" in answer.read()


def test_a_head_has_no_body(url: str) -> None:
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request("HEAD", "/metrics")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_read_only(url: str, method: str) -> None:
    request = urllib.request.Request(url, method=method, data=b"x")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 501


@pytest.mark.parametrize("path", ["/", "/metrics/../../etc/passwd", "/metricsx"])
def test_nothing_else_is_there(url: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        get(url.removesuffix("/metrics") + path)
    assert missing.value.code == 404


def test_silent_clients_do_not_keep_others_out_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint._Handler, "timeout", 0.5)
    parts, before = urlsplit(url), threading.active_count()
    silent = [
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10)
        for _ in range(3 * endpoint.MOST_AT_ONCE)
    ]
    try:
        for each in silent:
            assert each.recv(1) == b""
        assert threading.active_count() - before < 3 * endpoint.MOST_AT_ONCE
        assert "advisor_history_readable 1.0" in get(url)
    finally:
        for each in silent:
            each.close()


def test_a_client_that_dribbles_is_hung_up_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "LONGEST_S", 1.0)
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10) as client:
        client.sendall(b"GET /metrics?")
        with pytest.raises(OSError):
            for _ in range(200):
                client.sendall(b"x")
                time.sleep(0.1)


def test_a_taken_port_is_a_plain_error(url: str) -> None:
    port = urlsplit(url).port or 0
    with (
        pytest.raises(AdvisorError, match="cannot listen"),
        listening(Address("127.0.0.1", port), bytes),
    ):
        pass


def test_the_history_is_left_alone_while_a_run_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "FRESH_S", 0.0)
    reads: list[int] = []

    def read() -> Latest:
        reads.append(1)
        return Latest()

    watch = Watch("bench")
    hear = watch.before(lambda _: None)
    exposition = Exposition(read, watch)
    exposition.content()
    exposition.content()
    assert len(reads) == 2
    hear({"event": "started"})
    exposition.content()
    assert b'advisor_schedule_running{schedule="bench"} 1.0' in exposition.content()
    assert len(reads) == 2
    hear({"event": "measured"})
    exposition.content()
    assert len(reads) == 3


def test_it_is_read_once_in_a_while() -> None:
    reads: list[int] = []

    def read() -> Latest:
        reads.append(1)
        return Latest()

    exposition = Exposition(read, Watch("bench"))
    for _ in range(5):
        exposition.content()
    assert len(reads) == 1


def test_a_history_that_cannot_be_read_is_told() -> None:
    def read() -> Latest:
        raise AdvisorError("the disk is gone")

    assert b"advisor_history_readable 0.0" in Exposition(read, Watch("bench")).content()


def test_a_run_of_the_scheduler_does_not_listen() -> None:
    """What is typed for the endpoint is not an option of the measurement."""
    root = click.Context(advisor)
    schedule = advisor.get_command(root, "schedule")
    assert isinstance(schedule, click.Group)
    command = schedule.get_command(root, "serve")
    assert command is not None
    typed = ["--metrics", "0.0.0.0:9787", "--expose", "--model", "m"]
    context = command.make_context("serve", typed, parent=root)
    assert job_of(context, context.params).options == ("--model", "m")
