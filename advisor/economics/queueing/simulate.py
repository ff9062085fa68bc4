"""Who waits how long at a server that shares its speed among all who are inside?

A discrete-event simulation of continuous batching. With n inside, each gets a n-th of what the
measured curve says the whole server does with n; who comes when as many are inside as were ever
measured waits outside, first come, first served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from advisor.economics.queueing.requests import Floats


@dataclass(frozen=True, slots=True)
class Served:
    """What became of each request, in the order of arrival, seconds from the simulation's start.

    Start and end are NaN for those that were turned away. `inside` counts the request itself, at
    the moment when it began.
    """

    start_s: Floats
    end_s: Floats
    inside: np.ndarray[tuple[int], np.dtype[np.int64]]


def arrival_times(
    rates_per_s: Sequence[float], hour_s: float, burstiness: float, random: np.random.Generator
) -> Floats:
    """When requests come, in seconds, if hour i lasts `hour_s` and has `rates_per_s[i]`.

    `burstiness` is the shape of the gamma distribution of the gaps, as in `vllm bench serve`:
    1 is Poisson, less comes in bursts, more comes regularly.
    """
    import numpy as np

    reached = np.concatenate([[0.0], np.cumsum(np.asarray(rates_per_s) * hour_s)])
    expected = float(reached[-1])
    if expected <= 0:
        return np.zeros(0)
    passed = np.zeros(0)
    while passed.size == 0 or passed[-1] < expected:
        chunk = int(1.1 * expected) + 100
        gaps = random.gamma(burstiness, 1.0 / burstiness, chunk)
        passed = np.concatenate([passed, (passed[-1] if passed.size else 0.0) + np.cumsum(gaps)])
    edges_s = np.arange(len(rates_per_s) + 1) * hour_s
    found: Floats = np.interp(passed[passed < expected], reached, edges_s)
    return found


def serve(
    arrivals_s: Floats, work: Floats, speeds: Sequence[float], room: int | None = None
) -> Served:
    """Lets the requests through. `speeds[n-1]` is the server's work per second with n inside.

    Requests that find `room` others inside or waiting are turned away. Between two events all who
    are inside get the same share, so it is enough to follow how much work one who stayed from the
    beginning would have got (`shared`); a request leaves when that has grown by its own work.
    """
    import numpy as np

    largest = len(speeds)
    each = [0.0, *(speed / (n + 1) for n, speed in enumerate(speeds))]
    most = float("inf") if room is None else room
    sizes = work.tolist()
    start, end = [np.nan] * len(sizes), [np.nan] * len(sizes)
    inside_at = [0] * len(sizes)
    inside: list[tuple[float, int]] = []
    waiting: deque[int] = deque()
    now = shared = 0.0

    def leave_until(moment: float) -> None:
        """Moves time on to `moment`, through every departure before it."""
        nonlocal now, shared
        while inside:
            leaves_at, index = inside[0]
            after = now + (leaves_at - shared) / each[len(inside)]
            if after > moment:
                shared += (moment - now) * each[len(inside)]
                break
            now, shared = after, leaves_at
            end[index] = now
            heappop(inside)
            if waiting:
                begin(waiting.popleft())
        else:
            shared = 0.0
        now = moment

    def begin(index: int) -> None:
        start[index] = now
        heappush(inside, (shared + sizes[index], index))
        inside_at[index] = len(inside)

    for index, moment in enumerate(arrivals_s.tolist()):
        leave_until(moment)
        if len(inside) + len(waiting) >= most:
            continue
        if len(inside) < largest:
            begin(index)
        else:
            waiting.append(index)
    leave_until(float("inf"))
    return Served(np.array(start), np.array(end), np.array(inside_at, dtype=np.int64))
