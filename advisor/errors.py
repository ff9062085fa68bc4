"""What went wrong, why, and what should the user do next?"""

from __future__ import annotations


class AdvisorError(Exception):
    """A failure that the user can understand and act on.

    `what` happened and `why` are facts; `remedy` is the next thing to do. The command line prints
    them as one line without a traceback and ends with `exit_code`.
    """

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", remedy: str = "") -> None:
        self.what = what
        self.why = why
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        cause = f"{self.what}: {self.why}" if self.why else self.what
        return f"{cause.rstrip('.')}. {self.remedy}" if self.remedy else cause


class InputError(AdvisorError):
    """What the user typed, or a file that they named, cannot be used (exit code 2)."""

    exit_code = 2
