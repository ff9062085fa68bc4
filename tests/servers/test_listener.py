"""Is the program that listens at an address read, as far as this user may?"""

from __future__ import annotations

import os
import socket
import sys

import psutil
import pytest

from advisor.documents import Unknown
from advisor.servers.listener import Program, option, program_at
from advisor.servers.wire import Endpoint


def test_this_very_process_is_found_by_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = program_at(Endpoint("http", "127.0.0.1", listener.getsockname()[1]))
    assert isinstance(found, Program)
    assert list(found.command) == psutil.Process().cmdline()
    assert isinstance(found.environment, dict)
    assert found.environment.get("PATH") == psutil.Process().environ().get("PATH")


def test_an_environment_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(Program(("server",), {"KEY": "secret"}))


def test_what_cannot_be_seen_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(endpoint: Endpoint) -> str:
        found = program_at(endpoint)
        assert isinstance(found, Unknown)
        return found.reason

    assert "another machine" in of(Endpoint("http", "192.168.1.9", 80))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    here = Endpoint("http", "127.0.0.1", port)
    assert "no program" in of(here)

    class Foreign:
        status, pid = psutil.CONN_LISTEN, None
        laddr = type("addr", (), {"port": port})()

    monkeypatch.setattr(psutil, "net_connections", lambda kind: [Foreign()])
    assert "another user" in of(here)

    def denied(kind: str) -> None:
        raise psutil.AccessDenied(os.getpid(), sys.executable)

    monkeypatch.setattr(psutil, "net_connections", denied)
    assert "does not tell" in of(here)


@pytest.mark.parametrize(
    ("command", "value"),
    [
        ("server -c 4096 --port 1", "4096"),
        ("server --ctx-size 4096", "4096"),
        ("server --ctx-size=4096", "4096"),
        ("server -c 1 -c 2", "2"),
        ("server -c -1", "-1"),
        ("server -c --port 1", ""),
        ("server -c", ""),
        ("server --port 1", None),
    ],
)
def test_options_are_read_as_they_are_written(command: str, value: str | None) -> None:
    assert option(command.split(), "-c", "--ctx-size") == value
