"""How late is a process woken that only sleeps, while something else is measured?

No client can time an event better than the scheduler wakes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLEEPER = """
import json, sys, threading, time
late, over = [], threading.Event()
def sleep():
    due_ns = time.perf_counter_ns()
    while not over.is_set():
        due_ns += 5_000_000
        time.sleep(max(0, due_ns - time.perf_counter_ns()) / 1e9)
        late.append((due_ns, time.perf_counter_ns() - due_ns))
thread = threading.Thread(target=sleep)
thread.start()
sys.stdin.read()
over.set()
thread.join()
json.dump(late, sys.stdout)
"""


@contextmanager
def scheduler_noise() -> Iterator[Callable[[], list[tuple[int, int]]]]:
    """While it is open a sleeper is watched; the function given ends it and says how late it was.

    Each time as (due, late), in nanoseconds of `time.perf_counter_ns`.
    """
    sleeper = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def lateness() -> list[tuple[int, int]]:
        return [(due_ns, late_ns) for due_ns, late_ns in json.loads(sleeper.communicate("")[0])]

    try:
        yield lateness
    finally:
        sleeper.kill()
        sleeper.wait()
