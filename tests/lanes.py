"""In three processes (`pytest -n 3`): what measures in one, all else beside it in the others.

What times a load or counts its energy would read late beside another test, so all of it runs in one
process, in order. It mostly waits: for its servers, its intervals, its clocks. What only computes,
or waits for what it has started itself, takes that time in the other processes, file by file, and
gives way. The few tests that even so would read wrong are marked `alone`: all else waits for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

MEASURES = (
    "tests/apis/test_paid.py",
    "tests/bench/",
    "tests/cli/test_end_to_end.py",
    "tests/doctor/test_doctor_gather.py",
    "tests/power/",
    "tests/servers/test_real_",
    "tests/servers/test_starting.py",
)
"""Rooms and files whose tests compare clocks, rates or joules, or say what is ready by when."""

GIVES_WAY_BY = 15


class Lanes(LoadScopeScheduling):
    """Everything that measures is one unit of work, the first to go; each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        return "measures" if nodeid.startswith(MEASURES) else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        if "measures" in self.workqueue:
            self.workqueue.move_to_end("measures", last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    return Lanes(config, log)


class _Process:
    gives_way = False


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A process gives way from its first test on that measures nothing."""
    beside_another = "PYTEST_XDIST_WORKER" in os.environ
    if beside_another and not item.nodeid.startswith(MEASURES) and not _Process.gives_way:
        os.nice(GIVES_WAY_BY)
        _Process.gives_way = True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Takes a turn, outside the test's own time limit."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    with _turn(item.config.cache.mkdir("lanes"), alone=alone):
        return (yield)


@contextmanager
def _turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Beside other tests, or alone: then none begins before it ends."""
    import fcntl

    with (folder / "gate").open("w") as gate, (folder / "turn").open("w") as turn:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(turn, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            # Closing alone would not do: a child that a test has forked holds the file as well.
            fcntl.flock(turn, fcntl.LOCK_UN)
