"""How is a reading taken again and again while something else is being measured?"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Poller:
    """Calls `take` at once, then every `interval_s` on a thread of its own until `stop`, and once
    more at the end. `take` must be safe to call from two threads."""

    def __init__(self, take: Callable[[], None], interval_s: float) -> None:
        self.take = take
        self.interval_s = interval_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        if self._thread is not None:
            return
        self._ending.clear()
        self.take()
        self._thread = threading.Thread(target=self._run, name="power meter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is None:
            return
        self._ending.set()
        self._thread.join()
        self._thread = None
        self.take()

    def _run(self) -> None:
        while not self._ending.wait(self.interval_s):
            self.take()
