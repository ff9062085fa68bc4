"""An older history is brought up to date or stays as it was; a newer one is refused."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import lines_apart
from real_postgresql import PostgreSql
from test_store import run

from advisor.errors import AdvisorError
from advisor.history import migrate, tables
from advisor.history.database import Database
from advisor.history.place import place_of
from advisor.history.store import RunStore

NEXT = '''
"""What a later version may do: a column that is filled from the records, and an index."""
import json
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.add_column("runs", sa.Column("probed_at", sa.Text))
    connection = op.get_bind()
    for run_id, content in connection.execute(sa.text("SELECT run_id, content FROM documents")):
        probed_at = json.loads(content)["machine"]["probed_at"]
        connection.execute(
            sa.text("UPDATE runs SET probed_at = :at WHERE id = :id"),
            {"at": probed_at, "id": run_id},
        )
    op.create_index("runs_by_probe", "runs", ["probed_at"])
    with op.batch_alter_table("notes") as notes:
        notes.alter_column("text", new_column_name="words")
'''


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes this program that of a later version, whose tables are of revision 0003."""
    scripts = tmp_path / "later"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "rev_0003_next.py").write_text(NEXT)

    def update() -> None:
        monkeypatch.setattr(migrate, "SCRIPTS", scripts)
        monkeypatch.setattr(tables, "HEAD", "0003")

    return update


def filled(folder: Path, number: int = 5) -> Path:
    store = RunStore(folder)
    for each in range(number):
        store.save(run(f"r{each}"), {"x": [each]})
    store.annotate("r0", "kept")
    assert store.place.file is not None
    return store.place.file


def state(file: Path) -> tuple[str, tuple[str, ...]]:
    """The revision, and every statement and row of the file."""
    with sqlite3.connect(file) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return revision, tuple(connection.iterdump())


def test_the_tables_are_what_the_migrations_make(tmp_path: Path, postgresql: PostgreSql) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(migrate._config()).get_heads() == [tables.HEAD]
    for place in (place_of(tmp_path), place_of(tmp_path, postgresql.new_database())):
        database = Database(place)
        assert migrate.prepare(database) is None
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.METADATA) == []


def test_an_older_file_is_brought_up_to_date_and_kept_as_it_was(
    tmp_path: Path, later: Callable[[], None]
) -> None:
    file = filled(tmp_path / "data")
    before = state(file)
    later()
    said: list[str] = []
    store = RunStore(tmp_path / "data", say=said.append)
    store.open()
    backup = file.with_name("history-before-0003.sqlite3")
    assert said == [
        f"The history in {file} is now of version 0003; the file of before is kept as {backup}."
    ]
    assert state(backup) == before
    assert state(file)[0] == "0003"
    assert store.load("r3") == run("r3")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(probed_at) FROM runs").fetchone() == (5,)
        assert connection.execute("SELECT words FROM notes").fetchone() == ("kept",)
    RunStore(tmp_path / "data", say=said.append).open()
    assert len(said) == 1


def test_a_newer_file_is_refused_and_not_touched(
    tmp_path: Path, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filled(tmp_path / "data")
    later()
    RunStore(tmp_path / "data").open()
    monkeypatch.undo()
    before = state(file)
    for use in (lambda: RunStore(tmp_path / "data").history(), lambda: filled(tmp_path / "data")):
        with pytest.raises(AdvisorError, match=r"newer version.*0003.*knows 0002.*pip install"):
            use()
    assert state(file) == before


def test_a_file_without_room_for_its_copy_stays_as_it_is(
    tmp_path: Path, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filled(tmp_path / "data")
    before = state(file)
    later()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("advisor.history.migrate.os.fsync", full)
    with pytest.raises(AdvisorError, match=r"stays so.*No space left"):
        RunStore(tmp_path / "data").open()
    assert state(file) == before
    assert [path.name for path in (tmp_path / "data").glob("*before*")] == []


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, later: Callable[[], None]) -> None:
    file = filled(tmp_path / "data")
    before = state(file)
    later()
    script = migrate.SCRIPTS / "versions" / "rev_0003_next.py"
    script.write_text(NEXT.replace("op.create_index", 'op.execute("no sql")\n    op.create_index'))
    with pytest.raises(AdvisorError, match="syntax error"):
        RunStore(tmp_path / "data").open()
    assert state(file) == before


def killed_at(step: int, folder: Path) -> bool:
    """Opens the history in another process, which is killed at that line of the work; False if
    it ended before."""
    child = os.fork()
    if child == 0:
        lines = 0

        def count(frame, event, _argument):
            nonlocal lines
            name = frame.f_code.co_filename
            if "history" not in name and "rev_0003" not in name:
                return None if event == "call" else count
            lines += event == "line"
            if lines == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return count

        try:
            sys.settrace(count)
            RunStore(folder).open()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.timeout(1200)
def test_a_migration_killed_at_any_line_leaves_the_old_or_the_new(
    tmp_path: Path, later: Callable[[], None]
) -> None:
    original = filled(tmp_path / "data")
    before = state(original)
    later()
    RunStore(tmp_path / "data").open()
    after = state(original)
    backup = original.with_name("history-before-0003.sqlite3")
    seen = {"0002": 0, "0003": 0}
    for step in lines_apart(3):
        folder = tmp_path / f"killed{step}"
        folder.mkdir()
        shutil.copy(backup, folder / original.name)
        killed = killed_at(step, folder)
        found = state(folder / original.name)
        assert found in (before, after)
        seen[found[0]] += 1
        RunStore(folder).open()
        assert state(folder / original.name) == after
        assert state(folder / backup.name) == before
        assert RunStore(folder).load("r4") == run("r4")
        shutil.rmtree(folder)
        if not killed:
            break
    assert min(seen.values()) > 1, seen


def test_a_teams_database_is_changed_only_when_asked(
    tmp_path: Path, later: Callable[[], None], postgresql: PostgreSql
) -> None:
    url = postgresql.new_database()
    RunStore(tmp_path, url=url).save(run("a1"))
    later()
    with pytest.raises(AdvisorError, match=r"older version \(0002\).*advisor history migrate"):
        RunStore(tmp_path, url=url).history()
    said: list[str] = []
    RunStore(tmp_path, url=url, say=said.append).open(upgrade_team=True)
    assert "now of version 0003" in said[0]
    assert RunStore(tmp_path, url=url).load("a1") == run("a1")


def test_two_programs_may_make_the_tables_at_once(tmp_path: Path, postgresql: PostgreSql) -> None:
    for url in (None, postgresql.new_database()):
        children = []
        for number in range(4):
            child = os.fork()
            if child == 0:
                try:
                    RunStore(tmp_path, url=url).save(run(f"r{number}"))
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
        assert len(RunStore(tmp_path, url=url).history().runs) == 4
