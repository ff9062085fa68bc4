"""How much CPU time does a command take, with all the processes that it starts?

    python cpu.py RESULT.json COMMAND...

runs the command and writes its exit status and the CPU time (user and system) of its whole tree:
in all, as the kernel accounts for it when the last process has ended, and as it grew (`grown`: time
of `perf_counter_ns`, CPU seconds so far). Processes that outlive their parent are handed to this
one (Linux), so that none is missed; those still alive shortly after the command's end are killed,
and counted.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36
"""Linux, include/uapi/linux/prctl.h."""
GRACE_S = 5.0
SAMPLE_S = 0.2
SAMPLES_A_LOOK = 10
"""New processes are looked for less often, since that reads all of the machine's."""


def adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_all() -> None:
    """Waits for every process that is left, and ends those that stay."""
    until_s = time.monotonic() + GRACE_S
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            if time.monotonic() > until_s:
                for process in psutil.Process().children(recursive=True):
                    process.kill()
            time.sleep(0.05)


def tree_cpu_s(tree: Sequence[psutil.Process]) -> float:
    """Of the processes that are left, with what they have taken over from ended ones."""
    total_s = 0.0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            total_s += sum(process.cpu_times()[:4])
    return total_s


def run(command: Sequence[str]) -> tuple[int, list[tuple[int, float]]]:
    """The command's exit status, and how its CPU time grew."""
    process = subprocess.Popen(command)
    grown: list[tuple[int, float]] = []
    tree: list[psutil.Process] = []
    while process.poll() is None:
        if len(grown) % SAMPLES_A_LOOK == 0:
            tree = psutil.Process().children(recursive=True)
        grown.append((time.perf_counter_ns(), tree_cpu_s(tree)))
        time.sleep(SAMPLE_S)
    return process.returncode, grown


def main() -> None:
    adopt_orphans()
    result, *command = sys.argv[1:]
    status, grown = run(command)
    reap_all()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {"status": status, "cpu_s": used.ru_utime + used.ru_stime, "grown": grown}
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
