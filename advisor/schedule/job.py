"""What is run, how long may it take, and how is that read back from what was installed?"""

from __future__ import annotations

import re
import sys
from typing import Annotated

import msgspec

from advisor.errors import InputError
from advisor.schedule.when import When

PREFIX = "advisor-"
"""With which the names of everything begin that is written to a platform."""

MADE_BY = "Written by `advisor schedule install`; `advisor schedule remove` takes it away."
MARK = "advisor-schedule:"
NAME = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
LONGEST_MARK = 64_000

SHORTEST_S, LONGEST_S = 1.0, 86_400.0
SPREAD_S = 600
"""So much later it may start, always the same on one machine: a fleet does not start at once."""

GRACE_S = 300
"""What a run may take beyond its waiting and measuring: reading the machine, loading, saving."""

END_S = 120
"""What a run that is told to stop has for keeping what was measured."""

PLAIN = re.compile(r"[A-Za-z0-9 {}\[\]\":,._/]")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement that comes again.

    `program` starts this program, `options` are those of `advisor bench`. It waits at most
    `wait_s` for the machine to be quiet and then measures at most `limit_s`.
    """

    name: Annotated[str, msgspec.Meta(pattern=f"^{NAME}$")]
    when: When
    program: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    options: tuple[str, ...] = ()
    data_folder: str
    wait_s: float
    limit_s: float

    def __post_init__(self) -> None:
        if not all(SHORTEST_S <= each <= LONGEST_S for each in (self.wait_s, self.limit_s)):
            raise InputError(
                "a scheduled run waits and measures between a second and a day each",
                remedy="Correct --wait and --limit.",
            )
        for argument in (*self.program, *self.options, self.data_folder):
            if any(ord(each) < 32 or ord(each) == 127 for each in argument):
                raise InputError(
                    f"{argument!r} has a control character, which no schedule can hold",
                    remedy="Rename the file, or leave it out.",
                )

    @property
    def longest_s(self) -> int:
        """After this the platform ends it."""
        return round(self.wait_s + self.limit_s) + GRACE_S

    def command(self, *, spread_s: int = 0, quiet: bool = False) -> tuple[str, ...]:
        """The whole command; `spread_s` where the platform cannot spread starts itself."""
        return (
            *self.program,
            *(("--quiet",) if quiet else ()),
            *("schedule", "run", "--name", self.name, "--data-dir", self.data_folder),
            *("--wait", f"{self.wait_s:g}s", "--limit", f"{self.limit_s:g}s"),
            *(("--spread", f"{spread_s}s") if spread_s else ()),
            *self.options,
        )


def this_program() -> tuple[str, ...]:
    """How this very installation is started from anywhere; -P keeps the folder out in which it
    is started, which may hold another `advisor`."""
    return (sys.executable, "-P", "-m", "advisor")


def checked_name(name: str) -> str:
    """`name`, if a schedule may be called so. Raises InputError."""
    if not re.fullmatch(NAME, name):
        raise InputError(
            f"'{name}' cannot name a schedule",
            remedy="Use up to 40 small letters, digits and hyphens, like weekly-sweep.",
        )
    return name


def marked(job: Job) -> str:
    """The job on one line of harmless characters: no %, -, <, quotes of a shell or line ends."""
    text = msgspec.json.encode(job).decode()
    return f"{MARK} " + "".join(
        each if PLAIN.match(each) or each == "\\" else _escaped(each) for each in text
    )


def read_mark(text: str) -> Job | None:
    """The job that a text was written for; None if it has none that can be read."""
    for line in text.splitlines():
        _, mark, rest = line.partition(MARK)
        if not mark or len(rest) > LONGEST_MARK:
            continue
        try:
            return msgspec.json.decode(rest[: rest.rfind("}") + 1].strip(), type=Job)
        except (msgspec.MsgspecError, InputError):
            return None
    return None


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))
