"""How busy do other programs keep the processors while something is measured?"""

from __future__ import annotations

import time

NOT_BUSY = ("idle", "iowait", "steal", "guest", "guest_nice")
"""Fields of `psutil.cpu_times` that are waiting, taken by the host, or counted elsewhere."""


class Others:
    """All programs but this one, watched from its making on."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()
        self._all, self._own_s = _states_s(), _own_s()

    def busy_percent(self) -> float:
        """Their share of all processors' time since then."""
        import psutil

        capacity_s = (time.perf_counter() - self._began_s) * (psutil.cpu_count() or 1)
        own_s = _own_s() - self._own_s
        busy_s = sum(spent for state, spent in self.spent_s().items() if state not in NOT_BUSY)
        return min(100.0, max(0.0, 100 * (busy_s - own_s) / capacity_s))

    def spent_s(self) -> dict[str, float]:
        """Seconds since then of all processors together, by what they did."""
        return {state: now - self._all[state] for state, now in _states_s().items()}


def _states_s() -> dict[str, float]:
    import psutil

    return dict(psutil.cpu_times()._asdict())


def _own_s() -> float:
    import psutil

    mine = psutil.Process().cpu_times()
    return float(mine.user + mine.system)
