"""How does macOS run it? A launch agent of the user.

From launchd.plist(5) and launchctl(1), read 2026-11-25 at keith.github.io/xcode-man-pages and
leancrew.com/all-this/man. Without a ProcessType the system throttles processor and disk, and as
Background it throttles more, which would change the numbers: Interactive has no such limits.
A time that is slept through is made up at wake-up; one at which the Mac was off is lost.
"""

from __future__ import annotations

import os
import plistlib
import shutil
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.schedule.job import END_S, MADE_BY, PREFIX, SPREAD_S, Job, marked, read_mark
from advisor.schedule.steps import Command, Delete, Step, Write, ask
from advisor.schedule.when import When

LABEL = f"local-or-api.{PREFIX}"


class Launchd:
    """The launchd of the user's session."""

    name = "launchd"

    def refusal(self) -> str | None:
        """Whether this is a Mac."""
        return None if shutil.which("launchctl") else "launchd is macOS's"

    def install(self, job: Job) -> tuple[Step, ...]:
        """Writes the agent and loads it in place of an earlier one."""
        path = _path(job.name)
        if path.exists() and read_mark(path.read_text("utf-8", "replace")) is None:
            raise InputError(f"{path} is there already and is not ours", remedy="Choose a --name.")
        return (
            Write(_log(job.name), ""),
            Write(path, agent(job)),
            Command(("launchctl", "bootout", _target(job.name)), may_fail=True),
            Command(("launchctl", "enable", _target(job.name)), may_fail=True),
            Command(("launchctl", "bootstrap", _domain(), str(path))),
        )

    def remove(self, name: str) -> tuple[Step, ...]:
        """Unloads the agent, which ends it, and takes its file and its output away."""
        return (
            Command(("launchctl", "bootout", _target(name)), may_fail=True),
            Delete(_path(name)),
            Delete(_log(name), folders=(_log(name).parent,)),
        )

    def run_now(self, job: Job) -> tuple[Step, ...]:
        """Has launchd start it."""
        return (Command(("launchctl", "kickstart", _target(job.name))),)

    def jobs(self) -> tuple[Job, ...]:
        """Those whose agents lie in the user's folder."""
        agents = sorted(_path("x").parent.glob(f"{LABEL}*.plist"))
        found = (read_mark(each.read_text("utf-8", "replace")) for each in agents)
        return tuple(job for job in found if job is not None)

    def trouble(self, job: Job) -> str | None:
        """Whether launchd has loaded it."""
        if ask("launchctl", "print", _target(job.name)).code == 0:
            return None
        return "launchd has not loaded it; install it again"

    def hints(self, job: Job) -> tuple[str, ...]:
        """Where its output goes, and what launchd lacks."""
        return (
            "It runs while you are logged in, and at wake-up if its time was slept through.",
            f"What it says is in {_log(job.name)}.",
        )


def agent(job: Job) -> str:
    """The property list, with the job in a comment."""
    keys: dict[str, Any] = {
        "Label": f"{LABEL}{job.name}",
        "ProgramArguments": list(job.command(spread_s=SPREAD_S)),
        "StartCalendarInterval": calendar(job.when),
        "ProcessType": "Interactive",
        "ExitTimeOut": END_S,
        "StandardOutPath": str(_log(job.name)),
        "StandardErrorPath": str(_log(job.name)),
    }
    text = plistlib.dumps(keys, sort_keys=False).decode()
    head, _, rest = text.partition("<plist ")
    return f"{head}<!-- {MADE_BY} -->\n<!-- {marked(job)} -->\n<plist {rest}"


def calendar(when: When) -> list[dict[str, int]]:
    """One entry for each time of the day. launchd counts Sunday as 0."""
    day = {} if when.day is None else {"Day": when.day}
    weekday = {} if when.weekday is None else {"Weekday": (when.weekday + 1) % 7}
    return [{**day, **weekday, "Hour": hour, "Minute": when.minute} for hour in when.hours]


def _path(name: str) -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}{name}.plist"


def _log(name: str) -> Path:
    return Path.home() / "Library" / "Logs" / "local-or-api" / f"schedule-{name}.log"


def _domain() -> str:
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui/501"


def _target(name: str) -> str:
    return f"{_domain()}/{LABEL}{name}"
