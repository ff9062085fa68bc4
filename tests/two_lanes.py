"""In two processes (`pytest -n 2`): what times something in one, what only computes in the other.

What is timed would read late beside another test, so all of it runs in one process, in order. What
only computes runs in the other, file by file, and gives way: it takes the time that the first lane
spends waiting.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

COMPUTE_ONLY = (
    "tests/advice/",
    "tests/economics/",
    "tests/prices/",
    "tests/report/",
    "tests/cli/test_bad_numbers.py",
    "tests/docs/test_site.py",
)
"""Rooms and files whose tests start no server and look at no clock."""

GIVES_WAY_BY = 15


class TwoLanes(LoadScopeScheduling):
    """Everything that is timed is one unit of work, each other file one."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith(COMPUTE_ONLY) else "timed"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TwoLanes:
    return TwoLanes(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A process that computes gives way from its first test on; it times nothing any more."""
    beside_another = "PYTEST_XDIST_WORKER" in os.environ
    if beside_another and item.nodeid.startswith(COMPUTE_ONLY) and os.nice(0) == 0:
        os.nice(GIVES_WAY_BY)
