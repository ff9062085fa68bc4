"""How does a counter of energy, read now and then, become the energy of a window?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from advisor.documents import Unknown
from advisor.power.meter import Clock, Nameplate, Window
from advisor.power.polling import Poller
from advisor.power.series import covers, gained, widest_gap_s

ReadJoules = Callable[[], float | Unknown]
"""Joules since some moment, never falling."""

INTERVAL_S = 0.1
WIDEST_GAP_S = 1.0


class CountedMeter:
    """A meter made of a counter. A reading that fails spoils the windows that it lies in."""

    def __init__(
        self, plate: Nameplate, read_j: ReadJoules, clock: Clock = time.perf_counter_ns
    ) -> None:
        self.name, self.grade, self.domain = plate.name, plate.grade, plate.domain
        self.band, self.assumptions = plate.band, plate.assumptions
        self._read_j = read_j
        self._clock = clock
        self._counted_j: list[tuple[int, float]] = []
        self._failures: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._poller = Poller(self.take, INTERVAL_S)

    def start(self) -> None:
        """Begins to read the counter."""
        self._poller.start()

    def stop(self) -> None:
        """Ends reading; windows already past can still be asked for."""
        self._poller.stop()

    def take(self) -> None:
        """One reading, now."""
        with self._lock:
            before_ns = self._clock()
            counted_j = self._read_j()
            middle_ns = (before_ns + self._clock()) // 2
            if isinstance(counted_j, Unknown):
                self._failures.append((middle_ns, counted_j.reason))
            else:
                self._counted_j.append((middle_ns, counted_j))

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """How far the counter moved, by its updates inside the window."""
        if end_ns <= start_ns:
            return Unknown("the window has no length")
        if self._poller.running:
            self.take()
        with self._lock:
            lost = [reason for at_ns, reason in self._failures if start_ns <= at_ns <= end_ns]
            if lost:
                return Unknown(f"the energy counter was lost: {lost[0]}")
            if self._ended_before(end_ns):
                return Unknown(f"the energy counter was lost: {self._failures[-1][1]}")
            if not covers(self._counted_j, start_ns, end_ns):
                return Unknown("the meter was not running over the whole window")
            energy_j = gained(self._counted_j, start_ns, end_ns)
            gap_s = widest_gap_s(self._counted_j, start_ns, end_ns)
        if energy_j <= 0:
            return Unknown("the energy counter stood still")
        gap = f"no reading for {gap_s:.1f} s" if gap_s > WIDEST_GAP_S else None
        return Window(start_ns, end_ns, energy_j, gap)

    def _ended_before(self, end_ns: int) -> bool:
        """Whether a reading failed after the window and none inside or after it came instead."""
        last_ns = self._counted_j[-1][0] if self._counted_j else 0
        return bool(self._failures) and last_ns < end_ns < self._failures[-1][0]
