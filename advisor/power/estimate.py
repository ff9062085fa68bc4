"""What does the box draw, where nothing can be measured? Its processors' use, times what others
measured on servers like it (estimate.toml)."""

from __future__ import annotations

import threading
import time
import tomllib
from importlib.resources import files

from advisor.documents import Unknown
from advisor.power.meter import Grade, Window
from advisor.power.polling import Poller
from advisor.power.series import at, covers

INTERVAL_S = 0.5
NOT_BUSY = ("idle", "iowait", "guest", "guest_nice")
"""Fields of `psutil.cpu_times` that are waiting, or already counted under another field."""


class EstimateMeter:
    """Draw of the box from the seconds that its processors were busy.

    `gpu_w` is what the graphics cards draw while the processors work, added as a constant.
    """

    name = "estimate from processor use"
    grade = Grade.ESTIMATED
    domain = "box"

    def __init__(self, gpu_w: float = 0.0) -> None:
        import psutil

        data = tomllib.loads(files("advisor.power").joinpath("estimate.toml").read_text("utf-8"))
        processors = psutil.cpu_count() or 1
        gigabytes = psutil.virtual_memory().total / 1e9
        idle_w, busy_w = data["idle_w_per_logical_processor"], data["busy_w_per_logical_processor"]
        least_w, most_w = data["busy_w_per_logical_processor_band"]
        self.band = (least_w / busy_w, most_w / busy_w)
        self.constant_w = processors * idle_w + gigabytes * data["memory_w_per_gigabyte"] + gpu_w
        self.busy_extra_w = busy_w - idle_w
        coefficients = (
            f"a box draws {idle_w} W for each of {processors} logical processors when idle and "
            f"{busy_w} W when busy ({least_w} to {most_w} W between makes), and "
            f"{data['memory_w_per_gigabyte']} W for each GB of memory: {data['source']}, read "
            f"{data['as_of']}; in a virtual machine this is its share of the host"
        )
        cards = f"its graphics cards draw {gpu_w:.0f} W throughout, read once"
        self.assumptions: tuple[str, ...] = (coefficients, cards) if gpu_w else (coefficients,)
        self._busy_s: list[tuple[int, float]] = []
        self._lock = threading.Lock()
        self._poller = Poller(self._take, INTERVAL_S)

    def start(self) -> None:
        """Begins to watch the processors."""
        self._poller.start()

    def stop(self) -> None:
        """Ends watching; windows already past can still be asked for."""
        self._poller.stop()

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """Energy of the window by the processors' busy seconds in it."""
        if end_ns <= start_ns:
            return Unknown("the window has no length")
        if self._poller.running:
            self._take()
        with self._lock:
            if not covers(self._busy_s, start_ns, end_ns):
                return Unknown("the processors were not watched over the whole window")
            busy_s = at(self._busy_s, end_ns) - at(self._busy_s, start_ns)
        energy_j = self.constant_w * (end_ns - start_ns) / 1e9 + self.busy_extra_w * busy_s
        return Window(start_ns, end_ns, energy_j)

    def _take(self) -> None:
        import psutil

        times = psutil.cpu_times()._asdict()
        busy_s = sum(spent for state, spent in times.items() if state not in NOT_BUSY)
        with self._lock:
            self._busy_s.append((time.perf_counter_ns(), busy_s))
