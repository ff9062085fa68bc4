"""How is a server kept busy by a fixed number of users, each asking again as soon as answered?

The first round's answers are asked in different lengths, so that afterwards the streams are as far
apart from each other as those of users who come at different times.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from advisor.bench.load import Exchange, Load, Prepared
from advisor.bench.observe import Observation
from advisor.bench.prompts import Source
from advisor.bench.stopping import ByRequest, ByThroughput
from advisor.bench.time_limit import TimeLimit
from advisor.servers.http import decode

CHECK_NS = 250_000_000
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
STEADY_WITHIN = 0.05
TRIES = {"refused": 2, "busy": 8, "broken": 4}
"""How many rounds in a row may fail before the stage is given up, by the kind of failure."""


class ClosedLoop:
    """Drives one stage: what to send, how long, and what to do when it fails.

    Without a `precision` it lasts until the time is over. At concurrency 1 each ended exchange is
    read at once (`observe`), while nothing else runs; above it nothing is read before the end.
    """

    def __init__(
        self,
        source: Source,
        *,
        concurrency: int,
        precision: float | None,
        max_time_s: float,
        observe: Callable[[Exchange], Observation],
    ) -> None:
        self.concurrency = concurrency
        self.observations: dict[int, Observation] = {}
        self.stopped_by = ""
        self.ended_requests = 0
        self.failed_requests = 0
        self._source = source
        self._limit = TimeLimit(max_time_s)
        self._observe = observe
        self._idle_streams = deque(range(concurrency))
        self._prepared: list[deque[Prepared]] = [deque() for _ in range(concurrency)]
        self._unprepared: deque[int] = deque()
        self._stops_early = precision is not None
        self._by_request = ByRequest(precision or STEADY_WITHIN)
        self._by_throughput = ByThroughput(precision or STEADY_WITHIN)
        self._failures_in_a_row = 0
        self._next_check_ns = 0
        self._started_ns = time.perf_counter_ns()
        for stream, ahead in enumerate(self._prepared):
            ahead.append(source.make(stream, ramp_up_share=(stream + 1) / concurrency))
            ahead.append(source.make(stream))

    @property
    def steady_from_ns(self) -> int | None:
        """From when on the numbers count; None if the metric has not become steady."""
        watch = self._by_request if self.concurrency == 1 else self._by_throughput
        return watch.steady_from_ns

    @property
    def ramp_up_end_ns(self) -> int | None:
        """When every stream had ended its first request."""
        return self._by_throughput.ramp_up_end_ns

    def request(self) -> Prepared:
        """The next request of a stream that is not asking, made now if none is prepared."""
        stream = self._idle_streams.popleft()
        ahead = self._prepared[stream]
        if not ahead:
            return self._source.make(stream)
        self._unprepared.append(stream)
        return ahead.popleft()

    def idle(self) -> None:
        """Makes a request ahead, while nothing arrives."""
        if self._unprepared:
            stream = self._unprepared.popleft()
            self._prepared[stream].append(self._source.make(stream))

    def ended(self, exchange: Exchange) -> int | None:
        """Takes note of an end; its successor is due now, or after a pause if it failed."""
        transcript = exchange.transcript
        now_ns = transcript.closed_ns
        self.ended_requests += 1
        self._idle_streams.append(exchange.request.stream)
        if transcript.failure is not None or exchange.status != b"200":
            self.failed_requests += 1
            return self._after_failure(exchange)
        self._failures_in_a_row = 0
        if not exchange.request.ramp_up:
            self._limit.saw((now_ns - transcript.sent_ns) / 1e9)
        if self.ended_requests == self.concurrency:
            self._by_throughput.ramp_up_end_ns = now_ns
        if self.concurrency == 1:
            seen = self._observe(exchange)
            self.observations[id(exchange)] = seen
            self._source.requests.sizer.learn(seen.words, seen.reading.input_tokens)
            if seen.is_whole:
                self._by_request.add(seen.decode_tok_per_s or 1 / seen.e2e_s, seen.sent_ns)
            if self._stops_early and self._by_request.is_enough():
                self.stopped_by = self.stopped_by or "precision"
        self._check_time(time.perf_counter_ns())
        return None if self.stopped_by else now_ns

    def tick(self, now_ns: int, load: Load) -> bool:
        """Whether to go on starting requests."""
        self._started_ns = load.started_ns
        self._check_time(now_ns)
        if self.concurrency > 1 and now_ns >= self._next_check_ns:
            self._next_check_ns = now_ns + CHECK_NS
            enough = self._by_throughput.is_enough(load.timeline, self._limit.request_s)
            if enough and self._stops_early:
                self.stopped_by = self.stopped_by or "precision"
        return not self.stopped_by

    def _check_time(self, now_ns: int) -> None:
        if self._limit.is_reached(now_ns - self._started_ns):
            self.stopped_by = self.stopped_by or "max_time"

    def _after_failure(self, exchange: Exchange) -> int | None:
        """When to try again: later each time, and not at all after too many rounds."""
        self._failures_in_a_row += 1
        rounds = (self._failures_in_a_row - 1) // self.concurrency
        if rounds >= TRIES[_kind(exchange)]:
            self.stopped_by = "failures"
        if self.stopped_by:
            return None
        pause_s = min(FIRST_PAUSE_S * 2**rounds, LONGEST_PAUSE_S)
        return exchange.transcript.closed_ns + int(max(pause_s, _retry_after_s(exchange)) * 1e9)


def _kind(exchange: Exchange) -> str:
    """How a failure is to be answered: the request is wrong, the server is busy, or broken."""
    if exchange.transcript.failure is None:
        if exchange.status in (b"429", b"503"):
            return "busy"
        if exchange.status.startswith(b"4"):
            return "refused"
    return "broken"


def _retry_after_s(exchange: Exchange) -> float:
    """The pause that a busy server asks for, in seconds, 0 without one."""
    digits = decode(exchange.transcript).headers.get("retry-after", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 4):
        return 0.0
    return min(float(digits), 2 * LONGEST_PAUSE_S)
