"""The agent is a property list with documented keys only, and holds the job."""

from __future__ import annotations

import plistlib

import pytest
from made_up_jobs import UNKIND, WHENS, job

from advisor.schedule.job import read_mark
from advisor.schedule.launchd import agent

DOCUMENTED: dict[str, type] = {
    "Label": str,
    "ProgramArguments": list,
    "StartCalendarInterval": list,
    "ProcessType": str,
    "ExitTimeOut": int,
    "StandardOutPath": str,
    "StandardErrorPath": str,
}
"""launchd.plist(5), https://keith.github.io/xcode-man-pages/launchd.plist.5.html, read 2026-11-25:
the keys that we use, and their types."""

CALENDAR = {
    "Minute": (0, 59),
    "Hour": (0, 23),
    "Day": (1, 31),
    "Weekday": (0, 7),
    "Month": (1, 12),
}


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_its_keys_are_documented_and_of_the_right_type(when) -> None:
    keys = plistlib.loads(agent(job(*UNKIND, when=when)).encode())
    assert {key: type(value) for key, value in keys.items()} == DOCUMENTED
    for entry in keys["StartCalendarInterval"]:
        for name, value in entry.items():
            lowest, highest = CALENDAR[name]
            assert lowest <= value <= highest


def test_arguments_and_job_are_what_was_meant() -> None:
    made = job(*UNKIND)
    text = agent(made)
    keys = plistlib.loads(text.encode())
    assert tuple(keys["ProgramArguments"]) == made.command(spread_s=600)
    assert read_mark(text) == made


def test_it_is_not_throttled() -> None:
    """As Background, and without a type, the system would hold the numbers down."""
    assert plistlib.loads(agent(job()).encode())["ProcessType"] == "Interactive"
