"""How does a server that we start end when we end, however we end?

`python -m advisor.servers.keeper LOG PROGRAM ARGUMENTS...` runs a program with its output in LOG
until its own standard input closes, which happens even when the process that holds the other end
is killed. Then the program and its children are ended. Exits with the program's code.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE_S = 10.0
"""How long a program may take to end by itself before it is killed."""

LOOKED_AFTER_S = 0.5


def keep(log: Path, command: list[str]) -> int:
    """Runs `command` until standard input closes or it ends by itself; gives its exit code.

    An interrupt is left to the process that holds the input; to be asked to end, or to lose the
    terminal, is the same as that input's end.
    """
    over = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: over.set())
    with log.open("ab") as output:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def watch_input() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        over.set()

    threading.Thread(target=watch_input, daemon=True).start()
    while program.poll() is None and not over.wait(LOOKED_AFTER_S):
        pass
    end(program)
    _end_what_it_left(program.pid)
    return program.wait()


def end(program: subprocess.Popen[bytes]) -> None:
    """Asks the program to end, and kills it and its children if they do not."""
    import psutil

    try:
        family = [psutil.Process(program.pid), *psutil.Process(program.pid).children(True)]
    except psutil.NoSuchProcess:
        return
    program.terminate()
    _, alive = psutil.wait_procs(family[:1], timeout=PATIENCE_S)
    for process in [*alive, *family[1:]]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _end_what_it_left(group: int) -> None:
    """Kills the rest of the program's process group, such as the children of one that crashed."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), sys.argv[2:]))
