"""What does AIPerf tell in `profile_export_aiperf.json`?

The format and its definitions are those of `history.exports.aiperf` (AIPerf 0.13.0). Its latencies
run from the sending of a request to an event with tokens, its inter-chunk latency is the gap
between two of those: ours in a closed loop. Its inter-token latency and its throughputs count
tokens by its own tokenizer unless told otherwise, over the whole run: these keep their own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.bench.document import Model, ServerFacts
from advisor.bench.interval import Distribution
from advisor.history.exchange.results.told import (
    UNTOLD,
    Told,
    amount,
    count,
    machine,
    stage,
    text,
)
from advisor.history.exports.aiperf import OF_REQUEST
from advisor.history.record import ToldMetric

TOOL = "aiperf"
SENT = "sending of the request"
DEFINITIONS = {
    "ttft_ms": f"{SENT} to the first event with tokens",
    "itl_ms": "between two successive events with tokens",
}
MEANINGS = {
    "time_to_first_token": f"{SENT} to the first event with tokens",
    "time_to_second_token": "first to second event with tokens",
    "request_latency": f"{SENT} to the last event with tokens",
    "inter_token_latency": "(last - first event with tokens) / (tokens - 1), by its token count",
    "inter_chunk_latency": "between two successive events with tokens",
    "output_token_throughput_per_user": "1 / inter_token_latency of each request",
    "input_sequence_length": "prompt tokens by its own count",
    "output_sequence_length": "output tokens by its own count",
    "output_token_throughput": "output tokens / duration of the whole run, by its token count",
    "request_throughput": "requests / duration of the whole run",
}
"""What the fields of a distribution mean; units of those of a request are the exporter's."""
OVER_RUN = {"output_token_throughput": "tokens/sec", "request_throughput": "requests/sec"}
OTHER = {
    "tpot_ms": "AIPerf counts tokens by its own tokenizer, see inter_token_latency",
    "e2e_ms": "AIPerf's ends with the last token, see request_latency in source.metrics",
    "output_tok_per_s": "AIPerf's is of the whole run, see output_token_throughput",
    "decode_tok_per_s": "AIPerf counts tokens by its own tokenizer, see source.metrics",
    "prefill_tok_per_s": "AIPerf does not tell it",
}
OPEN_LOOP = "AIPerf counts from the sending, this tool from the plan; see source.metrics"


def looks_like(value: Any) -> bool:
    """Whether a JSON value is this tool's."""
    return isinstance(value, dict) and {"input_config", "request_latency"} <= value.keys()


def read(value: Any, what: str) -> Iterable[Told]:
    """The run of an export. Raises BadBundleError."""
    config = _below(value, "input_config")
    models = _first(_below(config, "models").get("items"))
    prompts = _below(_first(config.get("datasets")), "prompts")
    phase = _phase(config)
    told = Told(
        tool=TOOL,
        version=text(value, "aiperf_version", what),
        machine=machine(),
        model=Model(name=text(models, "name", what) or "unnamed"),
        server=ServerFacts(kind=UNTOLD, version=None, url=""),
        input_tokens=_whole(_below(prompts, "isl"), what),
        output_tokens=_whole(_below(prompts, "osl"), what),
        started_at=text(value, "start_time", what),
        duration_s=amount(_below(value, "benchmark_duration"), "avg", what),
        definitions=DEFINITIONS,
        unknown={"bench.server.kind": "AIPerf knows the protocol only"},
    )
    streams = count(phase, "concurrency", what)
    rate = None if streams else amount(phase, "rate", what)
    load = f"{streams} streams" if streams else f"{rate:g} requests/s" if rate else UNTOLD
    told.metrics += _metrics(value, load, what)
    if not streams and not rate:
        told.unknown["bench.stages"] = "the file does not tell the load"
        return [told]
    requests = count(_below(value, "request_count"), "avg", what) or 0
    failed = count(_below(value, "error_request_count"), "avg", what) or 0
    told.stages.append(
        stage(
            concurrency=streams,
            rate=rate,
            arrivals=None if streams else text(phase, "type", what),
            requests=requests,
            attempts=requests + failed,
            errors={"errored": failed} if failed else {},
            input_tokens=amount(_below(value, "input_sequence_length"), "p50", what),
            output_tokens=amount(_below(value, "output_sequence_length"), "p50", what),
            output_tokens_asked=told.output_tokens,
            ttft_ms=_spread(value, "time_to_first_token", requests, what) if streams else None,
            itl_ms=_spread(value, "inter_chunk_latency", None, what),
        )
    )
    told.unknown |= {f"bench.stages[0].{name}": reason for name, reason in OTHER.items()}
    if not streams:
        told.unknown["bench.stages[0].ttft_ms"] = OPEN_LOOP
    return [told]


def _metrics(value: Mapping[str, Any], load: str, what: str) -> Iterable[ToldMetric]:
    for name, definition in MEANINGS.items():
        found = _below(value, name)
        unit = OF_REQUEST[name][0] if name in OF_REQUEST else OVER_RUN[name]
        if text(found, "unit", what) != unit:
            continue
        for statistic in ("p50", "avg", "p99"):
            number = amount(found, statistic, what)
            if number is not None:
                yield ToldMetric(
                    load=load,
                    name=name,
                    statistic=statistic,
                    value=number,
                    unit=unit,
                    definition=definition,
                )


def _spread(
    value: Mapping[str, Any], name: str, requests: int | None, what: str
) -> Distribution | None:
    """A distribution in ms; None unless all of it is told. `requests` is the number of values
    where the file has none."""
    found = _below(value, name)
    if text(found, "unit", what) != OF_REQUEST[name][0]:
        return None
    n = count(found, "count", what) or requests
    median, mean = amount(found, "p50", what), amount(found, "avg", what)
    p95, p99 = amount(found, "p95", what), amount(found, "p99", what)
    if not n or median is None or mean is None or p95 is None or p99 is None:
        return None
    return Distribution(median=median, mean=mean, p95=p95, p99=p99, n=n, ci95=None)


def _phase(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The load that was measured; the warm-up is a phase too."""
    phases = config.get("phases")
    named = [each for each in phases if isinstance(each, dict)] if isinstance(phases, list) else []
    return next((each for each in named if each.get("name") == "profiling"), {})


def _whole(values: Mapping[str, Any], what: str) -> int | None:
    mean = amount(values, "mean", what)
    return None if mean is None else round(mean)


def _first(values: Any) -> Mapping[str, Any]:
    return values[0] if isinstance(values, list) and values and isinstance(values[0], dict) else {}


def _below(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}
