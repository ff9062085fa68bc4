"""How often, at what time of the day, and on which day?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated

import msgspec

from advisor.errors import InputError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SUNDAY = 6
LAST_DAY_OF_EVERY_MONTH = 28
STEPS_H = (1, 2, 3, 4, 6, 8, 12)
"""Whole hours that divide a day: others cannot be said to cron, launchd or systemd."""

Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
Minute = Annotated[int, msgspec.Meta(ge=0, le=59)]
StepHours = Annotated[int, msgspec.Meta(ge=1, le=12)]
Weekday = Annotated[int, msgspec.Meta(ge=0, le=6)]
Day = Annotated[int, msgspec.Meta(ge=1, le=LAST_DAY_OF_EVERY_MONTH)]

_STEP = re.compile(r"(\d{1,2})\s*h(?:ours?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class When(msgspec.Struct, frozen=True, kw_only=True):
    """A time of the day, in local time, that comes again.

    At most one of the others is set: `step_hours` counts from that time on through the day,
    `weekday` is 0 on Monday, `day` is of the month. Without any it is every day.
    """

    hour: Hour
    minute: Minute
    step_hours: StepHours | None = None
    weekday: Weekday | None = None
    day: Day | None = None

    def __post_init__(self) -> None:
        if self.step_hours not in (None, *STEPS_H):
            raise ValueError("a day does not divide into such steps")

    @property
    def hours(self) -> tuple[int, ...]:
        """The hours of a day at which it runs."""
        step = self.step_hours or 24
        return tuple(range(self.hour % step, 24, step))

    @property
    def clock(self) -> str:
        """The time of the day, as 03:00."""
        return f"{self.hour:02}:{self.minute:02}"

    def __str__(self) -> str:
        if self.step_hours == 1:
            return f"every hour at minute {self.minute}"
        if self.step_hours is not None:
            return f"every {self.step_hours} hours, counted from {self.clock}"
        if self.weekday is not None:
            return f"every week on {WEEKDAYS[self.weekday]} at {self.clock}"
        if self.day is not None:
            return f"every month on day {self.day} at {self.clock}"
        return f"every day at {self.clock}"

    def next_runs(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """The next times after a moment, in this machine's time zone."""
        return tuple(islice(self._runs(after.astimezone()), count))

    def _runs(self, after: datetime) -> Iterator[datetime]:
        date = after.date()
        while True:
            if self._is_on(date.weekday(), date.day):
                for hour in self.hours:
                    clock = datetime(date.year, date.month, date.day, hour, self.minute)
                    moment = clock.astimezone()
                    if moment > after:
                        yield moment
            date += timedelta(days=1)

    def _is_on(self, weekday: int, day: int) -> bool:
        return self.weekday in (None, weekday) and self.day in (None, day)


def parse_when(every: str, at: str, on: str | None = None) -> When:
    """What the user typed: `day`, `week`, `month` or `6h`; `03:00`; `sunday` or `15`.

    A week begins on Sunday and a month on its first day unless `on` says otherwise. Raises
    InputError.
    """
    clock = _CLOCK.fullmatch(at.strip())
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
        raise InputError(f"'{at}' is no time of the day", remedy="Write it like 03:00.")
    hour, minute = int(clock[1]), int(clock[2])
    wanted = every.strip().lower()
    if wanted == "week":
        return When(hour=hour, minute=minute, weekday=SUNDAY if on is None else _weekday(on))
    if wanted == "month":
        return When(hour=hour, minute=minute, day=1 if on is None else _day(on))
    if on is not None:
        raise InputError(
            "--on names a day of a week or a month", remedy="Use it with --every week or month."
        )
    if wanted == "day":
        return When(hour=hour, minute=minute)
    step = 1 if wanted == "hour" else int(found[1]) if (found := _STEP.fullmatch(wanted)) else 0
    if step not in STEPS_H:
        raise InputError(
            f"'{every}' is not how often it can run",
            why="a day has to divide into such steps",
            remedy=f"Choose day, week, month or {', '.join(f'{each}h' for each in STEPS_H)}.",
        )
    return When(hour=hour, minute=minute, step_hours=step)


def _weekday(on: str) -> int:
    for number, weekday in enumerate(WEEKDAYS):
        if len(on.strip()) >= 3 and weekday.lower().startswith(on.strip().lower()):
            return number
    raise InputError(f"'{on}' is no day of the week", remedy="Write it like sunday or sun.")


def _day(on: str) -> int:
    if on.isascii() and on.isdigit() and 1 <= int(on) <= LAST_DAY_OF_EVERY_MONTH:
        return int(on)
    raise InputError(
        f"'{on}' is no day that every month has",
        remedy=f"Choose one from 1 to {LAST_DAY_OF_EVERY_MONTH}.",
    )
