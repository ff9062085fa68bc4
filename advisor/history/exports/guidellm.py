"""What would `guidellm run --output kind=json` have written of the run?

The fields are those of GuideLLM 0.8.1 (report schema version 2, `guidellm/benchmark/schemas` and
`guidellm/schemas`, read 2026-11-24), latencies and rates by its definitions: latencies from the
moment a request was sent, TPOT with the first token in it, ITL from the first token to the last
over the others, both weighted by tokens. Rates over time hold all requests of the load that were at
work in the steady window; the rest holds the counted ones. Unknown is -1 for an average of its
scheduler, a distribution of no values, or null, as GuideLLM writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from advisor.bench.document import RequestSample
from advisor.history.exports.guidellm_spread import (
    NO_VALUES,
    Weighted,
    by_status,
    of_rates,
    of_streams,
    of_values,
)
from advisor.history.exports.loads import Load, Recorded
from advisor.history.exports.timing import first_token_us, gaps_us, last_token_us

REPORT_VERSION = 2
UNKNOWN_AVERAGE = -1.0
SCHEDULER_AVERAGES = (
    "queued_time_avg",
    "resolve_start_delay_avg",
    "resolve_targeted_start_delay_avg",
    "request_start_delay_avg",
    "request_targeted_start_delay_avg",
    "resolve_end_delay_avg",
    "resolve_time_avg",
    "finalized_delay_avg",
    "processed_delay_avg",
)
UNKNOWN_SPREADS = (
    "request_streaming_iterations_count",
    "time_to_first_output_token_ms",
    "time_to_last_round_trip_ms",
    "avg_round_trip_time_ms",
)
SUMMED = tuple(
    f"{side}{over}"
    for side in ("input", "output", "total")
    for over in ("", "_per_second", "_concurrency")
)
OTHER_KINDS = {
    "image": ("tokens", "images", "pixels", "bytes"),
    "video": ("tokens", "frames", "seconds", "bytes"),
    "audio": ("tokens", "samples", "seconds", "bytes"),
    "tool_call": ("tokens", "mixed_tokens", "count"),
}


def guidellm(recorded: Recorded) -> bytes:
    """One report of all loads."""
    report = {
        "metadata": {
            "version": REPORT_VERSION,
            **dict.fromkeys(("guidellm_version", "python_version", "platform"), ""),
        },
        "config": _scenario(recorded),
        "benchmarks": [_benchmark(recorded, load) for load in recorded.loads],
    }
    return msgspec.json.encode(report) + b"\n"


def _scenario(recorded: Recorded) -> dict[str, Any]:
    """What was asked for, in GuideLLM's words. A report has one profile: that of the first load."""
    bench, run = recorded.bench, recorded.run
    kinds = [_strategy(load)["type_"] for load in recorded.loads]
    alike = [load for load in recorded.loads if _strategy(load)["type_"] == kinds[0]]
    levels = (
        {"streams": [load.stage.concurrency for load in alike]}
        if kinds[0] == "concurrent"
        else {"rate": [load.stage.rate for load in alike]}
    )
    return {
        "metadata": {"labels": {"advisor_run": run.id, "advisor_version": run.advisor_version}},
        "spec": {
            "backend": {
                "kind": "openai_http",
                "target": bench.server.url,
                "model": bench.model.name,
            },
            "profile": {"kind": kinds[0], **levels},
            "data": [
                {
                    "kind": "synthetic_text",
                    "prompt_tokens": bench.workload.input_tokens,
                    "output_tokens": bench.workload.output_tokens,
                }
            ],
        },
    }


