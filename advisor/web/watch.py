"""What does the resident scheduler do at this moment? Learnt from what it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from advisor.schedule.reasons import kinds_of
from advisor.schedule.serve import Say

OUTCOMES = ("measured", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """The scheduler since it started. Times are Unix seconds, None before there are any.

    `outcomes` counts the runs that have ended by what they came to, `reasons` the kinds of reasons
    of those that were skipped.
    """

    schedule: str
    running: bool
    next_run_s: float | None
    last_run_s: float | None
    last_outcome: str | None
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]


class Watch:
    """Hears the events of a schedule and knows what they amount to; for many threads."""

    def __init__(self, schedule: str) -> None:
        self._lock = Lock()
        self._schedule = schedule
        self._running = False
        self._next_run_s: float | None = None
        self._last_run_s: float | None = None
        self._last_outcome: str | None = None
        self._outcomes: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def before(self, say: Say) -> Say:
        """Hears each event, then hands it on."""

        def hear(event: dict[str, Any]) -> None:
            self._hear(event)
            say(event)

        return hear

    def state(self) -> SchedulerState:
        """As it is now."""
        with self._lock:
            return SchedulerState(
                schedule=self._schedule,
                running=self._running,
                next_run_s=self._next_run_s,
                last_run_s=self._last_run_s,
                last_outcome=self._last_outcome,
                outcomes=dict(self._outcomes),
                reasons=dict(self._reasons),
            )

    def _hear(self, event: dict[str, Any]) -> None:
        what = "failed" if event["event"] == "error" else event["event"]
        with self._lock:
            if "next" in event:
                upcoming = event["next"]
                self._next_run_s = (
                    datetime.fromisoformat(upcoming).timestamp() if upcoming else None
                )
            if what == "started":
                self._running = True
            if what in OUTCOMES:
                self._running = False
                self._last_run_s = datetime.now().astimezone().timestamp()
                self._last_outcome = what
                self._outcomes[what] += 1
                self._reasons.update(kinds_of(event.get("reasons", ())))
