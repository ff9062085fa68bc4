"""What does `advisor doctor --json` print? (`advisor.doctor/1`)"""

from __future__ import annotations

from typing import Literal

import msgspec

Area = Literal[
    "gpu",
    "energy",
    "rapl",
    "servers",
    "ports",
    "model-cache",
    "data-folder",
    "memory",
    "clock",
    "scheduler",
    "neighbours",
    "governor",
    "surroundings",
    "settings",
]
Status = Literal["ok", "limited", "missing"]
Source = Literal["flag", "environment", "advisor.toml", "default"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    `what` was found, `why` it is so or matters, `fix` is the command that mends it; null where
    none does. "limited" can be measured with a reservation, "missing" cannot.
    """

    area: Area
    status: Status
    what: str
    why: str = ""
    fix: str | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one option of a command and who set it.

    `value` is as it was written, null where nobody set one, hidden where it may hold a key.
    `usable` is false where the command would refuse it.
    """

    command: str
    option: str
    value: str | None
    source: Source
    usable: bool = True


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked for with `--need`, and whether it is here."""

    name: str
    met: bool
    why: str


class Doctor(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at (`advisor.doctor/1`), in the order of a measurement.

    `settings_file` is the advisor.toml in force, null without one.
    """

    schema: Literal["advisor.doctor/1"] = "advisor.doctor/1"
    checked_at: str
    findings: tuple[Finding, ...]
    needs: tuple[Need, ...]
    settings: tuple[Setting, ...]
    settings_file: str | None
