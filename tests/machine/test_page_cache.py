"""Is what the disk cache holds told right, on a file of known history?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from advisor.documents import Unknown
from advisor.machine import page_cache
from advisor.machine.page_cache import cached_share, drop_from_cache

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")

MIB = 1 << 20


def written(folder: Path, size: int) -> Path:
    import os

    file = folder / "weights"
    with file.open("wb") as opened:
        opened.write(bytes(size))
        opened.flush()
        os.fsync(opened.fileno())
    return file


def told(*files: Path) -> float:
    share = cached_share(files)
    if isinstance(share, Unknown):
        pytest.skip(share.reason)
    return share


def test_a_file_just_read_is_cached_and_one_dropped_is_not(tmp_path: Path) -> None:
    file = written(tmp_path, 4 * MIB + 5)
    file.read_bytes()
    assert told(file) == 1.0
    drop_from_cache([file])
    if told(file) == 1.0:
        pytest.skip("this file system keeps its pages in memory")
    assert told(file) == 0.0


def test_several_files_are_weighed_by_their_size(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    large, small = written(tmp_path / "a", 3 * MIB), written(tmp_path / "b", MIB)
    drop_from_cache([large])
    if told(large) != 0.0:
        pytest.skip("this file system keeps its pages in memory")
    small.read_bytes()
    assert told(large, small) == pytest.approx(0.25)


def test_large_files_are_asked_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, 3 * MIB + 1)
    file.read_bytes()
    monkeypatch.setattr(page_cache, "_AT_ONCE_BYTES", MIB)
    assert told(file) == 1.0


def test_a_system_that_calls_everything_cached_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "_resident", lambda *_: 1)
    assert cached_share([written(tmp_path, 10)]) == Unknown("this system calls every page cached")


def test_another_users_file_and_no_file_are_unknown_with_their_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(cached_share([tmp_path / "absent"]), Unknown)
    empty = cached_share([written(tmp_path, 0)])
    assert isinstance(empty, Unknown)
    file = written(tmp_path, 10)
    monkeypatch.setattr(page_cache.os, "geteuid", lambda: file.stat().st_uid + 1)
    monkeypatch.setattr(page_cache.os, "access", lambda *_: False)
    refused = cached_share([file])
    assert isinstance(refused, Unknown)
    assert "owner" in refused.reason
