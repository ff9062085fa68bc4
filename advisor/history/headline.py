"""What of a record is listed, filtered and ranked? One row of plain values.

`decode_tok_per_s`, `prefill_tok_per_s` and `ttft_ms` are the medians of the stage with one stream.
`output_tok_per_s` is the highest of the closed loops, `output_streams` its concurrency,
`j_per_output_token` the operating point's. What was not measured is None.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from advisor.history.record import Origin, Run, RunSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from advisor.bench.document import Bench, Stage
    from advisor.bench.interval import Distribution

LONGEST = 200
"""Characters of a text that is indexed; PostgreSQL's indexes take no rows of many kilobytes."""
LARGEST = 2**63 - 1


def row_of(run: Run) -> dict[str, Any]:
    """The columns of `runs` for this record. Raises ValueError for a time that is none."""
    machine, bench = run.machine, run.bench
    row: dict[str, Any] = {
        "id": run.id,
        "started_us": micros(run.started_at),
        "started_at": fit(run.started_at),
        "kind": run.kind,
        "partial": run.partial,
        "record_schema": run.schema,
        "advisor_version": fit(run.advisor_version),
        "skipped": fit("; ".join(run.skip.reasons)) if run.skip else None,
    }
    if run.machine_id is not None:
        row["machine_id"] = fit(run.machine_id)
        row["machine_signature"] = fit(machine.signature if machine else run.machine_id)
    return row | (_measured(bench) if bench else {})


def summary_of(
    row: Row[Any],
    tags: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    origin: Origin | None = None,
) -> RunSummary:
    """A row of `runs` as the history lists it."""
    return RunSummary(
        id=row.id,
        started_at=row.started_at,
        kind=row.kind,
        machine=row.machine_id,
        server=row.server_kind,
        model=row.model_name,
        tags=tags,
        notes=notes,
        partial=row.partial,
        skipped=row.skipped,
        machine_signature=row.machine_signature,
        measured_on=row.measured_on,
        quantization=row.model_quantization,
        workload=row.workload_name,
        decode_tok_per_s=row.decode_tok_per_s,
        output_tok_per_s=row.output_tok_per_s,
        output_streams=row.output_streams,
        ttft_ms=row.ttft_ms,
        j_per_output_token=row.j_per_output_token,
        origin=origin,
    )


def micros(moment: str) -> int:
    """Unix time in microseconds; a time without a zone is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(moment)
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _measured(bench: Bench) -> dict[str, Any]:
    single = next((stage for stage in bench.stages if stage.concurrency == 1), None)
    busiest = _busiest(bench.stages)
    rate = busiest.output_tok_per_s if busiest else None
    return {
        "measured_on": fit(bench.measured_on),
        "server_kind": fit(bench.server.kind),
        "server_version": _fit(bench.server.version),
        "model_name": fit(bench.model.name),
        "model_digest": _fit(bench.model.digest),
        "model_quantization": _fit(bench.model.quantization),
        "workload_name": fit(bench.workload.name),
        "workload_input_tokens": _whole(bench.workload.input_tokens),
        "workload_output_tokens": _whole(bench.workload.output_tokens),
        "decode_tok_per_s": _median(single.decode_tok_per_s) if single else None,
        "prefill_tok_per_s": _median(single.prefill_tok_per_s) if single else None,
        "ttft_ms": _median(single.ttft_ms) if single else None,
        "output_tok_per_s": rate.value if rate else None,
        "output_streams": _whole(busiest.concurrency) if busiest else None,
        "j_per_output_token": next(
            (
                stage.energy.j_per_output_token
                for stage in bench.stages
                if stage.energy and stage.energy.j_per_output_token is not None
            ),
            None,
        ),
    }


def _busiest(stages: Sequence[Stage]) -> Stage | None:
    rated = [stage for stage in stages if stage.concurrency and stage.output_tok_per_s]
    return max(rated, key=_rate, default=None)


def _rate(stage: Stage) -> float:
    return stage.output_tok_per_s.value if stage.output_tok_per_s else 0.0


def _median(values: Distribution | None) -> float | None:
    return values.median if values else None


def _whole(value: int | None) -> int | None:
    return value if value is None or abs(value) <= LARGEST else None


def fit(text: str, longest: int = LONGEST) -> str:
    """Without the one character that PostgreSQL cannot hold, and short enough for an index."""
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}")


def _fit(text: str | None) -> str | None:
    return None if text is None else fit(text)
