"""How does Windows run it? A task of the Task Scheduler.

The XML follows learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema, the commands
learn.microsoft.com/windows-server/administration/windows-commands/schtasks; read 2026-11-25.
Unless told otherwise a task does not run on battery, is not made up for and runs below normal
priority. Being on mains is asked by the program, so that a skip is recorded.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

from advisor.errors import InputError
from advisor.schedule.job import MADE_BY, PREFIX, SPREAD_S, Job, marked, read_mark
from advisor.schedule.steps import Command, Delete, Step, Write, ask
from advisor.schedule.when import WEEKDAYS, When

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
VERSION = "1.3"
NORMAL_PRIORITY = 5
FIRST_DAY = "2026-01-01"
"""From when on the task counts: a day that has been."""

LONGEST_PATH = 260
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class TaskScheduler:
    """The Task Scheduler, for the user who installs."""

    name = "windows"

    def refusal(self) -> str | None:
        """Whether this is Windows."""
        return None if shutil.which("schtasks") else "the Task Scheduler is Windows's"

    def install(self, job: Job) -> tuple[Step, ...]:
        """Has a file read in place of an earlier task of that name."""
        task, found = _task(job.name), _xml_of(job.name)
        if found and read_mark(found) is None:
            raise InputError(
                f"a task {task} is there already and is not ours", remedy="Choose a --name."
            )
        file = Path(tempfile.gettempdir()) / f"{task}.xml"
        return (
            Write(file, task_xml(job), encoding="utf-16"),
            Command(("schtasks", "/create", "/tn", task, "/xml", str(file), "/f")),
            Delete(file),
        )

    def remove(self, name: str) -> tuple[Step, ...]:
        """Ends the task if it runs, and deletes it."""
        return (
            Command(("schtasks", "/end", "/tn", _task(name)), may_fail=True),
            Command(("schtasks", "/delete", "/tn", _task(name), "/f")),
        )

    def run_now(self, job: Job) -> tuple[Step, ...]:
        """Has the Task Scheduler start it."""
        return (Command(("schtasks", "/run", "/tn", _task(job.name))),)

    def jobs(self) -> tuple[Job, ...]:
        """The tasks whose names begin as ours and that hold a job."""
        rows = csv.reader(io.StringIO(ask("schtasks", "/query", "/fo", "csv", "/nh").out))
        names = sorted({row[0].lstrip("\\") for row in rows if row})
        ours = [each.removeprefix(PREFIX) for each in names if each.startswith(PREFIX)]
        found = (read_mark(_xml_of(each)) for each in ours)
        return tuple(job for job in found if job is not None)

    def trouble(self, job: Job) -> str | None:  # noqa: ARG002
        """A task that is listed runs."""
        return None

    def hints(self, job: Job) -> tuple[str, ...]:  # noqa: ARG002
        """When it does not run."""
        return ("It runs while you are logged on; a time that was missed is made up for.",)


def task_xml(job: Job) -> str:
    """The task's definition. Raises InputError for a program whose path is too long."""
    program, *arguments = job.command()
    if len(program) > LONGEST_PATH:
        raise InputError("the path of Python is too long for the Task Scheduler")
    ElementTree.register_namespace("", NAMESPACE)
    task = ElementTree.Element(f"{{{NAMESPACE}}}Task", version=VERSION)
    about = _add(task, "RegistrationInfo")
    _add(about, "Description", f"Measure the local language model ({job.name}). {MADE_BY}")
    _add(about, "Documentation", marked(job))
    _trigger(_add(task, "Triggers"), job.when)
    principal = _add(_add(task, "Principals"), "Principal")
    principal.set("id", "user")
    _add(principal, "LogonType", "InteractiveToken")
    _add(principal, "RunLevel", "LeastPrivilege")
    _settings(_add(task, "Settings"), job)
    actions = _add(task, "Actions")
    actions.set("Context", "user")
    execute = _add(actions, "Exec")
    _add(execute, "Command", program)
    _add(execute, "Arguments", subprocess.list2cmdline(arguments))
    ElementTree.indent(task)
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{ElementTree.tostring(task, "unicode")}\n'


def _trigger(triggers: ElementTree.Element, when: When) -> None:
    """The elements of a trigger have a fixed order."""
    trigger = _add(triggers, "CalendarTrigger")
    first = datetime.fromisoformat(f"{FIRST_DAY}T00:00:00").replace(
        hour=when.hours[0], minute=when.minute
    )
    _add(trigger, "Enabled", "true")
    _add(trigger, "StartBoundary", first.isoformat())
    if when.step_hours is not None:
        repetition = _add(trigger, "Repetition")
        _add(repetition, "Interval", f"PT{when.step_hours}H")
        _add(repetition, "Duration", "P1D")
    _add(trigger, "RandomDelay", f"PT{SPREAD_S // 60}M")
    if when.weekday is not None:
        week = _add(trigger, "ScheduleByWeek")
        _add(week, "WeeksInterval", "1")
        _add(_add(week, "DaysOfWeek"), WEEKDAYS[when.weekday])
    elif when.day is not None:
        month = _add(trigger, "ScheduleByMonth")
        _add(_add(month, "DaysOfMonth"), "Day", str(when.day))
        months = _add(month, "Months")
        for each in MONTHS:
            _add(months, each)
    else:
        _add(_add(trigger, "ScheduleByDay"), "DaysInterval", "1")


def _settings(settings: ElementTree.Element, job: Job) -> None:
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "false"),
        ("WakeToRun", "false"),
        ("Enabled", "true"),
        ("RunOnlyIfIdle", "false"),
        ("ExecutionTimeLimit", f"PT{job.longest_s}S"),
        ("Priority", str(NORMAL_PRIORITY)),
    ):
        _add(settings, name, value)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child


def _task(name: str) -> str:
    return f"{PREFIX}{name}"


def _xml_of(name: str) -> str:
    answer = ask("schtasks", "/query", "/tn", _task(name), "/xml")
    return answer.out if answer.code == 0 else ""
