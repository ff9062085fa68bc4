"""What was measured last of each machine, model, server, workload and load?

Everything is bounded, for each combination of labels is a series that a Prometheus keeps: the
newest `MOST_LISTED` runs are looked at, `MOST_READ` of them read, `MOST_LOADS` loads told.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from advisor.bench.document import Bench, Stage
from advisor.errors import AdvisorError
from advisor.history.headline import micros
from advisor.history.record import Run, RunSummary
from advisor.history.store import RunStore, Wanted
from advisor.report.text import name
from advisor.schedule.reasons import kinds_of

MOST_LISTED, MOST_READ, MOST_LOADS, MOST_APIS = 2000, 300, 500, 10
READ_OF_EACH = 3
"""So many newest runs of one kind are read: the last may have put on other loads than the ones
before."""

SKIPS_SINCE = timedelta(days=30)
MOST_SKIPS, MOST_SKIP_SERIES = 500, 100
LONGEST_LABEL = 100


class Series(NamedTuple):
    """What a series is of: names from elsewhere on one line each, without control characters."""

    machine: str
    model: str
    quantization: str
    server: str
    workload: str


class Skipped(NamedTuple):
    """Runs of a schedule that were not made for a kind of reason."""

    machine: str
    schedule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest measurement of one load; `started_s` is its run's Unix time."""

    series: Series
    load: str
    started_s: float
    partial: bool
    stage: Stage


@dataclass(frozen=True, slots=True)
class PaysBack:
    """After how many months a box has paid back against an API, by the newest advice; never is
    None."""

    series: Series
    api: str
    months: float | None


@dataclass(frozen=True, slots=True)
class Latest:
    """What is told. `left_out` counts loads beyond the bound, `unreadable` runs that are damaged
    or another version's."""

    measured: tuple[Measured, ...] = ()
    pays_back: tuple[PaysBack, ...] = ()
    skipped: tuple[tuple[Skipped, int], ...] = ()
    left_out: int = 0
    unreadable: int = 0


class Reader:
    """Reads the latest of a history again and again; what is kept never changes, so that only new
    runs are read."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._read: dict[str, Run] = {}

    def latest(self, now: datetime | None = None) -> Latest:
        """The latest as it is now. Raises AdvisorError if the history cannot be used."""
        since = (now or datetime.now(UTC)) - SKIPS_SINCE
        since_us = int(since.timestamp() * 1e6)
        history = self._store.history
        measured = _wanted(history(Wanted(measured=True, limit=MOST_LISTED)).runs)
        skipped = history(Wanted(kind="skip", since_us=since_us, limit=MOST_SKIPS)).runs
        skips = [each.id for each in skipped]
        unreadable = self._look_up([*measured, *skips])
        return latest(
            (self._read[each] for each in measured if each in self._read),
            (self._read[each] for each in skips if each in self._read),
            unreadable,
        )

    def _look_up(self, ids: list[str]) -> int:
        """Has these runs read, and no others; how many cannot be."""
        known, self._read = self._read, {}
        for each in ids:
            with suppress(AdvisorError):
                self._read[each] = known[each] if each in known else self._store.load(each)
        return len(ids) - len(self._read)


def latest(runs: Iterable[Run], skips: Iterable[Run] = (), unreadable: int = 0) -> Latest:
    """The newest of each, from runs of which the newest come first."""
    measured: dict[tuple[Series, str], Measured] = {}
    pays_back: dict[tuple[Series, str], PaysBack] = {}
    advised: set[Series] = set()
    for run in runs:
        if run.bench is None:
            continue
        series = series_of(_machine(run), run.bench)
        for stage in run.bench.stages:
            found = Measured(
                series, load_of(stage), micros(run.started_at) / 1e6, run.partial, stage
            )
            measured.setdefault((series, found.load), found)
        if run.advice is not None and series not in advised:
            advised.add(series)
            for each in _pays_back(series, run):
                pays_back.setdefault((series, each.api), each)
    counted = Counter(each for skip in skips for each in _skipped(skip))
    kept = tuple(measured.values())[:MOST_LOADS]
    return Latest(
        measured=kept,
        pays_back=tuple(pays_back.values())[:MOST_LOADS],
        skipped=tuple(counted.most_common(MOST_SKIP_SERIES)),
        left_out=len(measured) - len(kept),
        unreadable=unreadable,
    )


def series_of(machine: str, bench: Bench) -> Series:
    """The labels of a measurement."""
    shape = bench.workload
    asked = "" if shape.input_tokens is None else f" {shape.input_tokens}/{shape.output_tokens}"
    return Series(
        machine=label(machine),
        model=label(bench.model.name),
        quantization=label(bench.model.quantization or ""),
        server=label(bench.server.kind),
        workload=label(f"{name(shape.name, 60)}{asked}"),
    )


def load_of(stage: Stage) -> str:
    """A stage's load: `concurrency 16`, or `rate 2.5` (requests a second)."""
    if stage.concurrency is not None:
        return f"concurrency {stage.concurrency}"
    return "rate unknown" if stage.rate is None else f"rate {stage.rate:g}"


def label(text: str) -> str:
    """A name from elsewhere as the value of a label."""
    return name(text, LONGEST_LABEL)


def _wanted(runs: Iterable[RunSummary]) -> list[str]:
    """The ids to read: the newest of each kind, and the newest of each that holds advice."""
    newest: Counter[object] = Counter()
    found: list[str] = []
    for run in runs:
        kind = (run.machine, run.server, run.model, run.quantization, run.workload)
        newest[kind] += 1
        has_advice = run.kind == "run"
        newest[kind, has_advice] += 1
        first_with_advice = has_advice and newest[kind, True] == 1
        if newest[kind] <= READ_OF_EACH or first_with_advice:
            found.append(run.id)
    return found[:MOST_READ]


def _pays_back(series: Series, run: Run) -> Iterator[PaysBack]:
    """What the advice says of each API; nothing of those where it is unknown."""
    if run.advice is None:
        return
    for number, each in enumerate(run.advice.comparisons[:MOST_APIS]):
        months = each.break_even_months_full
        unknown = f"comparisons[{number}].break_even_months_full" in run.advice.unknown
        if not unknown and (months is None or math.isfinite(months)):
            yield PaysBack(series, label(each.name), months)


def _machine(run: Run) -> str:
    """Where it was measured; of another tool's result what stands for that."""
    return run.machine.id if run.machine else run.machine_id or "unknown"


def _skipped(run: Run) -> Iterator[Skipped]:
    if run.skip is not None:
        for kind in kinds_of(run.skip.reasons):
            yield Skipped(label(_machine(run)), label(run.skip.schedule), kind)
