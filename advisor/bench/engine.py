"""When did every byte arrive? The load generator: one thread, one selector, nothing parsed.

Every exchange has a connection of its own that was opened before its request was due. The loop
writes requests that were encoded earlier and keeps what it reads with the time of the read;
whatever has to be understood is understood after the load has ended.
"""

from __future__ import annotations

import heapq
import ssl
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from advisor.bench.connections import READ_BYTES, Connection, failure_name
from advisor.bench.dialing import Dialer, allow_sockets
from advisor.bench.load import LAST_STRAW, READ_COST, Driver, Exchange, Limits, Load
from advisor.bench.quiet import undisturbed
from advisor.bench.readiness import readiness
from advisor.servers.wire import Endpoint, Transcript

TICK_S = 0.05
TICK_NS = 50_000_000
REDIAL_NS = 200_000_000
OPENING_S = 10.0
MOST_SPARES = 256
SPARES_FOR_NS = 200_000_000
"""Connections are kept in reserve for the busiest span of this length."""
STALE_AFTER_NS = 100_000_000


def run_load(
    endpoint: Endpoint,
    driver: Driver,
    starts_ns: Sequence[int],
    *,
    limits: Limits,
    load: Load,
    open_loop: bool = False,
    interrupted: Callable[[], bool] = lambda: False,
) -> None:
    """Fills `load` until nothing is due any more and every stream has ended.

    `starts_ns` are offsets from the start of the load, in order, one for each stream (closed loop,
    where an ended exchange may have a successor) or for each planned arrival (open loop, where
    transcripts carry `planned_ns`). When `limits.load_s` is over, or `interrupted()` is true, open
    streams are cut and marked "interrupted". Other threads may watch `load` meanwhile.
    Raises AdvisorError if no connection can be made at the outset.
    """
    loop = _Loop(
        Dialer(endpoint),
        driver,
        load,
        limits=limits,
        interrupted=interrupted,
        open_loop=open_loop,
        buffers_reads=endpoint.scheme == "https",
    )
    with loop.connected(starts_ns), undisturbed():
        loop.run(starts_ns)


