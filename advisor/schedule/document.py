"""What is scheduled here? `advisor.schedule/1`."""

from __future__ import annotations

from typing import Literal

import msgspec


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a scheduled run came to. `skipped` says why nothing was measured, null otherwise."""

    id: str
    started_at: str
    server: str | None
    model: str | None
    partial: bool
    skipped: str | None


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule: what runs it, when, with which options of `advisor bench`.

    `next_runs` leaves out that it may start up to `spread_s` later. `trouble` is why the platform
    will not run it, null where nothing is known against it. `last_runs` are newest first.
    """

    name: str
    platform: str
    when: str
    next_runs: tuple[str, ...]
    spread_s: float
    wait_s: float
    limit_s: float
    options: tuple[str, ...]
    trouble: str | None
    last_runs: tuple[LastRun, ...]


class Schedules(msgspec.Struct, frozen=True, kw_only=True):
    """All schedules of this user on this machine."""

    schema: Literal["advisor.schedule/1"] = "advisor.schedule/1"
    schedules: tuple[Scheduled, ...]
