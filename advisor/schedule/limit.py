"""How is a measurement ended from outside, by a time limit or by the system, with its data kept?

Both do what Ctrl-C does: the first one asks the measurement to end, a second one ends it at once.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from advisor.schedule.job import END_S


@dataclass(slots=True)
class Limit:
    """Whether the time was up."""

    reached: bool = False


@contextmanager
def told_to_end() -> Iterator[None]:
    """Within, SIGTERM is taken as an interrupt, and an interrupt is heard even where whoever
    started this had it ignored. For the main thread."""

    def as_interrupt(_: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler):
            handler(signal.SIGINT, frame)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, as_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


@contextmanager
def limited(limit_s: float, then_s: float = END_S) -> Iterator[Limit]:
    """Interrupts what runs within after `limit_s`, and once more `then_s` later."""
    limit = Limit()
    ended = threading.Event()

    def interrupt() -> None:
        for wait_s in (limit_s, then_s):
            if ended.wait(wait_s):
                return
            limit.reached = True
            _thread.interrupt_main()

    watcher = threading.Thread(target=interrupt, daemon=True)
    watcher.start()
    try:
        yield limit
    finally:
        ended.set()
        watcher.join()
