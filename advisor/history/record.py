"""What is kept of one run? The three documents, who made them and when (`advisor.run/1`)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from advisor import __version__
from advisor.advice.document import Advice
from advisor.bench.document import Bench
from advisor.machine.document import Machine


class ToldMachine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine as another tool's file tells of it. `id` is made from what is told, so that
    machines of the same make share it."""

    id: str
    cpu: str | None = None
    accelerator: str | None = None
    accelerator_memory_bytes: int | None = None
    memory_bytes: int | None = None
    system: str | None = None


class ToldMetric(msgspec.Struct, frozen=True, kw_only=True):
    """A number under the name that the other tool gives it, and what that tool means by it.

    `load` says under which load ("8 streams"); `statistic` which of the values ("mean").
    """

    load: str
    name: str
    statistic: str
    value: float
    unit: str
    definition: str


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Which tool measured, in which file it says so, and its numbers in its own words.

    Those that mean what ours mean are in the measurement too; none of the others is.
    """

    tool: str
    version: str | None
    file_sha256: str
    machine: ToldMachine
    metrics: tuple[ToldMetric, ...]


class Reduced(msgspec.Struct, frozen=True, kw_only=True):
    """This record was made from a fuller one, for others: `left_out` of it are the named fields
    that held something, `kept` the kinds of things that were asked for."""

    by: str
    left_out: tuple[str, ...]
    kept: tuple[str, ...] = ()


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled measurement that was not made: of which schedule, why, and how long it waited
    for the reasons to go away."""

    schedule: str
    reasons: tuple[str, ...]
    waited_s: float


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run: machine, measurement and advice. What was not reached is null.

    `kind` is `run` (the whole way to advice), `bench` (a measurement only), `skip` (none was made,
    and `skip` says why) or `imported` (another tool's result, which `source` names; it has no
    `machine` but the one that is told there). `id` is that of the measurement. `machine` is where
    it was measured, or the client where `bench.machine` is null: the model then computed on an
    unknown other one. `said` is what the user told of team, box and tariff, as tables of a
    scenario. `reduced` is set in a record that others were given.
    """

    schema: Literal["advisor.run/1"] = "advisor.run/1"
    id: str
    started_at: str
    kind: Literal["run", "bench", "skip", "imported"]
    advisor_version: str
    tags: tuple[str, ...] = ()
    partial: bool
    machine: Machine | None
    bench: Bench | None
    said: dict[str, Any] = {}
    advice: Advice | None
    skip: Skip | None = None
    source: Source | None = None
    reduced: Reduced | None = None

    @property
    def machine_id(self) -> str | None:
        """The fingerprint of the machine that the model computed on, or what stands for it in
        another tool's result; None for an unknown other one."""
        if self.bench is not None:
            return self.bench.machine
        return self.machine.id if self.machine else None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record came from that was not measured here.

    `signer` is who signed the file, by the user's own list, `key` the fingerprint of the key that
    signed it; null where it was not signed, or not by somebody on a list.
    """

    imported_at: str
    file_sha256: str
    tool: str
    signer: str | None = None
    key: str | None = None


def measured_run(
    bench: Bench,
    machine: Machine,
    *,
    kind: Literal["run", "bench"] = "bench",
    said: dict[str, Any] | None = None,
    advice: Advice | None = None,
    tags: tuple[str, ...] = (),
    advisor_version: str = __version__,
) -> Run:
    """The record of a measurement, which gives it its id and its start."""
    return Run(
        id=bench.id,
        started_at=bench.started_at,
        kind=kind,
        advisor_version=advisor_version,
        tags=tags,
        partial=bench.partial,
        machine=machine,
        bench=bench,
        said=said or {},
        advice=advice,
    )


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history. `machine` is its id, null for an unknown other one; `server` and
    `model` are null before a measurement; `skipped` says why none was made, where that is the
    record.

    `decode_tok_per_s` and `ttft_ms` are one stream's medians, `output_tok_per_s` is the highest of
    the whole server, at `output_streams` at once; null where that was not measured. `origin` is
    null for a run of this history's own.
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
    origin: Origin | None = None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All runs, newest first (`advisor.history/1`)."""

    schema: Literal["advisor.history/1"] = "advisor.history/1"
    runs: tuple[RunSummary, ...]
    unreadable: tuple[str, ...] = ()
