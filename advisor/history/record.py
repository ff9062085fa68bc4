"""What is kept of one run? The three documents, who made them and when (`advisor.run/1`)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from advisor.advice.document import Advice
from advisor.bench.document import Bench
from advisor.machine.document import Machine


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled measurement that was not made: of which schedule, why, and how long it waited
    for the reasons to go away."""

    schedule: str
    reasons: tuple[str, ...]
    waited_s: float


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run: machine, measurement and advice. What was not reached is null.

    `kind` is `run` (the whole way to advice), `bench` (a measurement only) or `skip` (none was
    made, and `skip` says why). `id` is that of the measurement. `machine` is where it was measured,
    or the client where `bench.machine` is null: the model then computed on an unknown other one.
    `said` is what the user told of team, box and tariff, as tables of a scenario.
    """

    schema: Literal["advisor.run/1"] = "advisor.run/1"
    id: str
    started_at: str
    kind: Literal["run", "bench", "skip"]
    advisor_version: str
    tags: tuple[str, ...] = ()
    partial: bool
    machine: Machine
    bench: Bench | None
    said: dict[str, Any] = {}
    advice: Advice | None
    skip: Skip | None = None

    @property
    def machine_id(self) -> str | None:
        """The machine that it is about; None for an unknown other one."""
        return self.machine.id if self.bench is None else self.bench.machine


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history. `machine` is its id, null for an unknown other one; `server` and
    `model` are null before a measurement; `skipped` says why none was made, where that is the
    record.

    `decode_tok_per_s` and `ttft_ms` are one stream's medians, `output_tok_per_s` is the highest of
    the whole server, at `output_streams` at once; null where that was not measured.
    """

    id: str
    started_at: str
    kind: str
    machine: str | None
    server: str | None
    model: str | None
    tags: tuple[str, ...]
    partial: bool
    skipped: str | None = None
    notes: tuple[str, ...] = ()
    machine_signature: str | None = None
    measured_on: str | None = None
    quantization: str | None = None
    workload: str | None = None
    decode_tok_per_s: float | None = None
    ttft_ms: float | None = None
    output_tok_per_s: float | None = None
    output_streams: int | None = None
    j_per_output_token: float | None = None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All runs, newest first (`advisor.history/1`)."""

    schema: Literal["advisor.history/1"] = "advisor.history/1"
    runs: tuple[RunSummary, ...]
    unreadable: tuple[str, ...] = ()
