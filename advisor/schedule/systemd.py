"""How does systemd run it? A timer and a service of the user's own manager.

From systemd.timer(5), systemd.service(5), systemd.syntax(7) and systemctl(1) of systemd 252, read
2026-11-25. FixedRandomDelay= came with systemd 247.

Being on mains is asked by the program and not by ConditionACPower=: a skip is to be recorded.
Nice= and the like only yield to others: it measures when there are none.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from advisor.errors import InputError
from advisor.schedule.job import END_S, MADE_BY, PREFIX, SPREAD_S, Job, marked, read_mark
from advisor.schedule.steps import NOT_INSTALLED, Command, Delete, Step, Write, ask
from advisor.schedule.when import When

SYSTEMCTL = ("systemctl", "--user")


class Systemd:
    """systemd's manager of the user who installs."""

    name = "systemd"

    def refusal(self) -> str | None:
        """Whether the user's manager answers."""
        answer = ask(*SYSTEMCTL, "show-environment")
        if answer.code == 0:
            return None
        if answer.code == NOT_INSTALLED:
            return "systemd is not installed"
        return "systemd does not manage this user's session"

    def install(self, job: Job) -> tuple[Step, ...]:
        """Writes both units, then enables and restarts the timer, which reads its new times."""
        timer, service = _paths(job.name)
        for path in (timer, service):
            if path.exists() and read_mark(path.read_text("utf-8", "replace")) is None:
                raise InputError(
                    f"{path} is there already and is not ours",
                    remedy="Choose another --name.",
                )
        return (
            Write(service, service_unit(job)),
            Write(timer, timer_unit(job)),
            Command((*SYSTEMCTL, "daemon-reload")),
            Command((*SYSTEMCTL, "enable", timer.name)),
            Command((*SYSTEMCTL, "restart", timer.name)),
        )

    def remove(self, name: str) -> tuple[Step, ...]:
        """Stops both, forgets when they last ran, and takes the files away."""
        timer, service = _paths(name)
        return (
            Command((*SYSTEMCTL, "disable", "--now", timer.name), may_fail=True),
            Command((*SYSTEMCTL, "stop", service.name), may_fail=True),
            Command((*SYSTEMCTL, "clean", "--what=state", timer.name), may_fail=True),
            Delete(timer),
            Delete(service, folders=(service.parent, service.parent.parent)),
            Command((*SYSTEMCTL, "daemon-reload"), may_fail=True),
            Command((*SYSTEMCTL, "reset-failed", service.name), may_fail=True),
        )

    def run_now(self, job: Job) -> tuple[Step, ...]:
        """Starts the service, and does not wait for its end."""
        return (Command((*SYSTEMCTL, "start", "--no-block", f"{PREFIX}{job.name}.service")),)

    def jobs(self) -> tuple[Job, ...]:
        """Those whose timers lie in the user's folder."""
        timers = sorted(_folder().glob(f"{PREFIX}*.timer"))
        found = (read_mark(timer.read_text("utf-8", "replace")) for timer in timers)
        return tuple(job for job in found if job is not None)

    def trouble(self, job: Job) -> str | None:
        """Whether the timer waits for its next time."""
        refusal = self.refusal()
        if refusal is not None:
            return refusal
        timer = f"{PREFIX}{job.name}.timer"
        answer = ask(*SYSTEMCTL, "is-active", timer)
        state = answer.out.strip()
        if answer.code == 0 and state == "active":
            return None
        return f"{timer} is {state or 'not known to it'}; install it again"

    def hints(self, job: Job) -> tuple[str, ...]:
        """Whether it also runs while the user is logged out, and where its output goes."""
        see = f"`journalctl --user -u {PREFIX}{job.name}` shows what it said."
        user = getpass.getuser()
        answer = ask("loginctl", "show-user", user, "--property=Linger")
        if answer.out.strip() == "Linger=yes":
            return (see,)
        return (
            f"It runs while you are logged in; `loginctl enable-linger {user}` lets it run always.",
            see,
        )


def timer_unit(job: Job) -> str:
    """The timer's file."""
    return f"""\
# {MADE_BY}
# {marked(job)}
[Unit]
Description=When to measure the local language model ({job.name})

[Timer]
OnCalendar={on_calendar(job.when)}
Persistent=true
RandomizedDelaySec={SPREAD_S}
FixedRandomDelay=true

[Install]
WantedBy=timers.target
"""


def service_unit(job: Job) -> str:
    """The service's file. An interrupt, as Ctrl-C is, ends it with what was measured kept."""
    return f"""\
# {MADE_BY}
# {marked(job)}
[Unit]
Description=Measure the local language model ({job.name})

[Service]
Type=oneshot
ExecStart={" ".join(quoted(each) for each in job.command())}
TimeoutStartSec={job.longest_s}
TimeoutStopSec={END_S}
KillMode=mixed
KillSignal=SIGINT
Nice=5
IOSchedulingPriority=7
OOMScoreAdjust=500
LimitCORE=0
"""


def on_calendar(when: When) -> str:
    """The times as systemd.time(7) writes them: `Sun *-*-* 03:00:00`."""
    hours = ",".join(f"{hour:02}" for hour in when.hours)
    day = "*" if when.day is None else f"{when.day:02}"
    weekdays = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    weekday = "" if when.weekday is None else f"{weekdays[when.weekday]} "
    return f"{weekday}*-*-{day} {hours}:{when.minute:02}:00"


def quoted(argument: str) -> str:
    """An argument of ExecStart=: quoted, with specifiers (%) and variables ($) switched off."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("%", "%%").replace("$", "$$") + '"'


def _folder() -> Path:
    chosen = os.environ.get("XDG_CONFIG_HOME")
    return (Path(chosen) if chosen else Path.home() / ".config") / "systemd" / "user"


def _paths(name: str) -> tuple[Path, Path]:
    return _folder() / f"{PREFIX}{name}.timer", _folder() / f"{PREFIX}{name}.service"
