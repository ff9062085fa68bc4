"""How does cron run it? A marked block in the user's crontab; every other line stays as it is.

From crontab(5) and crontab(1) of Debian's cron 3.0, flock(1) and timeout(1), read 2026-11-25. Cron
has no catching up, no spreading and no bounds: the first is lost, the others are in the line.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from advisor.errors import AdvisorError, InputError
from advisor.schedule.job import END_S, MADE_BY, NAME, SPREAD_S, Job, marked, read_mark
from advisor.schedule.steps import NOT_INSTALLED, Command, Delete, Step, Write, ask
from advisor.schedule.when import When

LONGEST_COMMAND = 990
"""Debian's cron cuts a command at 1,000 characters."""

BEGIN, END = "# BEGIN advisor schedule", "# END advisor schedule"
BLOCK = re.compile(
    rf"^{BEGIN} (?P<name>{NAME})\n(?P<body>(?:.*\n){{3}}){END} (?P=name)(?:\n|\Z)", re.MULTILINE
)
PLAIN_SHELL = ("env", "-i", "PATH=/usr/bin:/bin", "SHELL=/bin/sh")


class Cron:
    """The crontab of the user who installs."""

    name = "cron"

    def refusal(self) -> str | None:
        """Whether there is a crontab program."""
        return None if shutil.which("crontab") else "no crontab program is installed"

    def install(self, job: Job) -> tuple[Step, ...]:
        """The crontab as it is, with our block at its end."""
        others = without(_crontab(), job.name)
        if others and not others.endswith("\n"):
            others += "\n"
        return (
            Write(_lock(job), ""),
            Command(("crontab", "-"), stdin=others + block(job)),
        )

    def remove(self, name: str) -> tuple[Step, ...]:
        """The crontab without our block; no crontab where nothing else was in it."""
        before = _crontab()
        job = next((job for job in _jobs_in(before) if job.name == name), None)
        others = without(before, name)
        if others == before:
            return ()
        change = Command(("crontab", "-"), stdin=others) if others else Command(("crontab", "-r"))
        return (change, *((Delete(_lock(job), folders=(_lock(job).parent,)),) if job else ()))

    def run_now(self, job: Job) -> tuple[Step, ...]:
        """Its line in a shell with as little around it as cron gives; waits for its end."""
        line = _command(job, 0).replace("\\%", "%")
        shell = (*PLAIN_SHELL, f"HOME={Path.home()}", "sh", "-c", line)
        return (Command(shell, attached=True),)

    def jobs(self) -> tuple[Job, ...]:
        """Those in our blocks."""
        return _jobs_in(_crontab())

    def trouble(self, job: Job) -> str | None:  # noqa: ARG002
        """Cron does not tell whether it runs."""
        return None

    def hints(self, job: Job) -> tuple[str, ...]:  # noqa: ARG002
        """What cron lacks."""
        return (
            "Cron does not catch up: a time at which the machine is off is lost.",
            "Its errors go to your mailbox on this machine, as cron sends them.",
        )


def block(job: Job) -> str:
    """Our lines in the crontab. Raises InputError if the command cannot be said to cron."""
    return (
        f"{BEGIN} {job.name}\n"
        f"# {MADE_BY}\n"
        f"# {marked(job)}\n"
        f"{fields(job.when)} {_command(job, SPREAD_S)} >/dev/null\n"
        f"{END} {job.name}\n"
    )


def fields(when: When) -> str:
    """Minute, hours, day of the month, month, day of the week."""
    hours = ",".join(str(hour) for hour in when.hours) if when.step_hours != 1 else "*"
    weekday = "*" if when.weekday is None else str((when.weekday + 1) % 7)
    return f"{when.minute} {hours} {when.day or '*'} * {weekday}"


def without(crontab: str, name: str) -> str:
    """A crontab without our block of that name. Raises InputError if somebody changed the block."""
    whole = sum(1 for found in BLOCK.finditer(crontab) if found["name"] == name)
    if sum(line.strip() == f"{BEGIN} {name}" for line in crontab.splitlines()) != whole:
        raise InputError(
            f"our lines for '{name}' in the crontab were changed by hand",
            remedy=f"Run `crontab -e` and delete from `{BEGIN} {name}` to its end.",
        )
    return BLOCK.sub(lambda found: "" if found["name"] == name else found[0], crontab)


def _command(job: Job, spread_s: int) -> str:
    """One at a time and bounded, quoted for a shell. A % would end the line: it is escaped.

    A backslash is refused: whether cron takes it away differs from one cron to another.
    """
    once = ("flock", "-n", str(_lock(job))) if shutil.which("flock") else ()
    longest_s = job.longest_s + spread_s
    bound = ("timeout", "--signal=INT", f"--kill-after={END_S}", str(longest_s))
    bounded = bound if shutil.which("timeout") else ()
    words = (*once, *bounded, *job.command(spread_s=spread_s, quiet=True))
    line = shlex.join(words)
    if "\\" in line:
        raise InputError("cron cannot hold a backslash", remedy="Rename the file that has one.")
    line = line.replace("%", "\\%")
    if len(line.encode()) > LONGEST_COMMAND:
        raise InputError(
            f"the command has {len(line.encode())} bytes, and cron takes {LONGEST_COMMAND}",
            remedy="Put options into advisor.toml under [schedule.run].",
        )
    return line


def _lock(job: Job) -> Path:
    return Path(job.data_folder) / f"schedule-{job.name}.lock"


def _crontab() -> str:
    answer = ask("crontab", "-l")
    if answer.code == 0:
        return answer.out
    if answer.code == NOT_INSTALLED or "no crontab for" in answer.err:
        return ""
    raise AdvisorError(
        "the crontab cannot be read",
        why=(answer.err.strip() or f"crontab ended with {answer.code}")[:300],
        remedy="Choose another way with --with.",
    )


def _jobs_in(crontab: str) -> tuple[Job, ...]:
    found = (read_mark(block["body"]) for block in BLOCK.finditer(crontab))
    return tuple(job for job in found if job is not None)
