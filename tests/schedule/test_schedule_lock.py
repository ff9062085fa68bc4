"""One at a time, whatever happens to the other; and who died without a word is remembered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.schedule.lock import FILE_NAME, Attempt, locked

MINE = Attempt(schedule="mine", started_at="2026-11-25T03:00:00+00:00")
THEIRS = Attempt(schedule="theirs", started_at="2026-11-18T03:00:00+00:00")
HOLDER = """
import sys, time
from pathlib import Path
from advisor.schedule.lock import Attempt, locked
attempt = Attempt(schedule="theirs", started_at="2026-11-18T03:00:00+00:00")
with locked(Path(sys.argv[1]), attempt) as lock:
    print(lock is not None, flush=True)
    sys.stdin.readline()
    if len(sys.argv) > 2:
        raise eval(sys.argv[2])
"""


def holder(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that has the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def died(folder: Path) -> Attempt | None:
    with locked(folder, MINE) as lock:
        assert lock is not None
        return lock.died


def test_only_one_has_it_and_the_next_gets_it_when_it_ends(tmp_path: Path) -> None:
    other = holder(tmp_path)
    with locked(tmp_path, MINE) as lock:
        assert lock is None
    other.communicate("\n")
    assert died(tmp_path) is None


def test_who_is_killed_frees_it_and_is_remembered_once(tmp_path: Path) -> None:
    other = holder(tmp_path)
    other.kill()
    other.communicate()
    assert died(tmp_path) == THEIRS
    assert died(tmp_path) is None


def test_a_failure_that_leaves_a_record_is_no_death(tmp_path: Path) -> None:
    for failure in ("KeyboardInterrupt()", "__import__('advisor').AdvisorError('x')"):
        other = holder(tmp_path, failure)
        other.communicate("\n")
        assert died(tmp_path) is None


def test_a_fault_of_ours_is_remembered_as_a_death(tmp_path: Path) -> None:
    other = holder(tmp_path, "ZeroDivisionError()")
    other.communicate("\n")
    assert died(tmp_path) == THEIRS


def test_two_folders_do_not_wait_for_each_other(tmp_path: Path) -> None:
    other = holder(tmp_path / "a")
    assert died(tmp_path / "b") is None
    other.communicate("\n")


@pytest.mark.parametrize("note", [b"\xff\xfe", b"{}", b"[1]", b"x" * 100_000])
def test_a_damaged_note_is_no_death(tmp_path: Path, note: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(note)
    assert died(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AdvisorError, match="--data-dir"), locked(tmp_path / "file" / "x", MINE):
        pass
