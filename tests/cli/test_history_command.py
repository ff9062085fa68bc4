"""`advisor history` as a user runs it: list, show, mark, prune; and a real run that is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest
from measured_home import LOAD, timed_server
from program import typed
from real_postgresql import PostgreSql

from advisor.cli.schema import json_schema
from advisor.history.store import RunStore


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "advisor", *arguments]


def advisor(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"ADVISOR_DATA_DIR": str(home), "COLUMNS": "80"}
    return typed(*arguments, folder=home, environment={**os.environ, **own, **environment})


@pytest.fixture
def home(measured: Path, tmp_path: Path) -> Path:
    """A history with that run and two older ones of it."""
    shutil.copytree(measured, tmp_path / "home")
    store = RunStore(tmp_path / "home")
    newest = store.load()
    assert newest.bench is not None
    for year in (2024, 2025):
        name = f"{year}-old"
        bench = msgspec.structs.replace(newest.bench, id=name)
        store.save(
            msgspec.structs.replace(
                newest, id=name, started_at=f"{year}-03-01T10:00:00+00:00", bench=bench
            )
        )
    return tmp_path / "home"


def listed(home: Path, *filters: str) -> list[str]:
    done = advisor(home, "history", *filters, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.history/1"))
    return [run["id"] for run in document["runs"]]


def test_the_list_can_be_narrowed(home: Path) -> None:
    (newest,) = listed(home, "--since", "365d")
    assert listed(home) == [newest, "2025-old", "2024-old"]
    assert listed(home, "--until", "2025-03-01") == ["2025-old", "2024-old"]
    assert listed(home, "--since", "2025-03-01T10:00", "--until", "2025-12-31") == ["2025-old"]
    assert listed(home, "--limit", "1", "--model", "TIMED", "--kind", "bench") == [newest]
    assert listed(home, "--kind", "run") == []
    assert advisor(home, "history", "--since", "soon").returncode == 2
    shown = advisor(home, "history", "--limit", "2").stdout
    assert "2025-old" in shown and "2024-old" not in shown
    assert "--limit" not in advisor(home, "history").stdout
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "No run is like that" in advisor(home, "history", "--tag", "x").stdout


def test_a_run_is_shown_again_as_it_was(home: Path) -> None:
    newest = listed(home)[0]
    assert advisor(home, "history", "annotate", "latest", "new [bold]driver").returncode == 0
    assert advisor(home, "history", "tag", newest, "driver-570").returncode == 0
    shown = advisor(home, "history", "show", newest)
    assert shown.returncode == 0, shown.stderr
    assert "decode, one stream" in shown.stdout
    assert "Tags: driver-570\nNote: new [bold]driver" in shown.stdout
    assert "(driver-570, 1 note)" in advisor(home, "history").stdout
    record = json.loads(advisor(home, "history", "show", newest, "--json").stdout)
    jsonschema.validate(record, json_schema("advisor.run/1"))
    assert record == json.loads(RunStore(home).document(newest))
    assert advisor(home, "history", "untag", newest, "driver-570").returncode == 0
    assert advisor(home, "history", "untag", newest, "driver-570").returncode == 2
    assert listed(home, "--tag", "driver-570") == []


def test_nothing_is_pruned_unasked_and_never_what_is_marked(home: Path) -> None:
    newest = listed(home)[0]
    assert advisor(home, "history", "prune").returncode == 2
    looked = advisor(home, "history", "prune", "--keep-days", "30")
    assert (looked.returncode, len(listed(home))) == (0, 3)
    assert "2024-old" in looked.stdout and "2025-old" in looked.stdout
    assert newest not in looked.stdout
    assert "Nothing was deleted; --yes deletes." in looked.stdout
    advisor(home, "history", "tag", "2024-old", "first")
    advisor(home, "history", "tag", "2025-old", "schedule:weekly")
    both = ("history", "prune", "--keep-days", "30", "--keep", "2")
    assert "nothing to delete" in advisor(home, *both).stdout
    done = advisor(home, "history", "prune", "--keep", "1", "--yes")
    assert done.stdout.endswith("1 deleted.\n")
    assert listed(home) == [newest, "2024-old"]
    with sqlite3.connect(home / "history.sqlite3") as connection:
        for table in ("documents", "samples", "tags"):
            rows = connection.execute(f"SELECT run_id FROM {table}").fetchall()
            assert ("2025-old",) not in rows
    assert advisor(home, "history", "show", "2024-old").returncode == 0


@pytest.mark.parametrize("days", ["nan", "inf", "-1", "1e300"])
def test_days_that_cannot_be_meant_are_refused(tmp_path: Path, days: str) -> None:
    refused = advisor(tmp_path, "history", "prune", "--keep-days", days)
    assert refused.returncode == 2
    assert "--keep-days" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_team_is_named_by_environment_or_settings(home: Path, postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    assert listed(home) != []
    assert (
        json.loads(advisor(home, "history", "--json", ADVISOR_STORE_URL=url).stdout)["runs"] == []
    )
    RunStore(home, url=url).save(RunStore(home).load("2024-old"))
    (home / "advisor.toml").write_text(f'store_url = "{url}"\n[history]\nlimit = 3\n')
    assert listed(home) == ["2024-old"]
    shown = advisor(home, "--store-url", url, "history", "show", "latest")
    assert "decode, one stream" in shown.stdout
    refused = advisor(home, "--store-url=mysql://x/y", "history")
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    gone = advisor(home, "history", ADVISOR_STORE_URL="postgresql://u:secret@127.0.0.1:1/d")
    assert gone.returncode == 1
    assert "Connection refused" in gone.stderr and "secret" not in gone.stderr
    settings = advisor(home, "doctor", "--settings", ADVISOR_STORE_URL=url).stdout
    assert postgresql.password not in settings


def test_files_of_an_earlier_version_are_taken_in_once(home: Path) -> None:
    newest = RunStore(home).load()
    samples = RunStore(home).load_samples(newest.id)
    old = home / "earlier"
    (old / "runs").mkdir(parents=True)
    content = msgspec.json.format(msgspec.json.encode(newest), indent=2)
    (old / "runs" / f"{newest.id}.json").write_bytes(content)
    (old / "runs" / f"{newest.id}.samples.json").write_bytes(msgspec.json.encode(samples))
    (old / "runs" / "torn.json").write_bytes(content[:1000])
    (old / "runs" / "other.json").write_bytes(content)
    (old / "runs" / "other.samples.json").write_bytes(b"{")
    first = advisor(old, "history")
    assert "1 run of an earlier version taken into the history" in first.stderr
    for name in ("torn.json", "other.samples.json"):
        assert name in "".join(first.stdout.split())
    assert RunStore(old).document() == content
    assert RunStore(old).load_samples(newest.id) == samples
    again = advisor(old, "history")
    assert (again.returncode, again.stderr) == (0, "")
    assert "torn.json" in "".join(again.stdout.split())
    assert listed(old) == [newest.id]
    assert len(list((old / "runs").iterdir())) == 5
    advisor(old, "history", "prune", "--keep", "1", "--yes")
    assert listed(old) == [newest.id]


def test_a_history_of_a_newer_version_is_refused(home: Path) -> None:
    with sqlite3.connect(home / "history.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    for arguments in (("history",), ("bench", "--url", "http://127.0.0.1:1"), ("advise",)):
        refused = advisor(home, *arguments)
        assert refused.returncode == 1
        assert "newer version of advisor" in refused.stderr
        assert "pip install --upgrade" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("stage", [2, 3])
def test_a_measurement_that_is_killed_is_kept_up_to_its_last_stage(
    tmp_path: Path, stage: int
) -> None:
    with timed_server("--prefill-us", "100", "--step-us", "2000") as url:
        process = subprocess.Popen(
            command("bench", "--url", url, "--concurrency", "1,2,4", "--max-time", "2s", *LOAD),
            env={**os.environ, "ADVISOR_DATA_DIR": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if f" {stage}/4 " in line:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    done = advisor(tmp_path, "history")
    assert "that was cut off is in the history now" in " ".join(done.stderr.split())
    assert f"partial, {stage - 1} stage" in " ".join(done.stderr.split())
    assert "partial" in done.stdout
    run = RunStore(tmp_path).load()
    assert run.bench is not None and run.partial
    assert [each.concurrency for each in run.bench.stages] == [1, 2, 4][: stage - 1]
    samples = RunStore(tmp_path).load_samples(run.id)
    for each, held in zip(run.bench.stages, samples.stages, strict=True):
        assert sum(request.counted for request in held.requests) == each.requests > 0
    assert advisor(tmp_path, "history").stderr == ""
    assert advisor(tmp_path, "history", "show", "latest").returncode == 0
    assert advisor(tmp_path, "history", "export", "latest", "--format", "csv").returncode == 0
