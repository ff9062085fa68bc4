"""Jobs as a user might install them, also unkind ones."""

from __future__ import annotations

import sys

from advisor.schedule.job import Job
from advisor.schedule.when import When

WHENS = (
    When(hour=3, minute=0),
    When(hour=23, minute=59),
    When(hour=0, minute=0, weekday=0),
    When(hour=3, minute=30, weekday=6),
    When(hour=12, minute=5, weekday=3),
    When(hour=3, minute=0, day=1),
    When(hour=4, minute=15, day=28),
    *(When(hour=3, minute=7, step_hours=step) for step in (1, 2, 3, 4, 6, 8, 12)),
)

UNKIND = (
    "a b",
    "50%",
    "%h %n %%",
    "$HOME",
    "${HOME} $$",
    '"double"',
    "it's",
    "`id`",
    "a;b",
    ";",
    "#c",
    "-->",
    "<&>",
    "ünï 模型 🦙",
    "-",
    "",
    "*",
    "~",
    "!x",
    "a\\b",
    "ends in \\",
)


def job(
    *options: str,
    name: str = "bench",
    when: When = WHENS[3],
    program: tuple[str, ...] = (sys.executable, "-P", "-m", "advisor"),
    data_folder: str = "/home/u/.local/share/local-or-api",
) -> Job:
    return Job(
        name=name,
        when=when,
        program=program,
        options=options,
        data_folder=data_folder,
        wait_s=7200,
        limit_s=3600,
    )
