"""A machine whose processors are idle, or busy for others, as MADE_UP_LOAD says.

A test puts this folder first on PYTHONPATH; only the system's counters are replaced.
"""

import os
import time

import psutil

_first = psutil.cpu_times()
_started_s = time.monotonic()


def cpu_times(percpu: bool = False) -> object:
    """All time since the start was spent in one state."""
    passed_s = (time.monotonic() - _started_s) * (psutil.cpu_count() or 1)
    state = "user" if os.environ["MADE_UP_LOAD"] == "busy" else "idle"
    return _first._replace(**{state: getattr(_first, state) + passed_s})


psutil.cpu_times = cpu_times
