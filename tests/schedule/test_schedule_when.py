"""Every scheduler is told the same times, by its own account of them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from cronsim import CronSim
from made_up_jobs import WHENS

from advisor.errors import InputError
from advisor.schedule.cron import fields
from advisor.schedule.launchd import calendar
from advisor.schedule.serve import trigger_of
from advisor.schedule.systemd import on_calendar
from advisor.schedule.when import When, parse_when

AFTER = datetime(2026, 11, 25, 1, 30).astimezone()
MANY = 12


def clocks(when: When) -> list[datetime]:
    return [moment.replace(tzinfo=None) for moment in when.next_runs(AFTER, MANY)]


def test_the_default_is_the_night_to_sunday() -> None:
    when = parse_when("week", "03:00")
    assert str(when) == "every week on Sunday at 03:00"
    assert clocks(when)[:2] == [datetime(2026, 11, 29, 3), datetime(2026, 12, 6, 3)]


@pytest.mark.parametrize(
    ("every", "at", "on", "said"),
    [
        ("day", "3:05", None, "every day at 03:05"),
        ("week", "03:00", "mon", "every week on Monday at 03:00"),
        ("Week", "03:00", "Thursday", "every week on Thursday at 03:00"),
        ("month", "23:59", "28", "every month on day 28 at 23:59"),
        ("6h", "03:00", None, "every 6 hours, counted from 03:00"),
        ("12 hours", "03:00", None, "every 12 hours, counted from 03:00"),
        ("hour", "00:10", None, "every hour at minute 10"),
    ],
)
def test_what_people_type(every: str, at: str, on: str | None, said: str) -> None:
    assert str(parse_when(every, at, on)) == said


@pytest.mark.parametrize(
    ("every", "at", "on", "said"),
    [
        ("week", "24:00", None, "time of the day"),
        ("week", "3", None, "time of the day"),
        ("week", "03:60", None, "time of the day"),
        ("week", "03:00", "su", "day of the week"),
        ("week", "03:00", "someday", "day of the week"),
        ("month", "03:00", "31", "every month has"),
        ("month", "03:00", "0", "every month has"),
        ("day", "03:00", "mon", "--on"),
        ("5h", "03:00", None, "divide"),
        ("0h", "03:00", None, "divide"),
        ("fortnight", "03:00", None, "how often"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(every: str, at: str, on: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_when(every, at, on)


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_cron_is_told_the_same_times(when: When) -> None:
    simulated = CronSim(fields(when), AFTER.replace(tzinfo=None))
    assert [next(simulated) for _ in range(MANY)] == clocks(when)


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_launchd_is_told_the_same_times(when: When) -> None:
    """Its entries fire in every minute whose date and time match all that they name."""
    found = []
    moment = AFTER.replace(tzinfo=None)
    entries = calendar(when)
    while len(found) < 4:
        moment += timedelta(minutes=1)
        now = {
            "Day": moment.day,
            "Weekday": moment.isoweekday() % 7,
            "Hour": moment.hour,
            "Minute": moment.minute,
        }
        if any(entry.items() <= now.items() for entry in entries):
            found.append(moment)
    assert found == clocks(when)[:4]


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_the_resident_scheduler_is_told_the_same_times(when: When) -> None:
    trigger = trigger_of(when)
    found: list[datetime] = []
    last, now = None, AFTER
    while len(found) < MANY:
        last = trigger.get_next_fire_time(last, now)
        now = last + timedelta(seconds=1)
        found.append(last.replace(tzinfo=None))
    assert found == clocks(when)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("when", WHENS, ids=str)
def test_systemd_is_told_the_same_times(when: When) -> None:
    base = f"--base-time={AFTER:%Y-%m-%d %H:%M:%S}"
    done = subprocess.run(
        ["systemd-analyze", "calendar", base, f"--iterations={MANY}", on_calendar(when)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = [line.split(": ", 1) for line in done.stdout.splitlines()]
    times = [
        datetime.strptime(value.split(" ", 1)[1].rsplit(" ", 1)[0], "%Y-%m-%d %H:%M:%S")
        for label, value in lines
        if label.strip() == "Next elapse" or "Iter" in label
    ]
    assert times == clocks(when)