def _benchmark(recorded: Recorded, load: Load) -> dict[str, Any]:
    counted, failed = load.counted, load.failed
    times_s = {
        "start_time": load.not_before_s,
        "request_start_time": load.not_before_s,
        "measure_start_time": _window_s(load)[0],
        "measure_end_time": _window_s(load)[1],
        "request_end_time": _unix_s(load, _closed_us(load)),
        "end_time": _unix_s(load, _closed_us(load)),
    }
    totals = {
        "successful": len(counted),
        "incomplete": 0,
        "errored": len(failed),
        "total": len(counted) + len(failed),
    }
    strategy = _strategy(load)
    name = f"{recorded.run.id}-{load.number}"
    return {
        "type_": "generative_benchmark",
        "config": {
            "id_": name,
            "run_id": recorded.run.id,
            "run_index": load.number - 1,
            "strategy": strategy,
            "constraints": {},
            "profile": {},
            "requests": {},
            "backend": {"model": recorded.bench.model.name},
            "environment": {},
        },
        "scheduler_state": {},
        "scheduler_metrics": {
            **times_s,
            "requests_made": totals,
            **dict.fromkeys(SCHEDULER_AVERAGES, UNKNOWN_AVERAGE),
            "request_time_avg": of_values(_each(counted, _latency_s))["mean"],
            "strategy_type": strategy["type_"],
        },
        "metrics": {"request_totals": totals, **_metrics(load)},
        "requests": {
            "successful": [_request(load, f"{name}-{n}", each) for n, each in enumerate(counted)],
            "incomplete": [],
            "errored": [_request(load, f"{name}-e{n}", each) for n, each in enumerate(failed)],
        },
    }


def _strategy(load: Load) -> dict[str, Any]:
    stage = load.stage
    if stage.concurrency is not None:
        return {"type_": "concurrent", "streams": stage.concurrency}
    return {"type_": stage.arrivals, "rate": stage.rate}


def _metrics(load: Load) -> dict[str, Any]:
    counted, at_work = load.counted, load.samples.requests
    window_s = _window_s(load)
    ends = [
        (_unix_s(load, last_us), 1.0)
        for each in at_work
        if each.error is None and (last_us := last_token_us(each, 0)) is not None
    ]
    prompts = [event for each in at_work for event in _prompt(load, each)]
    outputs = [event for each in at_work for event in _output(load, each)]
    spans_s = [(_unix_s(load, each.sent_us), _unix_s(load, each.closed_us)) for each in at_work]
    tokens_in = of_values(_each(counted, lambda each: each.input_tokens))
    tokens_out = of_values(_each(counted, lambda each: each.output_tokens))
    tokens_all = of_values(_each(counted, _all_tokens))
    known = {
        "requests_per_second": of_rates(ends, *window_s),
        "request_concurrency": of_streams(spans_s, *window_s),
        "request_latency": of_values(_each(counted, _latency_s)),
        "prompt_token_count": tokens_in,
        "output_token_count": tokens_out,
        "total_token_count": tokens_all,
        "time_to_first_token_ms": of_values(_each(counted, _ttft_ms)),
        "time_per_output_token_ms": of_values(_tpot_ms(counted)),
        "inter_token_latency_ms": of_values(_itl_ms(counted)),
        "prompt_tokens_per_second": of_rates(prompts, *window_s),
        "output_tokens_per_second": of_rates(outputs, *window_s),
        "tokens_per_second": of_rates([*prompts, *outputs], *window_s),
        "output_tokens_per_iteration": of_values(_tokens_an_event(counted)),
        "iter_tokens_per_iteration": of_values(_tokens_a_later_event(counted)),
    }
    token_counts = {"input": tokens_in, "output": tokens_out, "total": tokens_all}
    return {
        **{name: by_status(summary) for name, summary in known.items()},
        **{name: by_status(NO_VALUES) for name in UNKNOWN_SPREADS},
        "text": {
            "tokens": {
                **dict.fromkeys(SUMMED),
                **{side: by_status(summary) for side, summary in token_counts.items()},
            },
            "words": dict.fromkeys(SUMMED),
            "characters": dict.fromkeys(SUMMED),
        },
        **{
            kind: {unit: dict.fromkeys(SUMMED) for unit in units}
            for kind, units in OTHER_KINDS.items()
        },
    }


