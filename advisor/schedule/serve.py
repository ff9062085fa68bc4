"""How is it measured again where there is no scheduler, as in a container? By one that stays.

APScheduler decides when; each run is a process of its own, so that neither a crash nor memory of
one touches the next. What happens is told as one JSON object a line.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

import msgspec

from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.history.record import Run
from advisor.schedule.job import END_S, SPREAD_S, Job
from advisor.schedule.records import keep_skip
from advisor.schedule.when import When

MISFIRE_S = 3600
"""So late a run is still made up for, as after a sleep; what was missed longer ago is told."""

LAST_LINES = 5
LISTEN_S = 0.2
Say = Callable[[dict[str, Any]], None]


def to_stderr(event: dict[str, Any]) -> None:
    """One JSON object a line."""
    sys.stderr.buffer.write(msgspec.json.encode({"at": now(), **event}) + b"\n")
    sys.stderr.flush()


def serve(job: Job, say: Say = to_stderr, *, next_at: datetime | None = None) -> None:
    """Runs the job at its times until SIGTERM or SIGINT, which also end a run in peace.

    `next_at` sets the first time. Raises AdvisorError without APScheduler.
    """
    scheduler = _scheduler()
    worker = Worker(job, say)
    told: list[int] = []

    def on_signal(number: int, _: FrameType | None) -> None:
        told.append(number)

    def on_event(event: Any) -> None:
        _tell(event, job, say)
        if not told:
            say({"event": "waiting", "schedule": job.name, "next": _next(scheduler, job)})

    before = {each: signal.signal(each, on_signal) for each in (signal.SIGTERM, signal.SIGINT)}
    scheduler.add_listener(on_event, _told_events())
    scheduler.add_job(
        worker.run,
        trigger=trigger_of(job.when),
        id=job.name,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=MISFIRE_S,
        **({"next_run_time": next_at} if next_at else {}),
    )
    try:
        scheduler.start()
        say({"event": "waiting", "schedule": job.name, "next": _next(scheduler, job)})
        while not told:
            time.sleep(LISTEN_S)
        say({"event": "stopping", "signal": signal.Signals(told[0]).name})
    finally:
        worker.end()
        scheduler.shutdown()
        say({"event": "stopped"})
        for each, handler in before.items():
            signal.signal(each, handler)


def trigger_of(when: When) -> Any:
    """The same times for APScheduler, in this machine's time zone."""
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger(
        day=when.day,
        day_of_week=when.weekday,
        hour=",".join(str(hour) for hour in when.hours),
        minute=when.minute,
        second=0,
    )


@dataclass(slots=True)
class Worker:
    """Runs the command of a job, one at a time."""

    job: Job
    say: Say
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _ending: threading.Event = field(default_factory=threading.Event, init=False)

    def run(self) -> None:
        """One run; tells what it came to."""
        if self._ending.is_set():
            return
        command = [*self.job.command(spread_s=SPREAD_S, quiet=True), "--json"]
        self.say({"event": "started", "schedule": self.job.name})
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            self._process = process
            if self._ending.is_set():
                _end(process)
            try:
                out, err = process.communicate(timeout=self.job.longest_s + SPREAD_S)
            except subprocess.TimeoutExpired:
                _end(process)
                out, err = process.communicate()
        self._process = None
        self.say({"schedule": self.job.name, **outcome(process.returncode, out, err)})

    def end(self) -> None:
        """Starts no other run, and ends the one that is at work."""
        self._ending.set()
        if self._process is not None:
            _end(self._process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks a run to end with what it has; ends it when it takes too long."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def outcome(code: int, out: bytes, err: bytes) -> dict[str, Any]:
    """What a run came to, from what it printed."""
    lines = deque(err.decode(errors="replace").splitlines(), maxlen=LAST_LINES)
    try:
        run = msgspec.json.decode(out, type=Run)
    except msgspec.DecodeError:
        return {"event": "failed", "code": code, "said": list(lines)}
    if run.skip is not None:
        return {
            "event": "skipped",
            "run": run.id,
            "reasons": run.skip.reasons,
            "waited_s": round(run.skip.waited_s),
        }
    return {"event": "measured", "run": run.id, "partial": run.partial}


def _scheduler() -> Any:
    try:
        from apscheduler.schedulers.background import BackgroundScheduler
    except ImportError:
        raise AdvisorError(
            "`advisor schedule serve` needs APScheduler",
            why="it comes with an extra",
            remedy="Run `pip install 'local-or-api[schedule]'`.",
        ) from None
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    return BackgroundScheduler()


def _told_events() -> int:
    from apscheduler import events

    return int(
        events.EVENT_JOB_EXECUTED
        | events.EVENT_JOB_ERROR
        | events.EVENT_JOB_MAX_INSTANCES
        | events.EVENT_JOB_MISSED
    )


def _tell(event: Any, job: Job, say: Say) -> None:
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED

    told: dict[str, Any] = {"schedule": job.name}
    if event.code == EVENT_JOB_MISSED:
        reason = f"its time was missed by more than {MISFIRE_S // 60} minutes"
        kept = keep_skip(job.name, (reason,))
        say({"event": "skipped", **told, "run": kept.id, "reasons": [reason]})
    elif event.code == EVENT_JOB_MAX_INSTANCES:
        say({"event": "still at work", **told})
    elif event.code == EVENT_JOB_ERROR:
        say({"event": "error", **told, "why": str(event.exception)})


def _next(scheduler: Any, job: Job) -> str | None:
    found = scheduler.get_job(job.name)
    return found.next_run_time.isoformat() if found and found.next_run_time else None
