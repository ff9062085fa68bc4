"""Which numbers of a run are compared, and which way is better?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from advisor.bench.document import Stage
from advisor.bench.interval import Distribution, Rate
from advisor.history.compare.statistics import Value


@dataclass(frozen=True, slots=True)
class Metric:
    """A number of a stage: how it is read, its unit, and the words for more and less of it."""

    name: str
    unit: str
    lower_is_better: bool
    read: Callable[[Stage], Value | None]
    better: str = "faster"
    worse: str = "slower"


def _median(found: Distribution | None) -> Value | None:
    return None if found is None or found.median <= 0 else Value(found.median, found.ci95)


def _rate(found: Rate | None) -> Value | None:
    return None if found is None or found.value <= 0 else Value(found.value, found.ci95)


def _joules(stage: Stage) -> Value | None:
    joules = stage.energy.j_per_output_token if stage.energy else None
    return Value(joules) if joules else None


METRICS = (
    Metric("decode_tok_per_s", "tok/s", False, lambda stage: _median(stage.decode_tok_per_s)),
    Metric("output_tok_per_s", "tok/s", False, lambda stage: _rate(stage.output_tok_per_s)),
    Metric("prefill_tok_per_s", "tok/s", False, lambda stage: _median(stage.prefill_tok_per_s)),
    Metric("ttft_ms", "ms", True, lambda stage: _median(stage.ttft_ms)),
    Metric("itl_ms", "ms", True, lambda stage: _median(stage.itl_ms)),
    Metric("e2e_ms", "ms", True, lambda stage: _median(stage.e2e_ms)),
    Metric("j_per_output_token", "J", True, _joules, "less energy", "more energy"),
)
BY_NAME = {metric.name: metric for metric in METRICS}
