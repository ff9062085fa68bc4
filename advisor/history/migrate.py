"""Are the tables of this version? Makes them, brings older ones up to date, refuses newer ones.

A migration is one transaction, so that a program that dies in it leaves the tables of before. The
file as it was before is kept beside it. A team's database is brought up to date only when somebody
asks for it: it has no copy beside it, and older programs cannot use it any more afterwards.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from advisor.errors import AdvisorError
from advisor.history import tables
from advisor.history.database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 0x6C6F6361_6C6F7261
"""PostgreSQL's name of the lock that one migration holds: "localora" as a number."""


def prepare(database: Database, *, upgrade_team: bool = False) -> str | None:
    """Makes the tables of `database` those of this version; a line to say if it changed old ones.

    Raises AdvisorError if they are a newer version's, or a team's older ones that were not to be
    touched.
    """
    with database.reading() as connection:
        found = _revision(connection)
    if found == tables.HEAD:
        return None
    if found is not None:
        _check(found, database, upgrade_team=upgrade_team)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        found = _revision(connection)
        if found == tables.HEAD:
            return None
        copy = None
        if found is not None:
            _check(found, database, upgrade_team=upgrade_team)
            copy = _back_up(database, found)
        _upgrade(connection)
    if found is None:
        return None
    kept = f"; the file of before is kept as {copy}" if copy else ""
    return f"The history in {database.place.name} is now of version {tables.HEAD}{kept}."


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _check(found: str, database: Database, *, upgrade_team: bool) -> None:
    from alembic.script import ScriptDirectory

    known = {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        raise AdvisorError(
            f"the history in {database.place.name} was written by a newer version of advisor",
            why=f"its tables are of version {found}, this program knows {tables.HEAD}",
            remedy="Update advisor: pip install --upgrade local-or-api",
        )
    if database.place.file is None and not upgrade_team:
        raise AdvisorError(
            f"the history in {database.place.name} is of an older version ({found})",
            why="bringing it up to date shuts out everybody who has not updated advisor yet",
            remedy="Back it up (pg_dump), then run `advisor history migrate` once.",
        )


def _back_up(database: Database, found: str) -> Path | None:
    """A whole copy of the file, named after what comes next. The caller holds the write lock."""
    file = database.place.file
    if file is None:
        return None
    target = file.with_name(f"{file.stem}-before-{tables.HEAD}{file.suffix}")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
        copy = sqlite3.connect(part)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
            source.close()
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise AdvisorError(
            f"the history in {file} is of an older version ({found}) and stays so",
            why=f"no copy of it could be made: {error}",
            remedy="Free as much space as it takes, and try again.",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return target


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
