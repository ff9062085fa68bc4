"""Does a folder for models vanish, however whoever made it ended?"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.bench.by_layers import passing_folder

HOLDS_ONE = """
import sys, time
from pathlib import Path
from advisor.bench.by_layers import passing_folder
with passing_folder(Path(sys.argv[1]), "test") as folder:
    (folder / "model.gguf").write_bytes(b"weights")
    print(folder, flush=True)
    time.sleep(600)
"""


def holding(cache: Path) -> tuple[subprocess.Popen[str], Path]:
    command = [sys.executable, "-c", HOLDS_ONE, str(cache)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_it_vanishes_afterwards_and_when_asked_to_end(tmp_path: Path) -> None:
    with passing_folder(tmp_path / "cache", "test") as folder:
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(KeyboardInterrupt), passing_folder(tmp_path, "test") as folder:
        signal.raise_signal(signal.SIGTERM)
    assert not folder.exists()


def test_what_a_killed_process_left_vanishes_and_what_another_uses_stays(tmp_path: Path) -> None:
    killed, left = holding(tmp_path)
    killed.kill()
    killed.communicate()
    assert (left / "model.gguf").exists()
    running, used = holding(tmp_path)
    try:
        assert not left.exists()
        with passing_folder(tmp_path, "test"), passing_folder(tmp_path, "another"):
            assert (used / "model.gguf").exists()
    finally:
        running.terminate()
        running.communicate()
    assert not used.exists()
