"""How far is the measurement, for whoever watches? Told from a thread of its own.

The load generator only counts bytes; what a watcher sees between its ticks is derived here, five
times a second, from those counts and from one ended answer at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from advisor.bench.closed_loop import ClosedLoop
from advisor.bench.level import Level
from advisor.bench.load import Load
from advisor.bench.observe import observe
from advisor.bench.open_loop import OpenLoop
from advisor.bench.scripted import ScriptedLoop
from advisor.documents import Unknown
from advisor.power.meter import Meter
from advisor.servers.wire import Server

INTERVAL_S = 0.2
RATE_SPAN_NS = 1_500_000_000
POWER_SPAN_NS = 1_000_000_000


class Phase(StrEnum):
    """What is being done, in this order."""

    CALIBRATE = "calibrate"
    IDLE = "idle power"
    WARM_UP = "warm-up"
    MEASURE = "measure"
    SECOND_MIX = "second mix"
    ENERGY = "energy trials"
    LONG_CONTEXT = "long context"
    SUSTAINED = "sustained load"
    REPLAY = "same work"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at the measurement.

    `stage` of `stages` runs at `level`; 0 and None before the first. `remaining_s` is the most
    that is left by the time limits. What is not known yet is None; rates are rough.
    """

    phase: Phase
    stage: int
    stages: int
    level: Level | None
    elapsed_s: float
    remaining_s: float
    output_tok_per_s: float | None = None
    ttft_ms: float | None = None
    power_w: float | None = None
    requests: int = 0
    errors: int = 0


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Reporter:
    """Tells `on_progress` where the measurement is, as long as `running()` lasts.

    The runner says what it does by `enter`, and by `watch` which load to look at.
    """

    server: Server
    meter: Meter | None
    on_progress: OnProgress
    stages: int
    tokens_per_byte: float = 0.0
    _now: Progress | None = None
    _load: Load | None = None
    _loop: ClosedLoop | OpenLoop | ScriptedLoop | None = None
    _started: float = 0.0
    _failure: Exception | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def enter(
        self,
        phase: Phase,
        *,
        stage: int = 0,
        of: int | None = None,
        level: Level | None = None,
        left_s: float = 0.0,
    ) -> None:
        """From now on this is done, the `stage` of all or `of` so many; `left_s` is the most that
        is left from its beginning."""
        self._load = self._loop = None
        self._started = self._started or time.monotonic()
        self._now = Progress(
            phase=phase,
            stage=stage,
            stages=of or self.stages,
            level=level,
            elapsed_s=time.monotonic() - self._started,
            remaining_s=left_s,
        )

    def watch(self, load: Load, loop: ClosedLoop | OpenLoop | ScriptedLoop) -> None:
        """From now on this load runs."""
        self._load, self._loop = load, loop

    @contextmanager
    def running(self) -> Iterator[None]:
        """Reports until the block ends. Raises what `on_progress` raised, if it did."""
        thread = threading.Thread(target=self._run, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(timeout=2)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while not self._over.wait(INTERVAL_S):
            try:
                if self._now is not None:
                    self.on_progress(self._look(self._now))
            except Exception as failure:  # noqa: BLE001 - handed to the thread that measures
                self._failure = failure
                return

    def _look(self, entered: Progress) -> Progress:
        elapsed_s = time.monotonic() - self._started
        seen = replace(
            entered,
            elapsed_s=elapsed_s,
            remaining_s=max(0.0, entered.remaining_s - (elapsed_s - entered.elapsed_s)),
            power_w=self._power_w(),
        )
        load, loop = self._load, self._loop
        if load is None or loop is None:
            return seen
        phase = entered.phase
        if phase is Phase.MEASURE and loop.steady_from_ns is None:
            phase = Phase.WARM_UP
        return replace(
            seen,
            phase=phase,
            output_tok_per_s=self._output_rate(load),
            ttft_ms=self._last_ttft_ms(load),
            requests=loop.ended_requests,
            errors=loop.failed_requests,
        )

    def _output_rate(self, load: Load) -> float | None:
        timeline = load.timeline[-64:]
        since_ns = timeline[-1][0] - RATE_SPAN_NS if timeline else 0
        recent = [point for point in timeline if point[0] >= since_ns]
        if len(recent) < 2 or not self.tokens_per_byte:
            return None
        span_s = (recent[-1][0] - recent[0][0]) / 1e9
        return (recent[-1][1] - recent[0][1]) * self.tokens_per_byte / span_s

    def _last_ttft_ms(self, load: Load) -> float | None:
        if not load.exchanges:
            return None
        ttft_s = observe(load.exchanges[-1], self.server).ttft_s
        return None if ttft_s is None else ttft_s * 1e3

    def _power_w(self) -> float | None:
        if self.meter is None:
            return None
        now_ns = time.perf_counter_ns()
        window = self.meter.window(now_ns - POWER_SPAN_NS, now_ns)
        return None if isinstance(window, Unknown) else window.mean_power_w
