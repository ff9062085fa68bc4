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
MOST_CACHED = 0.02
"""The share of the input that a prefix cache may answer unsaid, such as a template's beginning."""
OUTPUT = "output tokens of all requests of the load, by their streams and by the server's counter"
PROMPT = "uncached input tokens of all requests of the load, likewise"
WHOLE_PROMPT = "input tokens of all requests of the load, cached ones too, likewise"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the server's counters gained during one load; None where it keeps no such counter.

    The clocks are those of `servers.told.Counters`: sums over requests and over gaps of tokens.
    """

    source: str
    prompt_tokens: float | None
    output_tokens: float | None
    prompt_includes_cached: bool
    cached_tokens: float | None = None
    first_token_s: float | None = None
    first_tokens: float | None = None
    gap_s: float | None = None
    gaps: float | None = None

    @property
    def cached_share(self) -> float | None:
        """The part of the input that the server's prefix cache answered."""
        if self.cached_tokens is None or not self.prompt_tokens:
            return None
        rest = 0.0 if self.prompt_includes_cached else self.cached_tokens
        return self.cached_tokens / (self.prompt_tokens + rest)


def gained(before: Counters | Unknown, after: Counters | Unknown) -> Counted | Unknown:
    """From two readings; unknown where one is missing or the server was started anew between."""
    if isinstance(before, Unknown):
        return before
    if isinstance(after, Unknown):
        return after
    counted = Counted(
        source=after.source,
        prompt_tokens=_difference(before.prompt_tokens, after.prompt_tokens),
        output_tokens=_difference(before.generated_tokens, after.generated_tokens),
        prompt_includes_cached=after.prompt_includes_cached,
        cached_tokens=_difference(before.cached_tokens, after.cached_tokens),
        first_token_s=_difference(before.first_token_s, after.first_token_s),
        first_tokens=_difference(before.first_tokens, after.first_tokens),
        gap_s=_difference(before.gap_s, after.gap_s),
        gaps=_difference(before.gaps, after.gaps),
    )
    if any((gain or 0) < 0 for gain in (counted.prompt_tokens, counted.output_tokens)):
        return Unknown("the server's counters went back: it was started anew")
    return counted


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


def cache_note(counted: Counted | Unknown, *, repeats_prefixes: bool) -> list[str]:
    """What to say where new prompts were answered from the server's prefix cache all the same."""
    share = None if isinstance(counted, Unknown) else counted.cached_share
    if repeats_prefixes or share is None or share <= MOST_CACHED:
        return []
    note = (
        f"the server answered {share:.0%} of the input from its prefix cache, although every "
        "prompt is new: the time to the first token, and so prefill, is better than it should be"
    )
    return [note]


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
