"""How does a test get a machine with (or without) an NVIDIA card? By the library in fakes/nvml.c.

`fake_nvml(FAKE_POWER_W="120", ...)` gives the environment of a subprocess in which the real
pynvml, and so `advisor`, meets that script; `run_python` runs one. One subprocess a scenario,
because pynvml keeps the library that it loaded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).with_name("fakes") / "nvml.c"
SONAME = "libnvidia-ml.so.1"

Environment = dict[str, str]


@pytest.fixture(scope="session")
def fake_nvml(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Script of a card (see fakes/nvml.c) -> environment in which it is the machine's."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the fake of NVML is a Linux library")
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        if os.environ.get("ADVISOR_TESTS_REQUIRE_ALL") == "1":
            pytest.fail("gcc is missing, and all tests are required")
        pytest.skip("gcc is missing")
    folder = tmp_path_factory.mktemp("nvml")
    library = ["-shared", "-fPIC", "-O1", "-Wall", f"-Wl,-soname,{SONAME}"]
    files = ["-o", str(folder / SONAME), str(SOURCE), "-lm"]
    subprocess.run([compiler, *library, *files], check=True)
    return lambda **script: _environment(folder, script)


@pytest.fixture(scope="session")
def no_nvml(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The environment of a machine without an NVIDIA driver, even on one that has it."""
    folder = tmp_path_factory.mktemp("no-nvml")
    (folder / SONAME).touch()
    return _environment(folder, {})


def run_python(program: str, environment: Environment) -> Any:
    """What `program` prints as JSON, run with this interpreter in `environment`."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _environment(folder: Path, script: Mapping[str, str]) -> Environment:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAKE_")}
    return {**kept, "LD_LIBRARY_PATH": str(folder), **script}
