"""Made-up runs for metrics, also ones with unkind names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from advisor.advice.advise import advise
from advisor.advice.document import Advice
from advisor.advice.scenario import read_scenario
from advisor.bench.document import (
    Bench,
    Model,
    ServerFacts,
    Stage,
    WarmUp,
    Workload,
)
from advisor.bench.energy_document import Energy
from advisor.bench.interval import Distribution, Rate
from advisor.documents import Unknown
from advisor.history.record import Run, Skip
from advisor.machine.probe import probe

MACHINE = probe(measure_bandwidth=False)
GUIDE = Path(__file__).parents[2] / "configs" / "guide.toml"
UNKIND = 'a "quoted" \\ model\nsecond_line{x="1"} 1\r\x1b[31m\u202e 模型 🦙 ' + "x" * 300


def spread(median: float) -> Distribution:
    return Distribution(
        median=median, mean=median, p95=2 * median, p99=2 * median, n=9, ci95=(median, median)
    )


def energy(**given: Any) -> Energy:
    facts: dict[str, Any] = {
        "meter": "nvml",
        "grade": "counter",
        "domain": "GPU",
        "idle_w": 20.0,
        "active_w": 220.0,
        "energy_j": 100.0,
        "j_per_request": 50.0,
        "j_per_input_token": 0.1,
        "j_per_output_token": 1.5,
        "j_per_input_token_marginal": 0.1,
        "j_per_output_token_marginal": 1.0,
        "box": None,
        "warning": None,
    }
    return Energy(**(facts | given))


def stage(decode: float, **given: Any) -> Stage:
    facts: dict[str, Any] = {
        field: None
        for field in Stage.__struct_fields__
        if field not in ("held_back_by", "temperature_c", "drifting")
    }
    facts |= {
        "concurrency": 1,
        "overloaded": False,
        "requests": 9,
        "attempts": 9,
        "errors": {},
        "error_details": {},
        "output_tokens_asked": 128,
        "ttft_ms": spread(250.0),
        "decode_tok_per_s": spread(decode),
        "output_tok_per_s": Rate(value=0.9 * decode, ci95=(0.8 * decode, decode)),
        "energy": energy(),
        "warmup": WarmUp(requests=1, seconds=1.0, steady=True),
        "stopped_by": "precision",
    }
    return Stage(**(facts | given))


def bench(run_id: str, *stages: Stage, model: str = "smollm2", workload: str = "chat") -> Bench:
    return Bench(
        id=run_id,
        started_at="2026-11-01T03:00:00+00:00",
        duration_s=60.0,
        machine=MACHINE.id,
        measured_on="GPU",
        server=ServerFacts(kind="ollama", version="0.9.3", url="http://127.0.0.1:1"),
        model=Model(name=model, quantization="Q4_0"),
        workload=Workload(
            name=workload,
            input_tokens=512,
            output_tokens=128,
            scaled_from=None,
            seed=1,
            prompts="",
            tokens_per_word=None,
        ),
        partial=False,
        first_request=None,
        stages=stages,
        operating_point=None,
        capacity=None,
        suspect=(),
        warnings=(),
        assumptions=(),
        definitions={},
        unknown={},
    )


def made_up(
    run_id: str,
    *stages: Stage,
    started_at: str = "2026-11-01T03:00:00+00:00",
    machine: str = "box-a",
    advice: Advice | None = None,
    partial: bool = False,
    **of_bench: Any,
) -> Run:
    """A run of these stages, or of one."""
    return Run(
        id=run_id,
        started_at=started_at,
        kind="bench" if advice is None else "run",
        advisor_version="0",
        partial=partial,
        machine=msgspec.structs.replace(MACHINE, id=machine),
        bench=bench(run_id, *(stages or (stage(50.0),)), **of_bench),
        advice=advice,
    )


def skip(run_id: str, *reasons: str, started_at: str, schedule: str = "nightly") -> Run:
    return Run(
        id=run_id,
        started_at=started_at,
        kind="skip",
        advisor_version="0",
        partial=True,
        machine=msgspec.structs.replace(MACHINE, id="box-a"),
        bench=None,
        advice=None,
        skip=Skip(schedule=schedule, reasons=reasons, waited_s=60.0),
    )


def guides_advice() -> Advice:
    """Of the guide's team: a box that pays back against some APIs and never against others."""
    return advise(
        read_scenario(GUIDE),
        price_lookup=lambda name: Unknown(f"no price is known for {name}"),
        price_book_identity="test book",
    )
