"""How fast is the measured server at each concurrency, by the ruler of the requests?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.advice.load_keys import LoadKeys
from advisor.bench.document import Bench, Stage
from advisor.bench.interval import Distribution, Rate
from advisor.documents import Unknown
from advisor.economics.queueing.curve import Curve, Point
from advisor.economics.queueing.requests import Mix, Work
from advisor.economics.queueing.week import Server

ALIKE = 0.1
"""Two ratios of input to output tokens at most so far apart are one mix."""

NO_CURVE = (
    "no benchmark shows this box at given concurrencies: run advisor bench --concurrency 1,4,16,64"
)
NO_PROMPTS = "the benchmark does not know how long its prompts were"
NO_SECOND_MIX = (
    "the benchmark has no second mix, so what prompts cost beside answers is not known, and its "
    "requests have another split than yours: run advisor bench without interruption, or with your "
    "lengths (--input-tokens, --output-tokens)"
)


NO_INTERVALS = "the benchmark has no interval of its rate at every concurrency"

Side = Literal["low", "measured", "high"]
"""Which of a rate's values: an end of its 95 % interval, or itself."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """One stage: its concurrency, the whole server's output rate, the median request's tokens."""

    concurrency: int
    rate: Rate
    input_tokens: float
    output_tokens: float
    ttft_ms: Distribution | None


def measured_server(
    bench: Bench | None, keys: LoadKeys, mix: Mix, side: Side = "measured"
) -> Server | Unknown:
    """The measured curve, with the price of a token in the server's time.

    Its rates are those measured, or an end of their intervals; the times to the first token are
    those measured.

    That comes from the benchmark's two mixes, else from the scenario's rates; without either it
    is known only for requests of the benchmark's own ratio of input to output.
    """
    stages = _closed(bench.stages, bench.workload.input_tokens) if bench else []
    if bench is None or isinstance(stages, Unknown):
        return stages if isinstance(stages, Unknown) else Unknown(NO_CURVE)
    if not stages:
        return Unknown(NO_CURVE)
    work = _work(bench, keys, mix, stages[-1])
    if isinstance(work, Unknown):
        return work
    rates = [_rate(stage.rate, side) for stage in stages]
    if None in rates:
        return Unknown(NO_INTERVALS)
    points = tuple(
        Point(
            stage.concurrency,
            rate * (stage.input_tokens * work.per_input_token / stage.output_tokens)
            + rate * work.per_output_token,
            stage.ttft_ms.median / 1e3 if stage.ttft_ms else None,
            stage.ttft_ms.p95 / 1e3 if stage.ttft_ms else None,
        )
        for stage, rate in zip(stages, rates, strict=True)
        if rate is not None
    )
    return Server(Curve(points), work, stages[-1].input_tokens or None)


def _closed(stages: Sequence[Stage], asked: int | None) -> list[_Measured] | Unknown:
    """Loads at a given concurrency with a rate, by concurrency; of two at one the later.

    Input is what the server had to read itself, so without what its cache answered.
    """
    found: dict[int, _Measured] = {}
    for stage in stages:
        rate = stage.output_tok_per_s
        if not stage.concurrency or rate is None or rate.value <= 0 or not stage.output_tokens:
            continue
        told = stage.input_tokens if stage.input_tokens is not None else asked
        if told is None:
            return Unknown(NO_PROMPTS)
        uncached = max(0.0, told - (stage.cached_input_tokens or 0.0))
        found[stage.concurrency] = _Measured(
            stage.concurrency, rate, uncached, stage.output_tokens, stage.ttft_ms
        )
    return [found[concurrency] for concurrency in sorted(found)]


def _rate(rate: Rate, side: Side) -> float | None:
    """None where there is no interval, or one that reaches down to nothing."""
    if side == "measured":
        return rate.value
    if rate.ci95 is None:
        return None
    end = rate.ci95[0 if side == "low" else 1]
    return end if end > 0 else None


def _work(bench: Bench, keys: LoadKeys, mix: Mix, stage: _Measured) -> Work | Unknown:
    point = bench.operating_point
    for rates in (point, keys.box):
        if rates and rates.prefill_tok_per_s and rates.decode_tok_per_s:
            return Work(1 / rates.prefill_tok_per_s, 1 / rates.decode_tok_per_s)
    if len(mix.kinds) == 1 and stage.input_tokens and mix.kinds[0].output_tokens:
        ratio = mix.kinds[0].input_tokens / mix.kinds[0].output_tokens
        measured = stage.input_tokens / stage.output_tokens
        if abs(ratio / measured - 1) <= ALIKE:
            return Work(0.0, 1.0)
    return Unknown(NO_SECOND_MIX)
