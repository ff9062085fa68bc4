"""Is the program that writes this file still alive? The system drops its lock when it dies."""

from __future__ import annotations

import sys
import time
from typing import IO

FAR_OFF = 2**40
"""Where on Windows the locked byte lies: beyond the content, which others may then read."""


def hold(file: IO[bytes], *, wait_s: float = 0.0) -> bool:
    """Locks an open file until it is closed; False if another process holds it that long."""
    ends = time.monotonic() + wait_s
    while not _try(file):
        if time.monotonic() >= ends:
            return False
        time.sleep(0.01)
    return True


def _try(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            at = file.tell()
            file.seek(FAR_OFF)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(at)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
