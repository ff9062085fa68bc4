"""A real PostgreSQL for tests: Debian's, run by an unprivileged user in a folder of its own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from real_models import missing

UNPRIVILEGED = "nobody"
STARTED_WITHIN_S = 60.0
DISCONNECT_AND_END = signal.SIGINT
"""At SIGTERM it would wait for whoever is connected still."""


@dataclass(slots=True)
class PostgreSql:
    """A server that listens on 127.0.0.1, and how to get a database of one's own on it."""

    port: int
    password: str
    program: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """What `--store-url` takes."""
        return f"postgresql://tester:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"advisor{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Runs one statement outside a transaction; its rows."""
        import pg8000.native

        connection = pg8000.native.Connection(
            "tester", "127.0.0.1", database, self.port, self.password
        )
        try:
            return connection.run(statement) or []
        finally:
            connection.close()


def programs() -> Path:
    """The folder of the server's programs; skips where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    missing("PostgreSQL (Debian's package postgresql)")
    raise AssertionError


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A server for the whole test run; each test makes databases of its own."""
    bin_folder = programs()
    user: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="advisor-postgresql-"))
    password = secrets.token_hex(8)
    (folder / "password").write_text(password)
    if os.getuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        for path in (folder, folder / "password"):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    encrypted = _certificate(folder, user)
    try:
        subprocess.run(
            [
                *(bin_folder / "initdb", "-D", data, "-U", "tester", "--no-sync"),
                *("-A", "scram-sha-256", f"--pwfile={folder / 'password'}"),
                *("-E", "UTF8", "--locale-provider=icu", "--icu-locale=en-US"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **user,
        )
        program = subprocess.Popen(
            [
                *(bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder),
                *("-h", "127.0.0.1", "-c", "fsync=off", "-c", "max_connections=30"),
                *encrypted,
            ],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
            cwd=folder,
            **user,
        )
        try:
            server = PostgreSql(port, password, program)
            _wait_for(server, folder / "log")
            yield server
        finally:
            program.send_signal(DISCONNECT_AND_END)
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(folder: Path, user: dict[str, Any]) -> list[str]:
    """The server's options to encrypt with a certificate that nobody vouches for."""
    if shutil.which("openssl") is None:
        missing("openssl")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    options = ("ssl=on", f"ssl_key_file={key}", f"ssl_cert_file={certificate}")
    return [part for option in options for part in ("-c", option)]


def _wait_for(server: PostgreSql, log: Path) -> None:
    import pg8000.exceptions

    ends = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            server.run("SELECT 1")
        except (pg8000.exceptions.Error, OSError):
            if server.program.poll() is not None or time.monotonic() > ends:
                raise AssertionError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.1)
        else:
            return
