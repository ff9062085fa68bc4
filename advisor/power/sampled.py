"""How do the watts that a device tells now and then become energy?

Readings are joined by straight lines (trapezoids). The last reading stands for a while, since the
device itself renews it only about every `refresh_s`. Where the device also counts energy, the
counter checks the watts: from its first step inside the window to its last, so that neither its
resolution nor its delay matters.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise

from advisor.documents import Unknown
from advisor.power.meter import Clock, Nameplate, Window
from advisor.power.polling import Poller
from advisor.power.reading import Reading
from advisor.power.series import Series, covers, integral, widest_gap_s

Read = Callable[[], Reading | Unknown]

STANDS, LONGEST_GAP, SHORTEST_WINDOW = 3, 5, 5
"""In times of `refresh_s`: how long a reading stands, may be missing, and how short is short."""
CHECKED_S = 60.0
DISAGREEMENT = 0.10


class SampledMeter:
    """A meter made of `read`, asked twice in the time after which the device has news."""

    def __init__(
        self, plate: Nameplate, read: Read, refresh_s: float, clock: Clock = time.perf_counter_ns
    ) -> None:
        self.name, self.grade, self.domain = plate.name, plate.grade, plate.domain
        self.band, self.assumptions = plate.band, plate.assumptions
        self.refresh_s = refresh_s
        self._read = read
        self._clock = clock
        self._power_w: list[tuple[int, float]] = []
        self._counted_j: list[tuple[int, float]] = []
        self._failures: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._poller = Poller(self.take, refresh_s / 2)

    def start(self) -> None:
        """Begins to ask the device."""
        self._poller.start()

    def stop(self) -> None:
        """Ends asking; windows already past can still be asked for."""
        self._poller.stop()

    def take(self) -> None:
        """One reading, now; it holds for the middle between question and answer."""
        before_ns = self._clock()
        reading = self._read()
        after_ns = self._clock()
        middle_ns = (before_ns + after_ns) // 2
        with self._lock:
            if isinstance(reading, Unknown):
                self._failures.append((middle_ns, reading.reason))
                return
            self._power_w.append((middle_ns, reading.power_w))
            if reading.energy_j is not None:
                self._counted_j.append((middle_ns, reading.energy_j))

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """The readings' energy, unless too many of them are missing."""
        if end_ns <= start_ns:
            return Unknown("the window has no length")
        with self._lock:
            power_w = self._standing_until(end_ns)
            counted_j = [each for each in self._counted_j if start_ns <= each[0] <= end_ns]
            lost = [reason for at_ns, reason in self._failures if start_ns <= at_ns <= end_ns]
        why = f": {lost[-1]}" if lost else ""
        if not covers(power_w, start_ns, end_ns):
            return Unknown(f"the meter was not read over the whole window{why}")
        gap_s = widest_gap_s(power_w, start_ns, end_ns)
        if gap_s > LONGEST_GAP * self.refresh_s:
            return Unknown(f"the meter gave no reading for {gap_s:.1f} s{why}")
        warnings: list[str] = []
        seconds = (end_ns - start_ns) / 1e9
        if seconds < SHORTEST_WINDOW * self.refresh_s:
            warnings.append(
                f"{seconds:.1f} s are short for a meter that has news every {self.refresh_s:g} s"
            )
        if lost:
            warnings.append(f"{len(lost)} readings failed ({lost[-1]})")
        apart = disagreement(power_w, counted_j)
        warnings += [apart] if apart else []
        energy_j = integral(power_w, start_ns, end_ns)
        return Window(start_ns, end_ns, energy_j, "; ".join(warnings) or None)

    def _standing_until(self, end_ns: int) -> Series:
        if not self._power_w:
            return ()
        last_ns, last_w = self._power_w[-1]
        stands_ns = round(STANDS * self.refresh_s * 1e9)
        still = [(end_ns, last_w)] if last_ns < end_ns <= last_ns + stands_ns else []
        return [*self._power_w, *still]


def opened(
    plate: Nameplate, read: Read, refresh_s: float, clock: Clock = time.perf_counter_ns
) -> SampledMeter | Unknown:
    """The meter, if its first answer is a reading."""
    first = read()
    return first if isinstance(first, Unknown) else SampledMeter(plate, read, refresh_s, clock)


def disagreement(power_w: Series, counted_j: Series) -> str | None:
    """What to say if a device's watts and its counter tell different energies of a long window."""
    steps = [later for earlier, later in pairwise(counted_j) if later[1] != earlier[1]]
    if not steps or (steps[-1][0] - steps[0][0]) / 1e9 < CHECKED_S:
        return None
    (first_ns, first_j), (last_ns, last_j) = steps[0], steps[-1]
    counted, sampled = last_j - first_j, integral(power_w, first_ns, last_ns)
    if abs(counted - sampled) <= DISAGREEMENT * max(counted, sampled):
        return None
    return (
        f"over {(last_ns - first_ns) / 1e9:.0f} s the meter counted {counted:.0f} J and its watts "
        f"make {sampled:.0f} J, over {DISAGREEMENT:.0%} apart"
    )
