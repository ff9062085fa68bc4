"""What would `aiperf profile` have left of each load? A folder with its two result files.

The fields are those of AIPerf 0.13.0 (`aiperf/common/models/export_models.py`, `record_models.py`
and `aiperf/metrics/types`, read 2026-11-24), the latencies by its definitions: from the moment the
request was sent to an event with tokens, its inter-token latency being this tool's TPOT and its
inter-chunk latency this tool's ITL. Throughputs are the document's: they hold the parts of requests
that lie at the edges of the steady window. What is unknown is left out, as AIPerf does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from advisor.bench.document import RequestSample
from advisor.documents import to_json
from advisor.history.exports.loads import Load, Recorded
from advisor.history.exports.timing import (
    first_token_us,
    gaps_us,
    last_token_us,
    tpot_us,
)

SCHEMA_VERSION = "1.4"
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
WORKER = "advisor"

Value = float | list[float] | None
Metric = tuple[str, Callable[[RequestSample], Value]]

OF_REQUEST: dict[str, Metric] = {
    "time_to_first_token": ("ms", lambda each: _ms(first_token_us(each, each.sent_us))),
    "time_to_second_token": ("ms", lambda each: _ms(next(iter(gaps_us(each)), None))),
    "request_latency": ("ms", lambda each: _ms(last_token_us(each, each.sent_us))),
    "inter_token_latency": ("ms", lambda each: _ms(tpot_us(each))),
    "inter_chunk_latency": ("ms", lambda each: [gap / 1e3 for gap in gaps_us(each)] or None),
    "output_token_throughput_per_user": (
        "tokens/sec/user",
        lambda each: 1e6 / token_us if (token_us := tpot_us(each)) else None,
    ),
    "input_sequence_length": ("tokens", lambda each: each.input_tokens),
    "output_sequence_length": ("tokens", lambda each: each.output_tokens),
}


def aiperf(recorded: Recorded) -> dict[PurePosixPath, bytes]:
    """The files of every load, each in a folder named by number and level."""
    files: dict[PurePosixPath, bytes] = {}
    for load in recorded.loads:
        folder = PurePosixPath(load.name)
        files[folder / "profile_export_aiperf.json"] = to_json(_summary(recorded, load))
        files[folder / "profile_export.jsonl"] = _records(load)
    return files


def _records(load: Load) -> bytes:
    """A line for each request of the steady window, in the order they were sent."""
    requests = sorted([*load.counted, *load.failed], key=lambda each: each.sent_us)
    lines = [_record(load, number, each) for number, each in enumerate(requests)]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _record(load: Load, number: int, request: RequestSample) -> dict[str, Any]:
    metadata = {
        "session_num": number,
        "credit_issued_ns": _unix_ns(load, request.planned_us),
        "request_start_ns": _unix_ns(load, request.sent_us),
        "request_end_ns": _unix_ns(load, request.closed_us),
        "worker_id": WORKER,
        "record_processor_id": WORKER,
        "benchmark_phase": "profiling",
    }
    line: dict[str, Any] = {"metadata": _known(metadata), "metrics": {}}
    if request.error:
        line["error"] = _error(request.error)
        return line
    for name, (unit, value_of) in OF_REQUEST.items():
        value = value_of(request)
        if value is not None:
            line["metrics"][name] = {"value": value, "unit": unit}
    return line


def _summary(recorded: Recorded, load: Load) -> dict[str, Any]:
    stage, bench = load.stage, recorded.bench
    closed_us = max((each.closed_us for each in load.samples.requests), default=0)
    errors = Counter(each.error for each in load.failed if each.error)
    one_number = {
        "request_count": ("requests", len(load.counted)),
        "error_request_count": ("requests", len(load.failed)),
        "request_throughput": ("requests/sec", stage.requests_per_s),
        "goodput": ("requests/sec", load.goodput_per_s),
        "output_token_throughput": ("tokens/sec", load.output_tok_per_s),
        "total_token_throughput": ("tokens/sec", load.total_tok_per_s),
        "total_isl": ("tokens", load.input_tokens),
        "total_osl": ("tokens", load.output_tokens),
        "benchmark_duration": ("sec", stage.window_s),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "benchmark_id": f"{recorded.run.id}-{load.number}",
        **{
            name: {"unit": unit, "avg": value}
            for name, (unit, value) in one_number.items()
            if value is not None
        },
        **_known(
            {
                name: _spread(unit, [value_of(each) for each in load.counted])
                for name, (unit, value_of) in OF_REQUEST.items()
            }
        ),
        "input_config": _setting(recorded, load),
        "was_cancelled": stage.stopped_by == "interrupted",
        "error_summary": [
            {"error_details": _error(error), "count": count} for error, count in errors.items()
        ],
        "start_time": _iso(load.not_before_s),
        "end_time": _iso(load.not_before_s + closed_us / 1e6),
        "metadata": {
            "model": bench.model.name,
            "server": bench.server.kind,
            "advisor_run": recorded.run.id,
            "advisor_version": recorded.run.advisor_version,
        },
    }


def _setting(recorded: Recorded, load: Load) -> dict[str, Any]:
    """As much of AIPerf's configuration as its readers look for and its model demands."""
    workload, stage = recorded.bench.workload, load.stage
    phase = {
        "name": "profiling",
        "type": "concurrency" if stage.concurrency else stage.arrivals,
        "concurrency": stage.concurrency,
        "rate": stage.rate,
        "requests": len(load.counted) + len(load.failed),
    }
    return {
        "models": {"items": [{"name": recorded.bench.model.name}]},
        "endpoint": {"urls": [recorded.bench.server.url], "streaming": True},
        "datasets": [
            {
                "name": "main",
                "type": "synthetic",
                "prompts": {
                    "isl": {"mean": workload.input_tokens},
                    "osl": {"mean": stage.output_tokens_asked},
                },
            }
        ],
        "phases": [_known(phase)],
    }


def _spread(unit: str, values: Sequence[Value]) -> dict[str, Any] | None:
    """The distribution of all values, those in lists each for itself; None if there are none."""
    import numpy as np

    known = np.array([one for value in values if value is not None for one in np.atleast_1d(value)])
    if not len(known):
        return None
    percentiles = zip(PERCENTILES, np.percentile(known, PERCENTILES), strict=True)
    return {
        "unit": unit,
        "avg": float(known.mean()),
        **{f"p{percent}": float(value) for percent, value in percentiles},
        "min": float(known.min()),
        "max": float(known.max()),
        "std": float(known.std()),
        "count": len(known),
        "sum": float(known.sum()),
    }


def _error(error: str) -> dict[str, Any]:
    """The kind of a failure, with the HTTP status where it is one."""
    status = error.removeprefix("http_")
    code = int(status) if status != error and status.isdecimal() else None
    return _known({"code": code, "type": error, "message": error})


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _ms(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds / 1e3


def _unix_ns(load: Load, at_us: int | None) -> int | None:
    return None if at_us is None else round(load.not_before_s * 1e9) + at_us * 1_000


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()
