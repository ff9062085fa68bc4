"""When must a load stop starting requests, so that the last ones end in time?"""

from __future__ import annotations

from collections import deque
from statistics import median

LONGEST_RESERVE = 0.3
"""The share of a load's time that may be kept free for the last answers to end."""


class TimeLimit:
    """The end of a load's time, less what an answer has been seen to take."""

    def __init__(self, max_time_s: float) -> None:
        self._max_time_ns = max_time_s * 1e9
        self._durations_s: deque[float] = deque(maxlen=64)

    def saw(self, duration_s: float) -> None:
        """Takes note of how long a whole answer took."""
        self._durations_s.append(duration_s)

    @property
    def request_s(self) -> float:
        """The median of the last answers; 0 before the first."""
        return median(self._durations_s) if self._durations_s else 0.0

    def is_reached(self, since_start_ns: float) -> bool:
        """Whether a request started now would end too late, if that is not too early."""
        reserve_ns = min(self.request_s * 1e9, LONGEST_RESERVE * self._max_time_ns)
        return since_start_ns + reserve_ns >= self._max_time_ns
