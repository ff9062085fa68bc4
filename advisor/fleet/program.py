"""How is a program run beside others: bounded in time and in what it writes, ended when told to?"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from advisor.fleet.failure import HostError

LOOK_EVERY_S = 0.1
END_S = 20.0
"""What a program that is told to end has for keeping what was measured."""
LARGEST_OUTPUT = 1024 * 2**20
LONGEST_LINE = 500
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Patience:
    """Until when somebody waits, on the monotonic clock, and whether they still do."""

    until_s: float
    stop: threading.Event

    def check(self) -> None:
        """Raises HostError when it is at an end."""
        if self.stop.is_set():
            raise HostError("interrupted", "it was told to stop")
        if time.monotonic() > self.until_s:
            raise HostError(
                "timed out",
                "it did not end within its time",
                remedy="Raise limit_min in the fleet file, or ask for a shorter measurement.",
            )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code, and the last lines that it said on standard error."""

    code: int
    said: tuple[str, ...]


def run_program(
    command: Sequence[str],
    output: Path,
    patience: Patience,
    on_line: Callable[[str], None],
    *,
    environment: Mapping[str, str] | None = None,
    end_by: signal.Signals = signal.SIGTERM,
) -> Ended:
    """Runs it with its standard output in a file; its lines on standard error are told at once.

    Its standard input stays open and empty as long as it may run. Raises HostError where patience
    ends or it writes too much, and OSError where it cannot be started.
    """
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    last: deque[str] = deque(maxlen=LAST_LINES)
    assert process.stderr is not None
    reader = threading.Thread(
        target=_read_lines, args=(process.stderr, last, on_line), name="fleet-reader", daemon=True
    )
    reader.start()
    try:
        while process.poll() is None:
            patience.check()
            if output.stat().st_size > LARGEST_OUTPUT:
                raise HostError("bad bundle", f"it wrote over {LARGEST_OUTPUT >> 20:,} MiB")
            time.sleep(LOOK_EVERY_S)
    finally:
        _end(process, end_by)
        reader.join(1.0)
    return Ended(process.returncode, tuple(last))


def _read_lines(stream: IO[bytes], last: deque[str], on_line: Callable[[str], None]) -> None:
    while raw := stream.readline(LONGEST_LINE):
        line = raw.decode("utf-8", "replace").strip()
        if line:
            last.append(line)
            on_line(line)


def _end(process: subprocess.Popen[bytes], end_by: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(end_by)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin is not None:
        process.stdin.close()
