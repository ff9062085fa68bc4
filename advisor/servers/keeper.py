"""How does a server that we start end when we end, however we end?

`python -m advisor.servers.keeper LOG PROGRAM ARGUMENTS...` runs a program with its output in LOG
until its own standard input closes, which happens even when the process that holds the other end
is killed. Then the program and its children are ended. Exits with the program's code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE_S = 10.0
"""How long a program may take to end by itself before it is killed."""


def keep(log: Path, command: list[str]) -> int:
    """Runs `command` until standard input closes or it ends by itself; gives its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with log.open("ab") as output:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_for_the_end() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        end(program)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return program.wait()


def end(program: subprocess.Popen[bytes]) -> None:
    """Asks the program to end, then kills it and whatever it left running."""
    import psutil

    try:
        family = [psutil.Process(program.pid), *psutil.Process(program.pid).children(True)]
    except psutil.NoSuchProcess:
        return
    program.terminate()
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_S)
    for process in alive:
        process.kill()


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), sys.argv[2:]))
