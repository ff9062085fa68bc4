"""A history with one real measurement, made once for all tests that read it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from program import typed

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server

LOAD = ("--input-tokens", "32", "--output-tokens", "16")


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a history with one run of three loads: two concurrencies and the second mix.

    Who changes anything in it changes a copy.
    """
    folder = tmp_path_factory.mktemp("measured")
    with timed_server("--prefill-us", "100", "--step-us", "2000") as url:
        done = typed(
            *("-q", "bench", "--url", url, "--concurrency", "1,2", "--max-time", "3s", *LOAD),
            folder=folder,
            environment={**os.environ, "ADVISOR_DATA_DIR": str(folder)},
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert not list((folder / "unfinished").iterdir())
    return folder
