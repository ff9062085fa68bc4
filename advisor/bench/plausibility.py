"""Which numbers cannot be right, or not be trusted?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.bench.document import Stage, Suspect
from advisor.bench.interval import Distribution
from advisor.bench.roof import Roof

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


def suspects(
    stages: Sequence[Stage], roof: Roof | None, *, cache_expected: bool = False
) -> tuple[Suspect, ...]:
    """Every number of the stages that is suspect, with its path and the reason.

    With `cache_expected` the workload itself repeats parts of its prompts.
    """
    found: list[Suspect] = list(_in_memory(roof)) if roof is not None else []
    for i, stage in enumerate(stages):
        found += _in_stage(stage, f"stages[{i}]", roof)
        if not cache_expected:
            found += _from_cache(stage, f"stages[{i}]")
    return tuple(found)


def _in_memory(roof: Roof) -> Iterator[Suspect]:
    size, memory = roof.model_bytes, roof.memory_bytes
    if size is not None and memory is not None and size > memory:
        reason = (
            f"the machine's memory is {memory / 1e9:.1f} GB: another model or machine than the one "
            "named, or weights that are read from the disk again and again"
        )
        yield Suspect(path="model.size_bytes", value=float(size), reason=reason)


def _in_stage(stage: Stage, path: str, roof: Roof | None) -> Iterator[Suspect]:
    for name in DISTRIBUTIONS:
        values: Distribution | None = getattr(stage, name)
        if values is None:
            continue
        reason = None
        if values.median <= 0:
            reason = "not above zero"
        elif values.ci95 is not None and values.ci95[1] - values.ci95[0] > values.mean:
            reason = "its interval is wider than its mean"
        elif name in RATES and values.p95 - values.median > values.mean:
            reason = "its spread is wider than its mean"
        if reason is not None:
            yield Suspect(path=f"{path}.{name}", value=values.median, reason=reason)
    yield from _against_roof(stage, path, roof)
    yield from _lengths(stage, path)


def _against_roof(stage: Stage, path: str, roof: Roof | None) -> Iterator[Suspect]:
    """No stream gets more tokens a second than memory allows steps, no prompt is read faster than
    the processors can compute."""
    if roof is None:
        return
    decode, steps = stage.decode_tok_per_s, roof.steps_per_s
    if decode is not None and steps is not None and decode.median > steps * (1 + ROOF_TOLERANCE):
        reason = (
            f"reading {(roof.bytes_per_step or 0) / 1e9:.2f} GB a step at "
            f"{(roof.bandwidth_bytes_per_s or 0) / 1e9:.0f} GB/s allows {steps:.0f} a second: "
            "another model or device than the one named, speculative decoding, or a count that is "
            "wrong"
        )
        yield Suspect(path=f"{path}.decode_tok_per_s", value=decode.median, reason=reason)
    prefill, most = stage.prefill_tok_per_s, roof.prefill_tok_per_s
    if prefill is not None and most is not None and prefill.median > most * (1 + ROOF_TOLERANCE):
        reason = (
            f"{(roof.ops_per_token or 0) / 1e9:.2f} billion operations a token at no more than "
            f"{(roof.ops_per_s or 0) / 1e12:.1f} trillion a second allow {most:.0f} a second: "
            "another model or device than the one named, a prompt cache, or a count that is wrong"
        )
        yield Suspect(path=f"{path}.prefill_tok_per_s", value=prefill.median, reason=reason)


def _lengths(stage: Stage, path: str) -> Iterator[Suspect]:
    asked, told = stage.output_tokens_asked, stage.output_tokens
    if told is None or asked is None:
        return
    if abs(told - asked) > max(1.0, LENGTH_TOLERANCE * asked):
        reason = f"{asked} tokens were asked: the server ended early or counts otherwise"
        yield Suspect(path=f"{path}.output_tokens", value=told, reason=reason)


def _from_cache(stage: Stage, path: str) -> Iterator[Suspect]:
    cached = stage.cached_input_tokens
    if cached and stage.input_tokens and cached > LENGTH_TOLERANCE * stage.input_tokens:
        reason = "the server answered a part of the prompts from its cache; it is taken off"
        yield Suspect(path=f"{path}.cached_input_tokens", value=cached, reason=reason)
