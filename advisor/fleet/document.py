"""What is said of a fleet: what came of each host, and where each machine stands?"""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.fleet.file import Way
from advisor.history.drift.document import Drifts
from advisor.history.record import RunSummary

Outcome = Literal[
    "measured",
    "partial",
    "unreachable",
    "refused",
    "not let in",
    "unknown host key",
    "not installed",
    "connection lost",
    "timed out",
    "failed",
    "bad bundle",
    "interrupted",
    "not started",
]
"""`refused`: nobody listens there; `not let in`: its SSH server did not take a key; `failed`: the
measurement said why it could not be made."""
WORKED = ("measured", "partial")


class HostResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one host; `run` is in the history where its `outcome` is measured or partial.

    Else `what` happened, `why`, and what to do next (`remedy`). `news` says what changed on its
    machine. The headline numbers are those of the history's list; null where not measured.
    """

    name: str
    way: Way
    outcome: Outcome
    took_s: float
    run: str | None = None
    machine: str | None = None
    measured_on: str | None = None
    model: str | None = None
    decode_tok_per_s: float | None = None
    output_tok_per_s: float | None = None
    j_per_output_token: float | None = None
    what: str | None = None
    why: str | None = None
    remedy: str | None = None
    news: Drifts | None = None

    @property
    def worked(self) -> bool:
        return self.outcome in WORKED


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """What came of every host, in the order of the fleet file (`advisor.fleet/1`)."""

    schema: Literal["advisor.fleet/1"] = "advisor.fleet/1"
    started_at: str
    measured: int
    failed: int
    hosts: tuple[HostResult, ...]


class MachineState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one machine stands: its newest measurement (null where it has none), and why it was not
    measured since (`skipped`, `skipped_at`). `drift` says what changed, where that was asked."""

    machine: str
    hosts: tuple[str, ...] = ()
    newest: RunSummary | None
    age_days: float | None
    skipped: str | None = None
    skipped_at: str | None = None
    drift: Drifts | None = None


class Machines(msgspec.Struct, frozen=True, kw_only=True):
    """Every machine of the history, the one measured last first (`advisor.machines/1`)."""

    schema: Literal["advisor.machines/1"] = "advisor.machines/1"
    machines: tuple[MachineState, ...]
