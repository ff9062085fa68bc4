"""Boxes hand their runs over by themselves: in one shared folder, or in one PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from boxes import advisor, environment, start
from made_up_runs import made_up
from real_postgresql import PostgreSql

from advisor.history.store import RunStore


def homes(folder: Path, boxes: int, runs: int) -> list[Path]:
    """The histories of so many boxes with so many runs each."""
    found = [folder / f"box-{number}" for number in range(boxes)]
    for home in found:
        home.mkdir()
        store = RunStore(home)
        for number in range(runs):
            run = made_up(
                f"{home.name}-run-{number}",
                50.0 + number,
                machine=f"{home.name[-1]}" * 16,
                started_at=f"2026-01-{number + 1:02d}T00:00:00+00:00",
            )
            store.save(run)
    return found


def test_boxes_push_into_one_folder_at_once_and_all_new_runs_are_taken(tmp_path: Path) -> None:
    boxes = homes(tmp_path, boxes=3, runs=4)
    shared, team = tmp_path / "shared", tmp_path / "team"
    shared.mkdir()
    pushing = [
        start(home, "export", f"machine:{home.name[-1] * 16}", "--to", str(shared), "--json")
        for home in boxes
    ]
    for each in pushing:
        out, err = each.communicate(timeout=60)
        assert each.returncode == 0, err
        assert len(json.loads(out)["written"]) == 4
    assert len(list(shared.iterdir())) == 12
    first = json.loads(advisor(team, "import", str(shared), "--json").stdout)
    assert sum(len(each["new"]) for each in first["files"]) == 12
    RunStore(boxes[0]).save(made_up("box-0-late", 60.0, machine="0" * 16))
    again = advisor(boxes[0], "export", "machine:" + "0" * 16, "--to", str(shared))
    assert again.stdout.split() == ["1", "new", "in", str(shared) + ",", "4", "there", "already."]
    (shared / "bad.bundle.gz").write_text("no bundle")
    (shared / "link.bundle.gz").symlink_to("/etc/passwd")
    done = advisor(team, "import", str(shared), "--json")
    assert done.returncode == 1
    second = json.loads(done.stdout)
    assert second["left_alone"] == 12
    assert {each["file"]: bool(each["error"]) for each in second["files"]} == {
        "bad.bundle.gz": True,
        "box-0-late.bundle.gz": False,
    }
    assert len(RunStore(team).history().runs) == 13


def test_a_bundle_on_standard_output_is_nothing_else(tmp_path: Path) -> None:
    (home,) = homes(tmp_path, boxes=1, runs=1)
    done = subprocess.run(
        [sys.executable, "-m", "advisor", "export", "latest", "-o", "-"],
        env=environment(home),
        capture_output=True,
        check=True,
    )
    (tmp_path / "run.gz").write_bytes(done.stdout)
    assert done.stderr == b""
    assert "1 new" in advisor(tmp_path / "team", "import", str(tmp_path / "run.gz")).stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("export", "latest", "--to", "nowhere"),
        ("export", "latest", "--to", ".", "-o", "x"),
        ("export", "latest", "-o", "-", "--json"),
    ],
)
def test_what_cannot_be_pushed_is_one_line_and_2(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    (home,) = homes(tmp_path, boxes=1, runs=1)
    done = advisor(home, *wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("advisor: ")


def test_workers_push_into_one_postgresql_at_once_and_each_run_is_there_once(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    """Two hand in the same folder, a third one runs of its own, into a database still empty."""
    boxes = homes(tmp_path, boxes=3, runs=6)
    shared = tmp_path / "shared"
    shared.mkdir()
    for home in boxes:
        done = advisor(home, "export", f"machine:{home.name[-1] * 16}", "--to", str(shared))
        assert done.returncode == 0, done.stderr
    url = postgresql.new_database()
    assert RunStore(tmp_path / "ready", url=url).history().runs == ()
    pushing = [
        subprocess.Popen(
            [sys.executable, "-m", "advisor", "import", str(shared), "--json"],
            env={**os.environ, "ADVISOR_DATA_DIR": str(home), "ADVISOR_STORE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for home in boxes
    ]
    new: list[str] = []
    for each in pushing:
        out, err = each.communicate(timeout=60)
        assert each.returncode == 0, err
        new += [run for file in json.loads(out)["files"] for run in file["new"]]
    assert len(new) == len(set(new)) == 18
    assert {run.id for run in RunStore(tmp_path / "ready", url=url).history().runs} == set(new)
