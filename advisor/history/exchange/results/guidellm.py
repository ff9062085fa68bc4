"""What does a report of GuideLLM tell (`guidellm run --output kind=json`)?

The format is that of `history.exports.guidellm` (report schema version 2), definitions as there.
Its TTFT runs from just before a request is sent to its first token, its latency to the last byte:
ours in a closed loop, but for the time of sending. Its ITL is a mean a request, its TPOT has the
first token in it, its rates are of all tokens over time: these keep their own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from advisor.bench.document import Model, ServerFacts
from advisor.bench.interval import Distribution
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.results.told import (
    UNTOLD,
    Told,
    amount,
    count,
    machine,
    rows,
    stage,
    table,
    text,
)
from advisor.history.exports.guidellm import REPORT_VERSION
from advisor.history.record import ToldMetric

TOOL = "guidellm"
SENT = "just before the request is sent"
DEFINITIONS = {
    "ttft_ms": f"{SENT} to the first token",
    "e2e_ms": f"{SENT} to the last byte of the answer",
}
METRICS = {
    "time_to_first_token_ms": ("ms", f"{SENT} to the first token"),
    "request_latency": ("s", f"{SENT} to the last byte of the answer"),
    "time_per_output_token_ms": ("ms", "(last token - sent) / tokens, the first one's wait in it"),
    "inter_token_latency_ms": ("ms", "(last - first token) / (tokens - 1), weighted by tokens"),
    "output_tokens_per_second": ("tok/s", "rate of output tokens over the time of the benchmark"),
    "prompt_tokens_per_second": ("tok/s", "rate of prompt tokens over the time of the benchmark"),
    "requests_per_second": ("1/s", "rate of ended requests over the time of the benchmark"),
}
"""Name -> unit and what it means, by the exporter's own reading of GuideLLM."""
OTHER = {
    "itl_ms": "GuideLLM's is a mean of each request, see inter_token_latency_ms in source.metrics",
    "tpot_ms": "GuideLLM's holds the wait for the first token, see source.metrics",
    "output_tok_per_s": "GuideLLM's has another window, see output_tokens_per_second",
    "decode_tok_per_s": "GuideLLM does not tell one stream's",
    "prefill_tok_per_s": "GuideLLM does not tell it",
}
OPEN_LOOP = "GuideLLM counts from the sending, this tool from the plan; see source.metrics"


def looks_like(value: Any) -> bool:
    """Whether a JSON value is this tool's."""
    return isinstance(value, dict) and {"metadata", "benchmarks"} <= value.keys()


def read(value: Any, what: str) -> Iterable[Told]:
    """The run of a report. Raises BadBundleError."""
    metadata = table(value["metadata"], f"metadata of {what}")
    if metadata.get("version") != REPORT_VERSION:
        raise BadBundleError(
            f"{what} is a report of another version of GuideLLM",
            why=f"version {REPORT_VERSION} is known",
        )
    benchmarks = rows(value["benchmarks"], f"benchmarks of {what}")
    if not benchmarks:
        raise BadBundleError(f"{what} holds no benchmark")
    config = _below(value, "config", "spec")
    backend = _below(config, "backend")
    data = config.get("data")
    shape = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    version = text(metadata, "guidellm_version", what)
    told = Told(
        tool=TOOL,
        version=version,
        machine=machine(system=text(metadata, "platform", what)),
        model=Model(name=text(backend, "model", what) or _model(benchmarks[0], what) or "unnamed"),
        server=ServerFacts(kind=UNTOLD, version=None, url=""),
        input_tokens=count(shape, "prompt_tokens", what),
        output_tokens=count(shape, "output_tokens", what),
        definitions=DEFINITIONS,
        unknown={"bench.server.kind": "GuideLLM knows the protocol only"},
    )
    times = [_times(each, what) for each in benchmarks]
    starts = [start for start, _ in times if start is not None]
    ends = [end for _, end in times if end is not None]
    if starts and ends and max(ends) >= min(starts):
        told.started_at = _iso(min(starts))
        told.duration_s = max(ends) - min(starts)
    for each in benchmarks:
        _add(told, each, what)
    return [told]


