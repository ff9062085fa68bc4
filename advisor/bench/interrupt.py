"""Has the user asked to stop? The first Ctrl-C is a request, the second one ends at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

SLICE_S = 0.1


class Interrupt:
    """Whether to stop; call it to ask."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self) -> bool:
        return self.requested


_given: ContextVar[Interrupt | None] = ContextVar("interrupt", default=None)


@contextmanager
def interruptible_by(interrupt: Interrupt) -> Iterator[None]:
    """Within, whoever holds `interrupt` stops the measurement: for one in a thread of its own."""
    token = _given.set(interrupt)
    try:
        yield
    finally:
        _given.reset(token)


@contextmanager
def first_interrupt_asks() -> Iterator[Interrupt]:
    """Within, the first interrupt of the process only sets `requested`, so that what was measured
    is kept; a second one raises KeyboardInterrupt. Outside the main thread only the holder of a
    given interrupt (`interruptible_by`) stops it."""
    interrupt = _given.get() or Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if interrupt.requested:
            signal.default_int_handler(number, frame)
        interrupt.requested = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


def wait(seconds: float, interrupted: Callable[[], bool]) -> None:
    """Sleeps for so long, or until interrupted."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and not interrupted():
        time.sleep(min(left, SLICE_S))