class _Loop:
    def __init__(
        self,
        dialer: Dialer,
        driver: Driver,
        load: Load,
        *,
        limits: Limits,
        interrupted: Callable[[], bool],
        open_loop: bool,
        buffers_reads: bool,
    ) -> None:
        self._driver = driver
        self._limits = limits
        self._load = load
        self._interrupted = interrupted
        self._open_loop = open_loop
        self._buffers_reads = buffers_reads
        self._dialer = dialer
        self._readiness = readiness()
        self._opening: set[Connection] = set()
        self._spare: deque[Connection] = deque()
        self._active: set[Connection] = set()
        self._unconnected: deque[Exchange] = deque()
        self._due: list[int] = []
        self._spares_wanted = 1
        self._redial_ns = 0
        self._next_tick_ns = 0
        self._next_overdue_ns = 0
        self._overdue_every_ns = int(min(limits.silence_s, limits.exchange_s) / 10 * 1e9)
        self._starting = True

    @contextmanager
    def connected(self, starts_ns: Sequence[int]) -> Iterator[None]:
        """Open connections for all that starts at once and some in reserve; closed at the end."""
        at_once = sum(1 for start in starts_ns if start == starts_ns[0])
        self._spares_wanted = 1 + min(max(len(starts_ns) // 32, _busiest(starts_ns)), MOST_SPARES)
        allow_sockets(2 * at_once + self._spares_wanted)
        deadline = time.monotonic() + OPENING_S
        try:
            for _ in range(at_once + self._spares_wanted):
                self._dial()
                self._proceed_with_ready(0.0)
            while self._opening and time.monotonic() < deadline and not self._interrupted():
                self._proceed_with_ready(0.1)
            yield
        finally:
            for connection in [*self._opening, *self._spare, *self._active]:
                self._close(connection)
            self._readiness.close()

    def run(self, starts_ns: Sequence[int]) -> None:
        """The hot path."""
        clock = time.perf_counter_ns
        wait = self._readiness.wait
        end = self._end
        buffers_reads = self._buffers_reads
        load = self._load
        load.started_ns = now_ns = wake_ns = clock()
        self._due = [now_ns + start for start in starts_ns]
        received_bytes = reads = 0
        while self._active or self._unconnected or self._due:
            if now_ns >= wake_ns or (self._due and now_ns >= self._due[0]):
                load.received_bytes = received_bytes
                load.kept_bytes = received_bytes + reads * READ_COST
                wake_ns = self._keep_house(now_ns)
            ready = wait(self._wait_s(wake_ns) if self._due else TICK_S)
            now_ns = clock()
            if not ready:
                self._driver.idle()
            for connection in ready:
                if not connection.receiving:
                    self._proceed(connection)
                    continue
                try:
                    data = connection.recv(READ_BYTES)
                except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    end(connection, "reset")
                    continue
                now_ns = clock()
                if not data:
                    end(connection, None)
                    continue
                connection.keep((now_ns, data))
                size = len(data)
                received_bytes += size
                reads += 1
                connection.left -= size + READ_COST
                if connection.is_last(data):
                    end(connection, None)
                elif connection.left < 0 and not self._may_go_on(connection):
                    end(connection, "too_large")
                elif buffers_reads and connection.decrypted():
                    received_bytes += self._read_buffered(connection)
        load.received_bytes = received_bytes
        load.stopped_ns = load.stopped_ns or clock()

    def _keep_house(self, now_ns: int) -> int:
        """Does what is due by the clock; returns when to come again at the latest."""
        if now_ns >= self._next_tick_ns:
            self._tick(now_ns)
            if now_ns - self._load.started_ns >= self._limits.load_s * 1e9 or self._interrupted():
                self._cut(now_ns)
            self._next_tick_ns = now_ns + TICK_NS
        while self._due and self._due[0] <= now_ns:
            self._start(heapq.heappop(self._due))
        return self._next_tick_ns

    def _wait_s(self, wake_ns: int) -> float:
        """Whole milliseconds, as the system rounds up: the rest is spent asking again."""
        return max(0, (min(wake_ns, self._due[0]) - time.perf_counter_ns()) // 1_000_000) / 1e3

    def _read_buffered(self, connection: Connection) -> int:
        """Reads what TLS has decrypted already, of which the selector knows nothing."""
        size = 0
        try:
            while data := connection.recv(READ_BYTES):
                connection.keep((time.perf_counter_ns(), data))
                size += len(data)
                connection.left -= len(data) + READ_COST
                if connection.left < 0 and not self._may_go_on(connection):
                    self._end(connection, "too_large")
                    return size
                if connection.is_last(data):
                    break
            self._end(connection, None)
        except ssl.SSLWantReadError:
            return size
        except OSError:
            self._end(connection, "reset")
        return size

    def _may_go_on(self, connection: Connection) -> bool:
        """Whether an exchange whose bytes are used up gets more of them."""
        assert connection.exchange is not None
        connection.left = self._limits.further_bytes(connection.exchange)
        return connection.left > 0

    def _start(self, planned_ns: int) -> None:
        """Starts an exchange that is due, at once if a connection is ready."""
        planned = planned_ns if self._open_loop else None
        exchange = Exchange(self._driver.request(), Transcript(planned_ns=planned))
        if self._spare:
            self._send(self._spare.popleft(), exchange)
        else:
            self._unconnected.append(exchange)
            self._dial()

    def _send(self, connection: Connection, exchange: Exchange) -> None:
        connection.take(exchange, self._limits.exchange_bytes)
        self._active.add(connection)
        self._proceed(connection)

    def _tick(self, now_ns: int) -> None:
        """What is due some 20 times a second: the driver's decision, timeouts, reserves."""
        load = self._load
        load.timeline.append((now_ns, load.received_bytes))
        load.is_full = load.kept_bytes > self._limits.load_bytes
        if load.kept_bytes > LAST_STRAW * self._limits.load_bytes:
            self._cut(now_ns)
        if self._starting and (load.is_full or not self._driver.tick(now_ns, load)):
            self._stop(now_ns)
        if now_ns >= self._next_overdue_ns:
            self._next_overdue_ns = now_ns + self._overdue_every_ns
            for connection in [*self._active, *self._opening]:
                if self._is_overdue(connection, now_ns):
                    self._fail(connection, "timeout")
        if self._starting and now_ns >= self._redial_ns:
            in_reserve = len(self._spare) + len(self._opening)
            for _ in range(self._spares_wanted + len(self._unconnected) - in_reserve):
                self._dial()

    def _is_overdue(self, connection: Connection, now_ns: int) -> bool:
        transcript = connection.exchange.transcript if connection.exchange else None
        if transcript is None or not transcript.sent_ns:
            return now_ns - connection.since_ns > OPENING_S * 1e9
        last_ns = transcript.received[-1][0] if transcript.received else transcript.sent_ns
        return (
            now_ns - last_ns > self._limits.silence_s * 1e9
            or now_ns - transcript.sent_ns > self._limits.exchange_s * 1e9
        )

    def _dial(self) -> None:
        try:
            connection = self._dialer.dial()
        except OSError as error:
            self._not_connected(failure_name(error))
            return
        self._opening.add(connection)
        self._readiness.watch(connection)

    def _proceed_with_ready(self, timeout_s: float) -> None:
        for connection in self._readiness.wait(timeout_s):
            self._proceed(connection)

    def _proceed(self, connection: Connection) -> None:
        """Lets a connection that does not receive yet go on.

        One that was ready may have been closed since, while others of the same moment were served;
        its number may be another's by now.
        """
        if connection.is_closed:
            return
        if connection.is_open and connection.exchange is None:
            self._drop_stale(connection)
            return
        try:
            events = connection.proceed()
        except OSError as error:
            self._fail(connection, "reset" if connection.is_open else failure_name(error))
            return
        if events != connection.events:
            connection.events = events
            self._readiness.change(connection)
        if connection.has_ended:
            self._end(connection, None)
        elif connection.is_open and connection in self._opening:
            self._opening.discard(connection)
            if self._unconnected:
                self._send(connection, self._unconnected.popleft())
            else:
                self._spare.append(connection)

    def _drop_stale(self, connection: Connection) -> None:
        """Gives up a connection in reserve that the server has no more use for."""
        with suppress(OSError):
            if connection.still_waits():
                return
        self._spare.remove(connection)
        self._close(connection)

    def _fail(self, connection: Connection, failure: str) -> None:
        if connection.exchange is not None:
            self._end(connection, failure)
            return
        self._opening.discard(connection)
        self._close(connection)
        self._not_connected(failure)

    def _not_connected(self, failure: str) -> None:
        """A connection did not open: an exchange that waits for one fails with it."""
        self._redial_ns = time.perf_counter_ns() + REDIAL_NS
        if self._unconnected:
            exchange = self._unconnected.popleft()
            exchange.transcript.sent_ns = time.perf_counter_ns()
            self._conclude(exchange, failure)

    def _end(self, connection: Connection, failure: str | None) -> None:
        """The end of a stream, and the start of what follows it."""
        exchange = connection.exchange
        assert exchange is not None
        self._active.discard(connection)
        self._close(connection)
        if self._was_stale(connection, failure):
            again = Exchange(
                exchange.request,
                Transcript(planned_ns=exchange.transcript.planned_ns),
                resent=True,
            )
            self._unconnected.append(again)
            self._dial()
            return
        self._conclude(exchange, failure)

    def _was_stale(self, connection: Connection, failure: str | None) -> bool:
        """Whether the server had closed a waiting connection just as the request was written.

        HTTP allows one to be sent again then (RFC 9112, section 9.3.1).
        """
        exchange = connection.exchange
        assert exchange is not None
        transcript = exchange.transcript
        if not self._limits.resends:
            return False
        if exchange.resent or transcript.received or failure not in (None, "reset"):
            return False
        now_ns = time.perf_counter_ns()
        waited_ns = (transcript.sent_ns or now_ns) - connection.since_ns
        return waited_ns > STALE_AFTER_NS and now_ns - transcript.sent_ns < STALE_AFTER_NS

    def _conclude(self, exchange: Exchange, failure: str | None) -> None:
        transcript = exchange.transcript
        transcript.closed_ns = time.perf_counter_ns()
        transcript.failure = failure
        self._load.exchanges.append(exchange)
        due_ns = self._driver.ended(exchange)
        if due_ns is None or not self._starting:
            return
        if due_ns <= transcript.closed_ns:
            self._start(due_ns)
        else:
            heapq.heappush(self._due, due_ns)

    def _stop(self, now_ns: int) -> None:
        self._starting = False
        self._due.clear()
        self._load.stopped_ns = self._load.stopped_ns or now_ns

    def _cut(self, now_ns: int) -> None:
        """Ends every stream from this side."""
        self._stop(now_ns)
        self._load.cut += len(self._active) + len(self._unconnected)
        self._unconnected.clear()
        for connection in list(self._active):
            exchange = connection.exchange
            assert exchange is not None
            self._active.discard(connection)
            self._close(connection)
            self._conclude(exchange, "interrupted")

    def _close(self, connection: Connection) -> None:
        self._readiness.forget(connection)
        connection.close()


def _busiest(starts_ns: Sequence[int]) -> int:
    """The most starts within SPARES_FOR_NS after the first ones, which are connected anyway."""
    later = [start for start in starts_ns if start != starts_ns[0]]
    return max(
        (bisect_left(later, start + SPARES_FOR_NS) - i for i, start in enumerate(later)), default=0
    )
