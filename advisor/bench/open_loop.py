"""How is a server loaded by users who come when they come, whether it is ready or not?

Every request has a planned start that nothing can move; latencies count from it, so that a server
which stalls cannot hide the wait of those who came meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from advisor.bench.load import Exchange, Load, Prepared
from advisor.bench.prompts import Source
from advisor.bench.stopping import ByThroughput
from advisor.bench.time_limit import TimeLimit

CHECK_NS = 250_000_000
MOST_PREPARED = 2_000
MOST_FAILURES = 50
"""So many failures without an answer in between end the load."""
CONVERSATIONS = 16
"""Requests take turns in so many conversations, where the workload has several turns."""


class OpenLoop:
    """Drives one load of planned starts: makes its requests, and says when to stop.

    Nothing is tried again: a user who came and got no answer is a failure at that rate.
    """

    def __init__(
        self,
        source: Source,
        *,
        starts_ns: Sequence[int],
        precision: float,
        max_time_s: float,
    ) -> None:
        self.stopped_by = ""
        self.ended_requests = 0
        self.failed_requests = 0
        self._source = source
        self._made = 0
        self._limit = TimeLimit(max_time_s)
        self._by_throughput = ByThroughput(precision)
        self._planned = len(starts_ns)
        self._prepared: deque[Prepared] = deque()
        self._failures_in_a_row = 0
        self._next_check_ns = 0
        for _ in range(min(MOST_PREPARED, self._planned)):
            self._prepare()

    @property
    def steady_from_ns(self) -> int | None:
        """From when on the server's rate has been steady; None if not yet."""
        return self._by_throughput.steady_from_ns

    def request(self) -> Prepared:
        """The next request, made now if none is left."""
        if not self._prepared:
            self._prepare()
        return self._prepared.popleft()

    def idle(self) -> None:
        """Makes requests ahead, while nothing arrives."""
        if self._made < self._planned and len(self._prepared) < MOST_PREPARED:
            self._prepare()

    def ended(self, exchange: Exchange) -> int | None:
        """Takes note of an end, which has no successor."""
        transcript = exchange.transcript
        self.ended_requests += 1
        if transcript.failure is not None or exchange.status != b"200":
            self.failed_requests += 1
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= MOST_FAILURES:
                self.stopped_by = self.stopped_by or "failures"
            return None
        self._failures_in_a_row = 0
        self._limit.saw((transcript.closed_ns - transcript.sent_ns) / 1e9)
        if self._by_throughput.ramp_up_end_ns is None:
            self._by_throughput.ramp_up_end_ns = transcript.closed_ns
        return None

    def tick(self, now_ns: int, load: Load) -> bool:
        """Whether to go on starting requests."""
        if self._limit.is_reached(now_ns - load.started_ns):
            self.stopped_by = self.stopped_by or "max_time"
        if now_ns >= self._next_check_ns:
            self._next_check_ns = now_ns + CHECK_NS
            if self._by_throughput.is_enough(load.timeline, self._limit.request_s):
                self.stopped_by = self.stopped_by or "precision"
        return not self.stopped_by

    def _prepare(self) -> None:
        self._prepared.append(self._source.make(self._made % CONVERSATIONS))
        self._made += 1
