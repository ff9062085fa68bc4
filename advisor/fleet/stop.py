"""How is a whole fleet told to stop, without losing what came back at that very moment?"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stop:
    """Whether all is to end, and whether a signal said so."""

    is_over: threading.Event = field(default_factory=threading.Event)
    by_signal: bool = False


@contextmanager
def heeding(stop: Stop) -> Iterator[None]:
    """Within, the first interrupt or SIGTERM only sets `stop`; a second one ends the program.

    On another thread than the main one nothing is changed.
    """

    def on_signal(_number: int, _frame: object) -> None:
        if stop.by_signal:
            raise KeyboardInterrupt
        stop.by_signal = True
        stop.is_over.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, on_signal) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
