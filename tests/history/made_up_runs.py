"""Runs of made-up speed, so that a comparison's truth is known."""

from __future__ import annotations

from typing import Any

import msgspec
from test_exports import stage
from test_store import bench, run

from advisor.bench.document import Model, ServerFacts, Stage, Workload
from advisor.bench.interval import Distribution, Rate
from advisor.history.record import Run

USAGE = {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6}


def spread(median: float) -> Distribution:
    """A distribution with an interval of a tenth of a percent either way."""
    ends = (0.999 * median, 1.001 * median)
    return Distribution(median=median, mean=median, p95=median, p99=median, n=100, ci95=ends)


def single(decode: float, **given: Any) -> Stage:
    """One stream that writes so many tokens a second."""
    facts = {
        "concurrency": 1,
        "requests": 20,
        "decode_tok_per_s": spread(decode),
        "prefill_tok_per_s": spread(10 * decode),
        "ttft_ms": spread(20_000 / decode),
        "output_tok_per_s": Rate(value=0.9 * decode, ci95=(0.89 * decode, 0.91 * decode)),
    }
    return stage(**(facts | given))


def made_up(
    run_id: str,
    decode: float,
    *,
    machine: str = "box-a",
    server: tuple[str, str | None] = ("ollama", "0.9.3"),
    digest: str | None = "sha256:abc",
    workload: dict[str, Any] | None = None,
    said: dict[str, Any] | None = None,
    stages: tuple[Stage, ...] = (),
    started_at: str = "2026-01-01T00:00:00+00:00",
) -> Run:
    """A run of one stream (or of `stages`) on a machine of that id."""
    whole = run(run_id, started_at)
    shape = {"input_tokens": 512, "output_tokens": 128, **(workload or {})}
    document = msgspec.structs.replace(
        bench(run_id),
        machine=machine,
        server=ServerFacts(kind=server[0], version=server[1], url="http://127.0.0.1:1"),
        model=Model(name="smollm2", quantization="Q4_0", digest=digest),
        workload=Workload(
            **{
                "name": "chat",
                "scaled_from": None,
                "seed": 1,
                "prompts": "",
                "tokens_per_word": None,
                **shape,
            }
        ),
        stages=stages or (single(decode),),
    )
    return msgspec.structs.replace(
        whole,
        bench=document,
        machine=msgspec.structs.replace(whole.machine, id=machine, gpus=(), unknown={}),
        said=said or {},
    )
