"""What does every platform's scheduler have to do for us?"""

from __future__ import annotations

from typing import Protocol

from advisor.schedule.job import Job
from advisor.schedule.steps import Step


class Platform(Protocol):
    """A scheduler of the operating system. Nothing is changed but by carrying out steps."""

    name: str

    def refusal(self) -> str | None:
        """Why it cannot be used here; None where it can."""

    def install(self, job: Job) -> tuple[Step, ...]:
        """The steps that make it run the job, in place of one of the same name.

        Raises InputError if something not ours is in the way or the job cannot be said to it.
        """

    def remove(self, name: str) -> tuple[Step, ...]:
        """The steps that leave nothing of the job of that name."""

    def run_now(self, job: Job) -> tuple[Step, ...]:
        """The steps that start it at once, as the scheduler would."""

    def jobs(self) -> tuple[Job, ...]:
        """The jobs installed by us."""

    def trouble(self, job: Job) -> str | None:
        """Why an installed job will not run, as far as the platform tells."""

    def hints(self, job: Job) -> tuple[str, ...]:
        """What the user should know or do besides."""
