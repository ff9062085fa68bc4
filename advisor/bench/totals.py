"""Did as many tokens come through as the server says that it computed?

The server's running totals are read before and after a load, and held against what its streams
said. Streams that were cut at the end are computed in part, and servers differ in whether they
count those: both sums are kept, and only a total outside of them disagrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from advisor.bench.document import TotalOf
from advisor.bench.observe import Observation
from advisor.documents import Unknown
from advisor.servers.told import Counters

THRESHOLD = 0.05
OUTPUT = "output tokens of all requests of the load, by their streams and by the server's counter"
PROMPT = "uncached input tokens of all requests of the load, likewise"
WHOLE_PROMPT = "input tokens of all requests of the load, cached ones too, likewise"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the server's counters gained during one load; None where it keeps no such counter."""

    source: str
    prompt_tokens: float | None
    output_tokens: float | None
    prompt_includes_cached: bool


def gained(before: Counters | Unknown, after: Counters | Unknown) -> Counted | Unknown:
    """From two readings; unknown where one is missing or the server was started anew between."""
    if isinstance(before, Unknown):
        return before
    if isinstance(after, Unknown):
        return after
    prompt = _difference(before.prompt_tokens, after.prompt_tokens)
    output = _difference(before.generated_tokens, after.generated_tokens)
    if (prompt is not None and prompt < 0) or (output is not None and output < 0):
        return Unknown("the server's counters went back: it was started anew")
    return Counted(after.source, prompt, output, after.prompt_includes_cached)


def total_checks(
    counted: Counted | Unknown, observations: Sequence[Observation]
) -> tuple[TotalOf | None, TotalOf | None]:
    """Prompt and output tokens of a load by both sides; None where one side does not count them."""
    if isinstance(counted, Unknown):
        return None, None
    whole = [seen for seen in observations if seen.is_whole]
    cut = [seen for seen in observations if not seen.is_whole]
    return (
        _prompt(counted, whole, cut),
        _check(
            counted.output_tokens,
            sum(seen.output_tokens for seen in whole),
            sum(seen.output_tokens for seen in cut),
            OUTPUT,
            counted.source,
        ),
    )


def disagreements(checks: tuple[TotalOf | None, TotalOf | None]) -> list[str]:
    """What to say where a total of the server's is off."""
    return [
        f"the server counted {each.servers:,.0f} {name} tokens, its streams told {each.ours:,.0f}: "
        "somebody else used it meanwhile, or one of the two counts is wrong"
        for name, each in zip(("input", "output"), checks, strict=True)
        if each is not None and each.disagrees
    ]


def _prompt(
    counted: Counted, whole: Sequence[Observation], cut: Sequence[Observation]
) -> TotalOf | None:
    sizes = [_prompt_tokens(seen, counted.prompt_includes_cached) for seen in whole]
    known = [size for size in sizes if size is not None]
    if not known or len(known) < len(sizes):
        return None
    per_word = median(size / max(1, seen.words) for size, seen in zip(known, whole, strict=True))
    return _check(
        counted.prompt_tokens,
        sum(known),
        sum(per_word * seen.words for seen in cut),
        WHOLE_PROMPT if counted.prompt_includes_cached else PROMPT,
        counted.source,
    )


def _prompt_tokens(seen: Observation, includes_cached: bool) -> int | None:
    return seen.reading.input_tokens if includes_cached else seen.uncached_input_tokens


def _check(
    servers: float | None, whole: float, cut: float, definition: str, source: str
) -> TotalOf | None:
    if not servers or not whole:
        return None
    nearest = min(max(servers, whole), whole + cut)
    difference = nearest / servers - 1
    return TotalOf(
        ours=whole,
        ours_with_cut=whole + cut,
        servers=servers,
        difference=difference,
        disagrees=abs(difference) > THRESHOLD,
        definition=definition,
        source=source,
    )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
