"""A scheduled run: wait until nobody is disturbed, measure, keep it, or keep why not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from advisor.bench.document import Bench
from advisor.bench.plan import BenchRun
from advisor.bench.progress import OnProgress
from advisor.bench.session import Order, measure
from advisor.doctor.gather import on_battery
from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.history.record import Run, measured_run
from advisor.machine.probe import probe
from advisor.schedule.clock import Clock
from advisor.schedule.guard import LOOK_AGAIN_S, wait_for_quiet
from advisor.schedule.limit import limited, told_to_end
from advisor.schedule.lock import Attempt, locked
from advisor.schedule.look import look
from advisor.schedule.records import begin, finish, keep_skip, tag_of
from advisor.schedule.spread import start_delay_s
from advisor.servers.wish import User

TAKEN = "another scheduled measurement is at work"
DIED = "it was ended without a word (killed, or the power failed)"
STOPPED = "it was told to stop before anything was measured"


@dataclass(frozen=True, slots=True)
class Task:
    """What to do for which schedule, and how long it may wait, measure and start late.

    One at a time is done for a `data_folder`.
    """

    schedule: str
    order: Order
    data_folder: Path
    wait_s: float
    limit_s: float
    spread_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Performance:
    """The record that was kept of a task; whether it was told to stop."""

    run: Run
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Performer:
    """Does tasks. Whoever waits is `user`; `on_progress` hears of the measurement."""

    user: User
    on_progress: OnProgress
    clock: Clock = field(default_factory=Clock)

    def perform(self, task: Task) -> Performance:
        """Measures, or gives up; either way a record is kept. For the main thread.

        Raises AdvisorError where the measurement failed and KeyboardInterrupt where it was told
        to stop before there was anything; both leave a record too.
        """
        with told_to_end():
            try:
                if task.spread_s:
                    self.clock.sleep(start_delay_s(task.spread_s, task.schedule))
                return self._once_alone(task)
            except AdvisorError as error:
                self._keep_failure(
                    task, f"it failed: {error.what}" + (f" ({error.why})" if error.why else "")
                )
                raise
            except KeyboardInterrupt:
                self._keep_failure(task, STOPPED)
                raise

    def _once_alone(self, task: Task) -> Performance:
        started = self.clock.now()
        attempt = Attempt(schedule=task.schedule, started_at=now())
        while True:
            with locked(task.data_folder, attempt) as lock:
                waited_s = self.clock.now().since(started)
                if lock is not None:
                    if lock.died is not None:
                        died = lock.died
                        keep_skip(died.schedule, (DIED,), started_at=died.started_at)
                    return self._when_quiet(task, max(0.0, task.wait_s - waited_s))
            if waited_s >= task.wait_s:
                return Performance(keep_skip(task.schedule, (TAKEN,), waited_s))
            self.user.tell(f"Waiting: {TAKEN}.")
            self.clock.sleep(min(LOOK_AGAIN_S, task.wait_s - waited_s))

    def _when_quiet(self, task: Task, wait_s: float) -> Performance:
        verdict = wait_for_quiet(
            lambda: look(task.order.wish), self.clock, longest_s=wait_s, tell=self.user.tell
        )
        if not verdict.quiet:
            skip = keep_skip(task.schedule, verdict.reasons, verdict.waited_s)
            return Performance(skip)
        return self._measured(task)

    def _keep_failure(self, task: Task, reason: str) -> None:
        """What went wrong is told anyway, so that not being able to keep it is not."""
        with suppress(AdvisorError):
            keep_skip(task.schedule, (reason,))

    def _measured(self, task: Task) -> Performance:
        before = self.clock.now()
        with limited(task.limit_s) as limit:
            try:
                client = probe(progress=self.user.tell)
                machine = task.order.box or client
                journal = begin(task.schedule, machine, self.user.tell)
                done = measure(task.order, client, self.user, self.on_progress, journal.keep)
            except KeyboardInterrupt:
                if limit.reached:
                    raise AdvisorError(
                        f"nothing was measured within {task.limit_s:g} s",
                        remedy="Give it more with --limit, or ask for less.",
                    ) from None
                raise
        remarks = []
        if limit.reached:
            remarks.append(f"the limit of {task.limit_s:g} s for the whole run was reached")
        if apart_s := self.clock.now().parted_from(before):
            remarks.append(
                f"the machine slept, or its clock was set, for {abs(apart_s):.0f} s meanwhile: "
                "these numbers are not to be compared"
            )
        if on_battery():
            remarks.append("the machine went on its battery meanwhile")
        document = _remarked(done, remarks)
        run = measured_run(document, machine, tags=(tag_of(task.schedule),))
        finish(run, done.samples, journal)
        return Performance(run, done.interrupted and not limit.reached)


def _remarked(done: BenchRun, remarks: list[str]) -> Bench:
    document = done.document
    return msgspec.structs.replace(
        document,
        partial=document.partial or bool(remarks),
        warnings=(*document.warnings, *remarks),
    )
