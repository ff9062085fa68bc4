"""How is a server asked a fixed list of requests, politely?

The same list can be put to several servers. At a refusal the same request is put again after the
pause that the server asks for, else after one that doubles; too many failures in a row end it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from advisor.bench.gate import Gate
from advisor.bench.load import Exchange, Load, Prepared
from advisor.bench.observe import CUT, Observation
from advisor.bench.patience import asked_pause_s, rest_s
from advisor.servers.http import decode

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
TRIES = {"busy": 8, "broken": 4, "odd": 2, "refused": 1}
"""How many failures in a row are borne, by their kind."""
UNSENT = ("connect_refused", "connect_failed", "tls")
"""Failures before anything was written."""


class ScriptedLoop:
    """Drives one load of `requests`, `concurrency` at a time, as far as the gate lets them."""

    def __init__(
        self,
        requests: Sequence[Prepared],
        *,
        concurrency: int,
        max_time_s: float,
        observe: Callable[[Exchange], Observation],
        gate: Gate,
    ) -> None:
        self.observations: dict[int, Observation] = {}
        self.stopped_by = ""
        self.ended_requests = 0
        self.failed_requests = 0
        self.retries = 0
        self.pauses_s: list[float] = []
        self.steady_from_ns: int | None = None
        self._waiting = deque(requests)
        self._admitted: deque[Prepared] = deque()
        self._max_time_ns = int(max_time_s * 1e9)
        self._started_ns = time.perf_counter_ns()
        self._observe = observe
        self._gate = gate
        self._failures_in_a_row = 0
        self.streams = sum(self._admit() for _ in range(min(concurrency, len(requests))))

    def request(self) -> Prepared:
        """The next request that was let through."""
        return self._admitted.popleft()

    def idle(self) -> None:
        """Everything is made beforehand."""

    def ended(self, exchange: Exchange) -> int | None:
        """Takes note of an end; what follows is due now or after a pause, if anything follows."""
        seen = self._observe(exchange)
        self.observations[id(exchange)] = seen
        self.ended_requests += 1
        self._gate.settle(exchange.request, seen)
        answer = decode(exchange.transcript)
        if seen.is_whole:
            self._failures_in_a_row = 0
            return self._after(exchange, rest_s(answer.headers))
        self.failed_requests += 1
        if seen.was_cut:
            return None
        kind = failure_kind(seen.reading.error or "")
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= TRIES[kind]:
            self.stopped_by = self.stopped_by or "failures"
            return None
        if kind != "odd":
            self.retries += 1
            self._waiting.appendleft(exchange.request)
        pause_s = asked_pause_s(answer.headers, answer.body)
        if pause_s is None:
            doubled_s = FIRST_PAUSE_S * 2 ** (self._failures_in_a_row - 1)
            pause_s = min(doubled_s, LONGEST_PAUSE_S)
        return self._after(exchange, pause_s)

    def tick(self, now_ns: int, load: Load) -> bool:
        """Whether to go on starting requests."""
        self._started_ns = load.started_ns
        self.steady_from_ns = self.steady_from_ns or load.started_ns
        if now_ns - load.started_ns >= self._max_time_ns:
            self.stopped_by = self.stopped_by or "max_time"
        return not self.stopped_by

    def close(self) -> None:
        """Gives back what was let through and never sent."""
        while self._admitted:
            self._gate.release(self._admitted.popleft())

    def _after(self, exchange: Exchange, pause_s: float | None) -> int | None:
        """When the next request is due, None if there is none or none may be sent."""
        if self.stopped_by or not self._waiting:
            return None
        now_ns = exchange.transcript.closed_ns
        due_ns = now_ns + int((pause_s or 0.0) * 1e9)
        if due_ns - self._started_ns >= self._max_time_ns:
            self.stopped_by = "rate_limit" if pause_s else "max_time"
            return None
        if not self._admit():
            self.stopped_by = "budget"
            return None
        if pause_s:
            self.pauses_s.append(pause_s)
        return due_ns

    def _admit(self) -> bool:
        if not self._waiting or not self._gate.admits(self._waiting[0]):
            return False
        self._admitted.append(self._waiting.popleft())
        return True


def failure_kind(error: str) -> str:
    """How a failure is answered: waited out, tried again, passed over, or taken as final."""
    if error in ("http_429", "http_503", "http_529"):
        return "busy"
    if error in ("http_408", "http_425") or error.startswith("http_5"):
        return "broken"
    if error.startswith(("http_", "not_http", "content_encoding")) or error == "too_large":
        return "refused"
    if error in ("no_tokens", "usage_implausible", "malformed", "not_streamed", CUT):
        return "odd"
    return "broken"