def _add(told: Told, benchmark: Mapping[str, Any], what: str) -> None:
    strategy = _below(benchmark, "config", "strategy")
    metrics = table(benchmark.get("metrics"), f"metrics of {what}")
    kind = text(strategy, "type_", what)
    streams = 1 if kind == "synchronous" else count(strategy, "streams", what)
    rate = None if streams else amount(strategy, "rate", what)
    load = f"{streams} streams" if streams else f"{rate:g} requests/s" if rate else kind or UNTOLD
    spreads = {name: _spread(metrics, name, what) for name in METRICS}
    for name, (unit, definition) in METRICS.items():
        spread = spreads[name]
        for statistic in ("median", "mean") if spread else ():
            told.metrics.append(
                ToldMetric(
                    load=load,
                    name=name,
                    statistic=statistic,
                    value=getattr(spread, statistic),
                    unit=unit,
                    definition=definition,
                )
            )
    if not streams and not rate:
        told.unknown["bench.stages"] = f"the load ({load}) is none of this tool's"
        return
    at = f"bench.stages[{len(told.stages)}]"
    totals = _below(metrics, "request_totals")
    failed = count(totals, "errored", what) or 0
    of_prompts, of_answers = (
        _spread(metrics, f"{side}_token_count", what) for side in ("prompt", "output")
    )
    told.stages.append(
        stage(
            concurrency=streams,
            rate=rate,
            arrivals=None if streams else kind,
            requests=count(totals, "successful", what) or 0,
            attempts=count(totals, "total", what) or 0,
            errors={"errored": failed} if failed else {},
            input_tokens=of_prompts.median if of_prompts else None,
            output_tokens=of_answers.median if of_answers else None,
            output_tokens_asked=told.output_tokens,
            ttft_ms=spreads["time_to_first_token_ms"] if streams else None,
            e2e_ms=_in_ms(spreads["request_latency"]) if streams else None,
        )
    )
    told.unknown |= {f"{at}.{name}": reason for name, reason in OTHER.items()}
    if not streams:
        told.unknown |= {f"{at}.{name}": OPEN_LOOP for name in DEFINITIONS}


def _spread(metrics: Mapping[str, Any], name: str, what: str) -> Distribution | None:
    """A distribution over successful requests; GuideLLM writes that of no values as zeros."""
    found = _below(metrics, name, "successful")
    percentiles = _below(found, "percentiles")
    n = count(found, "count", what)
    median, mean = amount(found, "median", what), amount(found, "mean", what)
    p95, p99 = amount(percentiles, "p95", what), amount(percentiles, "p99", what)
    if not n or median is None or mean is None or p95 is None or p99 is None:
        return None
    return Distribution(median=median, mean=mean, p95=p95, p99=p99, n=n, ci95=None)


def _in_ms(of_s: Distribution | None) -> Distribution | None:
    if of_s is None:
        return None
    return Distribution(
        median=of_s.median * 1e3,
        mean=of_s.mean * 1e3,
        p95=of_s.p95 * 1e3,
        p99=of_s.p99 * 1e3,
        n=of_s.n,
        ci95=None,
    )


def _times(benchmark: Mapping[str, Any], what: str) -> tuple[float | None, float | None]:
    found = _below(benchmark, "scheduler_metrics")
    return amount(found, "start_time", what), amount(found, "end_time", what)


def _model(benchmark: Mapping[str, Any], what: str) -> str | None:
    return text(_below(benchmark, "config", "backend"), "model", what)


def _below(values: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The table below these names; an empty one where there is none."""
    for name in names:
        found = values.get(name)
        values = found if isinstance(found, dict) else {}
    return values


def _iso(unix_s: float) -> str | None:
    try:
        return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OSError, OverflowError):
        return None
