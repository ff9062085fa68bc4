"""Which scheduler does this machine have, and what does it run for us?"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import AdvisorError, InputError
from advisor.schedule.cron import Cron
from advisor.schedule.job import Job
from advisor.schedule.launchd import Launchd
from advisor.schedule.lock import FILE_NAME as LOCK_FILE
from advisor.schedule.platform import Platform
from advisor.schedule.steps import Delete, Step, carry_out
from advisor.schedule.systemd import Systemd
from advisor.schedule.windows import TaskScheduler

PLATFORMS: dict[str, type[Platform]] = {
    "systemd": Systemd,
    "cron": Cron,
    "launchd": Launchd,
    "windows": TaskScheduler,
}
BY_SYSTEM = {"darwin": ("launchd", "cron"), "win32": ("windows",)}
ELSEWHERE = ("systemd", "cron")


@dataclass(frozen=True, slots=True)
class Installed:
    """A job, and the platform that runs it."""

    job: Job
    platform: Platform


def candidates() -> tuple[Platform, ...]:
    """The schedulers of this system, best first."""
    return tuple(PLATFORMS[name]() for name in BY_SYSTEM.get(sys.platform, ELSEWHERE))


def choose(named: str | None = None) -> Platform:
    """The one that was named, else the first that can be used here. Raises InputError."""
    tried = (PLATFORMS[named](),) if named else candidates()
    refusals = []
    for platform in tried:
        refusal = platform.refusal()
        if refusal is None:
            return platform
        refusals.append(refusal)
    raise InputError(
        "nothing here can run a schedule" if named is None else f"{named} cannot be used here",
        why="; ".join(refusals),
        remedy="Keep `advisor schedule serve` running instead, as in a container.",
    )


def installed() -> tuple[Installed, ...]:
    """All jobs of ours on this machine."""
    return tuple(Installed(job, platform) for platform in candidates() for job in platform.jobs())


def installed_as(name: str) -> tuple[Installed, ...]:
    """The jobs of that name, one a platform at most."""
    return tuple(each for each in installed() if each.job.name == name)


def check_free(job: Job, platform: Platform) -> None:
    """Raises InputError if another scheduler runs a job of that name already."""
    for each in installed_as(job.name):
        if each.platform.name != platform.name:
            raise InputError(
                f"{each.platform.name} runs a schedule '{job.name}' already",
                remedy=f"Run `advisor schedule remove --name {job.name}` first.",
            )


def install(job: Job, platform: Platform) -> tuple[Step, ...]:
    """Has the platform run the job; returns what was done.

    If that fails, the job of that name that was there before runs again, or nothing is left.
    Raises AdvisorError.
    """
    before = next((each for each in platform.jobs() if each.name == job.name), None)
    steps = platform.install(job)
    try:
        carry_out(steps)
    except AdvisorError:
        with suppress(AdvisorError):
            carry_out(platform.install(before) if before else platform.remove(job.name))
        raise
    return steps


def removal(found: Installed) -> tuple[Step, ...]:
    """The steps that take a job away, and the lock if no other one of ours uses that folder."""
    folder = Path(found.job.data_folder)
    others = [each for each in installed() if each.job != found.job]
    shared = any(Path(each.job.data_folder) == folder for each in others)
    lock = () if shared else (Delete(folder / LOCK_FILE, folders=(folder,)),)
    return (*found.platform.remove(found.job.name), *lock)


def the_one(name: str) -> Installed:
    """The job of that name. Raises InputError if there is none."""
    found = installed_as(name)
    if not found:
        names = ", ".join(sorted({each.job.name for each in installed()}))
        raise InputError(
            f"there is no schedule '{name}'",
            remedy=f"There is: {names}." if names else "`advisor schedule install` makes one.",
        )
    return found[0]