def _request(load: Load, name: str, request: RequestSample) -> dict[str, Any]:
    planned_us = request.planned_us
    first_us, last_us = first_token_us(request, 0), last_token_us(request, 0)
    return {
        "type_": "generative_request_stats",
        "request_id": name,
        "info": {
            "request_id": name,
            "status": "errored" if request.error else "completed",
            "error": request.error,
            "timings": {
                "targeted_start": None if planned_us is None else _unix_s(load, planned_us),
                "request_start": _unix_s(load, request.sent_us),
                "first_token_iteration": None if first_us is None else _unix_s(load, first_us),
                "last_token_iteration": None if last_us is None else _unix_s(load, last_us),
                "token_iterations": len(request.events_us),
                "request_end": _unix_s(load, request.closed_us),
                "resolve_end": _unix_s(load, request.closed_us),
            },
        },
        "input_metrics": {
            "text_tokens": request.input_tokens,
            "cached_tokens": request.cached_input_tokens,
        },
        "output_metrics": {"text_tokens": request.output_tokens},
    }


def _window_s(load: Load) -> tuple[float, float]:
    """The steady window, or the whole load where there was none."""
    window_s = load.stage.window_s
    warmup = load.stage.warmup
    if window_s is None or warmup is None:
        return load.not_before_s, _unix_s(load, _closed_us(load))
    start_s = load.not_before_s + warmup.seconds
    return start_s, start_s + window_s


def _closed_us(load: Load) -> int:
    return max((each.closed_us for each in load.samples.requests), default=0)


def _unix_s(load: Load, at_us: int) -> float:
    return load.not_before_s + at_us / 1e6


def _each(
    requests: Sequence[RequestSample], value_of: Callable[[RequestSample], float | None]
) -> list[Weighted]:
    """The known values, each of weight 1."""
    return [(value, 1.0) for each in requests if (value := value_of(each)) is not None]


def _latency_s(request: RequestSample) -> float:
    return (request.closed_us - request.sent_us) / 1e6


def _ttft_ms(request: RequestSample) -> float | None:
    first_us = first_token_us(request, request.sent_us)
    return None if first_us is None else first_us / 1e3


def _all_tokens(request: RequestSample) -> int | None:
    if request.input_tokens is None or request.output_tokens is None:
        return None
    return request.input_tokens + request.output_tokens


def _tpot_ms(requests: Sequence[RequestSample]) -> list[Weighted]:
    return [
        (last_us / 1e3 / each.output_tokens, each.output_tokens)
        for each in requests
        if each.output_tokens and (last_us := last_token_us(each, each.sent_us)) is not None
    ]


def _itl_ms(requests: Sequence[RequestSample]) -> list[Weighted]:
    return [
        (sum(gaps_us(each)) / 1e3 / later_tokens, later_tokens)
        for each in requests
        if (later_tokens := (each.output_tokens or 1) - 1) > 0
    ]


def _tokens_an_event(requests: Sequence[RequestSample]) -> list[Weighted]:
    return [
        (each.output_tokens / len(each.events_us), len(each.events_us))
        for each in requests
        if each.output_tokens and each.events_us
    ]


def _tokens_a_later_event(requests: Sequence[RequestSample]) -> list[Weighted]:
    return [
        ((each.output_tokens - 1) / later_events, later_events)
        for each in requests
        if each.output_tokens and (later_events := len(each.events_us) - 1) > 0
    ]


def _prompt(load: Load, request: RequestSample) -> list[Weighted]:
    """When a prompt's tokens had been read: at the first token of the answer."""
    if not request.events_us or request.input_tokens is None:
        return []
    return [(_unix_s(load, request.events_us[0]), request.input_tokens)]


def _output(load: Load, request: RequestSample) -> list[Weighted]:
    """When each token of the answer came; without a count an event is a token."""
    if not request.events_us:
        return []
    tokens = request.output_tokens or len(request.events_us)
    later_events = max(1, len(request.events_us) - 1)
    each_later = max(tokens - request.first_event_tokens, 0) / later_events
    at_us = 0
    found: list[Weighted] = []
    for number, gap_us in enumerate(request.events_us):
        at_us += gap_us
        weight = each_later if number else min(request.first_event_tokens, tokens)
        found.append((_unix_s(load, at_us), weight))
    return found
