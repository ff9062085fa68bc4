"""Processes that are killed with SIGKILL at a chosen line of their work, or a chosen time."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

WATCHED = ("advisor/history", "rev_0003")
"""Lines of files with these in their path count as steps."""


def lines_apart(distance: int) -> Iterator[int]:
    """Lines at this distance, the first by chance: `benchmarks/killed_runs.py` takes every one."""
    return itertools.count(random.randint(1, distance), distance)


def killed(
    work: Callable[[Callable[[str], None]], None],
    *,
    at_line: int | None = None,
    after_s: float | None = None,
) -> tuple[bool, list[str]]:
    """Does `work` in a process of its own and kills that; whether it came to that, and what `work`
    had announced by then through its argument."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            if at_line is not None:
                sys.settrace(_killer(at_line))
            work(lambda line: os.write(writer, f"{line}\n".encode()) and None)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as announced:
        lines = announced.read().split()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, "the work itself failed"
    return os.WIFSIGNALED(status), lines


def _killer(at_line: int) -> Callable[[FrameType, str, Any], Any]:
    lines = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if not any(part in frame.f_code.co_filename for part in WATCHED):
            return None
        if event == "line":
            lines += 1
            if lines == at_line:
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    return count
