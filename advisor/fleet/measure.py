"""How are all hosts measured, so many at once, and none lost by what another does?

Hosts that measure themselves go side by side. What is measured from here goes one after the other.
A host's run is in the history as soon as it came back, whatever becomes of the others.
"""

from __future__ import annotations

import queue
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from advisor.documents import know_types, now
from advisor.errors import AdvisorError
from advisor.fleet.document import Fleet, HostResult
from advisor.fleet.failure import HostError
from advisor.fleet.file import FleetFile, Host
from advisor.fleet.here import FromHere
from advisor.fleet.on_ray import OnRay
from advisor.fleet.one import Asked, Measured, Way, measure_host
from advisor.fleet.program import Patience
from advisor.fleet.ssh import OverSsh
from advisor.fleet.stop import Stop, heeding
from advisor.history.drift.watch import news_of
from advisor.history.exchange.take_in import take_in
from advisor.history.headline import row_of
from advisor.history.store import RunStore

HOST_TAG = "host:"
LOOK_EVERY_S = 0.2
"""A wait without an end cannot be interrupted on every platform."""


class Watcher(Protocol):
    """Who is told, on the thread that measures the fleet."""

    def says(self, host: str, line: str) -> None:
        """What a host says now."""

    def done(self, result: HostResult) -> None:
        """What came of a host."""


@dataclass(frozen=True, slots=True)
class _News:
    host: Host
    line: str = ""
    came: Measured | HostError | None = None
    took_s: float = 0.0


def measure_fleet(
    fleet: FleetFile,
    hosts: Sequence[tuple[Host, Sequence[str]]],
    store: RunStore,
    watcher: Watcher,
) -> tuple[Fleet, bool]:
    """Measures these hosts, each with its options of `advisor bench`; whether it was interrupted.

    An interrupt ends what goes on and keeps what is done. Raises AdvisorError if the history here
    cannot be used.
    """
    started_at, stop = now(), Stop()
    news: queue.Queue[_News] = queue.Queue()
    results: dict[str, HostResult] = {}
    store.open()
    know_types()
    with tempfile.TemporaryDirectory(prefix="advisor-fleet-") as folder, heeding(stop):
        there = ThreadPoolExecutor(fleet.parallel, thread_name_prefix="fleet")
        here = ThreadPoolExecutor(1, thread_name_prefix="fleet-url")
        try:
            for host, options in hosts:
                job = _Job(fleet, host, options, Path(folder), store, stop, news.put)
                (here if host.way == "url" else there).submit(job.run)
            while len(results) < len(hosts):
                _hear(news, results, store, watcher)
        finally:
            stop.is_over.set()
            there.shutdown()
            here.shutdown()
    ordered = tuple(results[host.name] for host, _ in hosts)
    measured = sum(each.worked for each in ordered)
    document = Fleet(
        started_at=started_at,
        measured=measured,
        failed=len(ordered) - measured,
        hosts=ordered,
    )
    return document, stop.by_signal


def _hear(
    news: queue.Queue[_News], results: dict[str, HostResult], store: RunStore, watcher: Watcher
) -> None:
    try:
        heard = news.get(timeout=LOOK_EVERY_S)
    except queue.Empty:
        return
    if heard.came is None:
        watcher.says(heard.host.name, heard.line)
        return
    result = _result(heard, store)
    results[heard.host.name] = result
    watcher.done(result)


@dataclass(frozen=True, slots=True)
class _Job:
    """A host's measurement, on a thread of its own."""

    fleet: FleetFile
    host: Host
    options: Sequence[str]
    folder: Path
    store: RunStore
    stop: Stop
    tell: Callable[[_News], None]

    def run(self) -> None:
        """Tells what came of it, whatever that is."""
        started = time.monotonic()
        if self.stop.is_over.is_set():
            self.tell(_News(self.host, came=HostError("not started", "it was not its turn yet")))
            return
        try:
            came: Measured | HostError = measure_host(
                Asked(self.host, self.options, self.fleet.include, self.folder),
                self._way(),
                Patience(started + 60 * self.fleet.limit_min, self.stop.is_over),
                lambda line: self.tell(_News(self.host, line)),
            )
        except HostError as error:
            came = error
        except Exception as error:  # noqa: BLE001
            came = HostError("failed", "it was not measured", why=_words(error))
        self.tell(_News(self.host, came=came, took_s=time.monotonic() - started))

    def _way(self) -> Way:
        host = self.host
        if host.ssh is not None:
            return OverSsh(host.ssh, self.fleet.ssh_config)
        if host.url is not None:
            return FromHere(self.store.place)
        return OnRay(host.ray or "", self.fleet.ray_address)


def _result(heard: _News, store: RunStore) -> HostResult:
    came, host = heard.came, heard.host
    told: dict[str, Any] = {"name": host.name, "way": host.way, "took_s": round(heard.took_s, 1)}
    if isinstance(came, Measured):
        try:
            return HostResult(**told, **_kept(came, host, store))
        except AdvisorError as error:
            came = HostError("failed", error.what, why=error.why, remedy=error.remedy)
    assert isinstance(came, HostError)
    return HostResult(
        **told,
        outcome=came.outcome,
        what=came.what,
        why=came.why or None,
        remedy=came.remedy or None,
    )


def _kept(came: Measured, host: Host, store: RunStore) -> dict[str, Any]:
    """What is told of a run that is in the history now."""
    if came.bundle is not None:
        taken = take_in(came.bundle, store)
        if taken.refused:
            raise HostError(
                "bad bundle", "its run was refused", why=next(iter(taken.refused.values()))
            )
    store.tag(came.run, f"{HOST_TAG}{host.name}")
    run = store.load(came.run)
    row = row_of(run)
    return {
        "outcome": "partial" if run.partial else "measured",
        "run": run.id,
        "machine": run.machine_id,
        "measured_on": row.get("measured_on"),
        "model": row.get("model_name"),
        "decode_tok_per_s": row.get("decode_tok_per_s"),
        "output_tok_per_s": row.get("output_tok_per_s"),
        "j_per_output_token": row.get("j_per_output_token"),
        "news": None if run.partial else news_of(store, run, own=False),
    }


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
