"""How is the history's database reached, read and written, and what is said when it cannot be?"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from advisor.errors import AdvisorError, InputError
from advisor.history.place import Place

BUSY_S = 30.0
"""How long a writer waits for another one to finish."""
ANSWER_S = 120.0
"""How long a team's database may be silent."""
SMALL_BYTES = 64 * 2**10
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TLS = ("disable", "require", "verify-full")


class UnreachableError(AdvisorError):
    """A team's database does not answer now; what is to be kept waits in its journal."""


class Database:
    """The database at a place, opened when it is first used."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @cached_property
    def engine(self) -> Engine:
        """The engine, with connections set up for this program."""
        if self.place.url is not None:
            return _postgresql(self.place.url)
        return _sqlite(self.place)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state throughout. Raises AdvisorError."""
        with self._told("read"), self._connection() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole or not at all. Raises AdvisorError."""
        with self._told("write"), self._connection() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def _connection(self) -> Connection:
        try:
            return self.engine.connect()
        except (exc.SQLAlchemyError, OSError) as error:
            if self.place.file is not None:
                raise
            raise UnreachableError(
                f"cannot reach the history at {self.place.name}",
                why=_reason(error),
                remedy="See that the database runs and that the store's URL is right.",
            ) from None

    @contextmanager
    def _told(self, aim: str) -> Iterator[None]:
        try:
            yield
        except exc.IntegrityError:
            raise
        except (exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            reason = _reason(error)
            raise AdvisorError(
                f"cannot {aim} the history in {self.place.name}",
                why=reason,
                remedy=_remedy(reason, self.place),
            ) from None


def _sqlite(place: Place) -> Engine:
    file = place.file
    assert file is not None
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_S},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        with suppress(sqlite3.OperationalError):
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(typed: str) -> Engine:
    url = make_url(typed)
    arguments: dict[str, Any] = {"timeout": ANSWER_S, "application_name": "advisor"}
    arguments["ssl_context"] = _tls(url)
    url = url.set(drivername="postgresql+pg8000").difference_update_query(["sslmode"])
    try:
        return create_engine(url, pool_size=1, pool_pre_ping=True, connect_args=arguments)
    except ModuleNotFoundError:
        raise AdvisorError(
            "a team's history needs a driver that is not installed",
            remedy="Install it: pip install 'local-or-api[team]'",
        ) from None


def _tls(url: URL) -> Any:
    """Checked against the system's certificates, unless the database is here or the URL says."""
    import ssl

    here = url.host in LOOPBACK
    mode = url.query.get("sslmode", "disable" if here else "verify-full")
    if mode not in TLS:
        raise InputError(
            f"the store's URL has sslmode={mode}", remedy=f"It is one of {', '.join(TLS)}."
        )
    if mode == "disable":
        return False
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: BaseException) -> str:
    """What the database itself said, without the statement and its parameters."""
    origin = getattr(error, "orig", None) or error
    if isinstance(origin.__cause__, OSError):
        origin = origin.__cause__
    told = origin.args[0] if origin.args else str(origin)
    if isinstance(told, dict):
        return str(told.get("M", told))
    if isinstance(origin, OSError):
        return origin.strerror or str(origin)
    return str(told).split("\n", maxsplit=1)[0]


def _remedy(reason: str, place: Place) -> str:
    if place.file is None:
        return "See that the user of the store's URL may do so."
    if "full" in reason or "No space" in reason or _is_full(place.file.parent):
        return "The disk is full: free some space and try again."
    if "locked" in reason:
        return "Another program holds it; try again when that has ended."
    if "not a database" in reason or "malformed" in reason:
        return f"It is damaged: keep a copy, and rescue it by `sqlite3 {place.file} .recover`."
    return "Set ADVISOR_DATA_DIR to a folder that can be written."


def _is_full(folder: Path) -> bool:
    """Whether not even SQLite's own small files fit, which it calls a disk I/O error."""
    try:
        return shutil.disk_usage(folder).free < SMALL_BYTES
    except OSError:
        return False


def forget_free_pages(connection: Connection) -> None:
    """Gives the room of deleted rows back to the disk, where the database does not by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA incremental_vacuum")).close()
