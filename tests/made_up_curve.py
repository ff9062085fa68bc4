"""A benchmark of a box that batches: faster in all with more inside, slower for each."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.bench.document import (
    Bench,
    Distribution,
    Model,
    OperatingPoint,
    Rate,
    ServerFacts,
    Stage,
    Workload,
)

PREFILL_TOK_PER_S, DECODE_TOK_PER_S = 5_000.0, 600.0
INPUT_TOKENS, OUTPUT_TOKENS = 512.0, 128.0
RATES = ((1, 45.0, 120.0), (4, 150.0, 200.0), (16, 330.0, 500.0), (32, 420.0, 1000.0))
"""Concurrency, the whole server's output tokens a second, median TTFT in ms."""


def spread(median: float, p95: float) -> Distribution:
    return Distribution(median=median, mean=median, p95=p95, p99=p95, n=200, ci95=None)


def stage(concurrency: int, tok_per_s: float, ttft_ms: float, **other: Any) -> Stage:
    nothing = {field.name: None for field in msgspec.structs.fields(Stage)}
    defaults = {"held_back_by": (), "drifting": False}
    known: dict[str, Any] = {
        "concurrency": concurrency,
        "requests": 200,
        "attempts": 200,
        "errors": {},
        "error_details": {},
        "input_tokens": INPUT_TOKENS,
        "output_tokens": OUTPUT_TOKENS,
        "ttft_ms": spread(ttft_ms, 1.6 * ttft_ms),
        "output_tok_per_s": Rate(value=tok_per_s, ci95=None),
        "stopped_by": "precision",
    }
    return Stage(**{**nothing, **defaults, **known, **other})


def made_up_bench(**other: Any) -> Bench:
    known: dict[str, Any] = {
        "id": "r1",
        "started_at": "2026-01-01T00:00:00+00:00",
        "duration_s": 1.0,
        "machine": "x",
        "measured_on": "NVIDIA RTX 4090",
        "server": ServerFacts(kind="vllm", version="1", url="http://127.0.0.1:1"),
        "model": Model(name="m"),
        "workload": Workload(
            name="default",
            input_tokens=512,
            output_tokens=128,
            scaled_from=None,
            seed=1,
            prompts="",
            tokens_per_word=1.0,
        ),
        "partial": False,
        "first_request": None,
        "stages": tuple(stage(*each) for each in RATES),
        "operating_point": OperatingPoint(
            concurrency=32,
            prefill_tok_per_s=PREFILL_TOK_PER_S,
            prefill_ci95=None,
            decode_tok_per_s=DECODE_TOK_PER_S,
            decode_ci95=None,
            method="",
            stages=(),
        ),
        "capacity": None,
        "suspect": (),
        "warnings": (),
        "assumptions": (),
        "definitions": {},
        "unknown": {},
    }
    return Bench(**{**known, **other})


def office_week(requests_per_month: float, **slo: float) -> dict[str, Any]:
    """A team's tables: nine tenths of the work in office hours, answers of 200 tokens."""
    return {
        "usage": {
            "input_tokens_per_month": 600 * requests_per_month,
            "output_tokens_per_month": 200 * requests_per_month,
            "requests_per_month": requests_per_month,
            "hours": [{"days": "mon-fri", "from": "09:00", "to": "18:00", "share": 0.9}],
        },
        "slo": slo,
    }
