"""`advisor history metrics` writes a file that node_exporter can collect."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from made_up_latest import made_up
from program import typed

from advisor.history.store import RunStore


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(folder))
    RunStore(folder).save(made_up("a"))
    return folder


def metrics(*arguments: str) -> CompletedProcess[str]:
    return typed("history", "metrics", *arguments)


def test_it_prints_without_a_file(data: Path) -> None:
    done = metrics()
    assert done.returncode == 0
    assert "# TYPE advisor_decode_tokens_per_second gauge\n" in done.stdout


def test_an_empty_history_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    done = metrics()
    assert done.returncode == 0
    assert "advisor_history_readable 1.0" in done.stdout


def test_a_file_is_replaced_whole(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "advisor.prom"
    path.write_text("old")
    assert metrics("-o", str(path)).returncode == 0
    assert path.read_text().endswith("\n")
    assert "advisor_run_partial{" in path.read_text()
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["advisor.prom"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix's")
def test_a_file_can_be_read_by_others(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "advisor.prom"
    metrics("-o", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_name_that_is_not_collected_is_refused(data: Path, tmp_path: Path) -> None:
    done = metrics("-o", str(tmp_path / "advisor.txt"))
    assert done.returncode == 2
    assert "advisor.prom" in done.stderr
    assert not (tmp_path / "advisor.txt").exists()


def test_a_folder_that_is_not_there_is_a_plain_error(data: Path, tmp_path: Path) -> None:
    done = metrics("-o", str(tmp_path / "no" / "advisor.prom"))
    assert done.returncode == 1
    assert "cannot write" in done.stderr
