"""What would `vllm bench serve --save-result --save-detailed` have written of each load?

The fields are those of vLLM 0.33.0 (`vllm/benchmarks/serve.py`, read 2026-11-24), the latencies by
its definitions: TTFT and E2EL from the moment the request was sent, E2EL to the last token, TPOT as
(E2EL - TTFT)/(tokens - 1). The time that an open loop's request waited to be sent is in
`queue_times`. Throughputs are the document's: they hold the parts of requests that lie at the
edges of the steady window.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from advisor.bench.document import RequestSample
from advisor.bench.level import Arrivals
from advisor.history.exports.loads import Load, Recorded
from advisor.history.exports.timing import (
    first_token_us,
    gaps_us,
    last_token_us,
    send_delay_us,
)

PERCENTILES = (50, 90, 95, 99)
POISSON_BURSTINESS = 1.0


def vllm_lines(recorded: Recorded) -> bytes:
    """One JSON object a load, each on its line as `--append-result` writes them."""
    return b"\n".join(vllm_files(recorded).values()) + b"\n"


def vllm_files(recorded: Recorded) -> dict[PurePosixPath, bytes]:
    """One file a load, as `--save-result` writes them."""
    return {
        PurePosixPath(f"{load.name}.json"): msgspec.json.encode(_result(recorded, load))
        for load in recorded.loads
    }


def _result(recorded: Recorded, load: Load) -> dict[str, Any]:
    return {
        **_setting(recorded, load),
        **_totals(load),
        **_details([*load.counted, *load.failed]),
        **_spread("ttft", [_ttft_s(each) for each in load.counted]),
        **_spread("tpot", [_tpot_s(each) for each in load.counted]),
        **_spread("itl", [gap_s for each in load.counted for gap_s in _gaps_s(each)]),
        **_spread("e2el", [_e2el_s(each) for each in load.counted]),
        **_spread("client_queue_time", [_queue_s(each) for each in load.counted]),
    }


def _setting(recorded: Recorded, load: Load) -> dict[str, Any]:
    """What was measured. `advisor_...` stand where `--metadata` puts a user's own keys."""
    bench, stage = recorded.bench, load.stage
    return {
        "date": f"{recorded.started_at:%Y%m%d-%H%M%S}",
        "endpoint_type": bench.server.kind,
        "backend": bench.server.kind,
        "label": None,
        "model_id": bench.model.name,
        "tokenizer_id": None,
        "num_prompts": len(load.counted) + len(load.failed),
        "advisor_run": recorded.run.id,
        "advisor_stage": str(load.number),
        "advisor_version": recorded.run.advisor_version,
        "request_rate": "inf" if stage.rate is None else stage.rate,
        "burstiness": POISSON_BURSTINESS if stage.arrivals == Arrivals.POISSON else None,
        "max_concurrency": stage.concurrency,
    }


def _totals(load: Load) -> dict[str, Any]:
    return {
        "duration": load.stage.window_s,
        "completed": len(load.counted),
        "failed": len(load.failed),
        "total_input_tokens": load.input_tokens,
        "total_output_tokens": load.output_tokens,
        "request_throughput": load.stage.requests_per_s,
        "request_goodput": load.goodput_per_s,
        "output_throughput": load.output_tok_per_s,
        "total_token_throughput": load.total_tok_per_s,
    }


def _details(requests: Sequence[RequestSample]) -> dict[str, Any]:
    """One entry a request in each list, as vLLM has them: a failed one has no output tokens.

    `start_times` are from the start of the load. Texts are not kept, so there is no
    `generated_texts`.
    """
    return {
        "input_lens": [each.input_tokens for each in requests],
        "output_lens": [0 if each.error else each.output_tokens for each in requests],
        "ttfts": [_ttft_s(each) or 0.0 for each in requests],
        "itls": [_gaps_s(each) for each in requests],
        "latencies": [_e2el_s(each) or 0.0 for each in requests],
        "start_times": [each.sent_us / 1e6 for each in requests],
        "queue_times": [_queue_s(each) for each in requests],
        "errors": [each.error or "" for each in requests],
    }


def _spread(name: str, values_s: Sequence[float | None]) -> dict[str, float | None]:
    """Mean, median, standard deviation (of all values, as vLLM takes it) and percentiles, in ms."""
    import numpy as np

    known_ms = np.array([value_s for value_s in values_s if value_s is not None]) * 1e3
    keys = [f"{what}_{name}_ms" for what in ("mean", "median", "std")]
    keys += [f"p{percentile}_{name}_ms" for percentile in PERCENTILES]
    if not len(known_ms):
        return dict.fromkeys(keys)
    values = [known_ms.mean(), np.median(known_ms), known_ms.std()]
    values += list(np.percentile(known_ms, PERCENTILES))
    return {key: float(value) for key, value in zip(keys, values, strict=True)}


def _ttft_s(request: RequestSample) -> float | None:
    first_us = first_token_us(request, request.sent_us)
    return None if first_us is None else first_us / 1e6


def _e2el_s(request: RequestSample) -> float | None:
    last_us = last_token_us(request, request.sent_us)
    return None if last_us is None else last_us / 1e6


def _tpot_s(request: RequestSample) -> float | None:
    if request.output_tokens is None or request.output_tokens < 2:
        return None
    return sum(_gaps_s(request)) / (request.output_tokens - 1)


def _gaps_s(request: RequestSample) -> list[float]:
    return [gap / 1e6 for gap in gaps_us(request)]


def _queue_s(request: RequestSample) -> float:
    return send_delay_us(request) / 1e6
