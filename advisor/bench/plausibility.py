"""Which numbers cannot be right, or not be trusted?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.bench.document import Distribution, Stage, Suspect

ROOF_TOLERANCE = 0.10
LENGTH_TOLERANCE = 0.02
DISTRIBUTIONS = (
    "ttft_ms",
    "itl_ms",
    "tpot_ms",
    "e2e_ms",
    "prefill_tok_per_s",
    "decode_tok_per_s",
)
RATES = ("prefill_tok_per_s", "decode_tok_per_s")


@dataclass(frozen=True, slots=True)
class Roof:
    """What memory allows: a decode step reads `bytes_per_step` at `bandwidth_bytes_per_s` at most.

    `cache_bytes` is the last-level cache; weights that fit in it need no memory.
    """

    bandwidth_bytes_per_s: float
    bytes_per_step: int
    cache_bytes: int = 0

    @property
    def steps_per_s(self) -> float | None:
        """The most decode steps a second, None where the roof does not hold."""
        if self.bytes_per_step <= max(self.cache_bytes, 0):
            return None
        return self.bandwidth_bytes_per_s / self.bytes_per_step


def suspects(
    stages: Sequence[Stage], roof: Roof | None, *, cache_expected: bool = False
) -> tuple[Suspect, ...]:
    """Every number of the stages that is suspect, with its path and the reason.

    With `cache_expected` the workload itself repeats parts of its prompts.
    """
    found: list[Suspect] = []
    for i, stage in enumerate(stages):
        found += _in_stage(stage, f"stages[{i}]", roof)
        if not cache_expected:
            found += _from_cache(stage, f"stages[{i}]")
    return tuple(found)


def _in_stage(stage: Stage, path: str, roof: Roof | None) -> Iterator[Suspect]:
    for name in DISTRIBUTIONS:
        values: Distribution | None = getattr(stage, name)
        if values is None:
            continue
        where = f"{path}.{name}"
        if values.median <= 0:
            yield Suspect(path=where, value=values.median, reason="not above zero")
        elif values.ci95 is not None and values.ci95[1] - values.ci95[0] > values.mean:
            width = values.ci95[1] - values.ci95[0]
            yield Suspect(path=where, value=width, reason="its interval is wider than its mean")
        elif name in RATES and values.p95 - values.median > values.mean:
            spread = values.p95 - values.median
            yield Suspect(path=where, value=spread, reason="its spread is wider than its mean")
    yield from _against_roof(stage, path, roof)
    yield from _lengths(stage, path)


def _against_roof(stage: Stage, path: str, roof: Roof | None) -> Iterator[Suspect]:
    """One stream can get no more tokens a second than the memory allows decode steps."""
    most = roof.steps_per_s if roof is not None else None
    if roof is None or most is None or stage.decode_tok_per_s is None:
        return
    rate = stage.decode_tok_per_s.median
    if rate > most * (1 + ROOF_TOLERANCE):
        reason = (
            f"reading {roof.bytes_per_step / 1e9:.2f} GB a step at "
            f"{roof.bandwidth_bytes_per_s / 1e9:.0f} GB/s allows {most:.0f} a second: another "
            "model or device than the one named, speculative decoding, or a count that is wrong"
        )
        yield Suspect(path=f"{path}.decode_tok_per_s", value=rate, reason=reason)


def _lengths(stage: Stage, path: str) -> Iterator[Suspect]:
    asked, told = stage.output_tokens_asked, stage.output_tokens
    if told is not None and abs(told - asked) > max(1.0, LENGTH_TOLERANCE * asked):
        reason = f"{asked} tokens were asked: the server ended early or counts otherwise"
        yield Suspect(path=f"{path}.output_tokens", value=told, reason=reason)


def _from_cache(stage: Stage, path: str) -> Iterator[Suspect]:
    cached = stage.cached_input_tokens
    if cached and stage.input_tokens and cached > LENGTH_TOLERANCE * stage.input_tokens:
        reason = "the server answered a part of the prompts from its cache; it is taken off"
        yield Suspect(path=f"{path}.cached_input_tokens", value=cached, reason=reason)
