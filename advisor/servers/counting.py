"""How many tokens, and can the server's own number be believed?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from advisor.servers.wire import Reading, TokenSource

MOST_TOKENS = 10_000_000
"""No context window sold or published in 2026 is larger; a count above it is not a count."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Token counts of one exchange as the server reports them, and why they were refused if so."""

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    output_tokens: int | None = None
    refusal: str | None = None


def check(counted: dict[str, Any]) -> Counts:
    """Counts out of what a server reported, all refused if one of them cannot be true.

    `counted` has the keys of Counts; an absent or None value is unknown.
    """
    for name, value in counted.items():
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            return Counts(refusal=f"{name} is no whole number: {str(value)[:40]}")
        if not 0 <= value <= MOST_TOKENS:
            return Counts(refusal=f"{name} is {str(value)[:40]}")
    cached, total = counted.get("cached_input_tokens"), counted.get("input_tokens")
    if cached is not None and total is not None and cached > total:
        return Counts(refusal=f"{cached} cached of {total} input tokens")
    return Counts(**counted)


def whole(value: object) -> int | None:
    """A believable count out of what a server sent, else None."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS:
        return value
    return None


def seconds(value: object, per_s: float) -> float | None:
    """A span given in units of which `per_s` make a second, in seconds; None if it is none.

    Zero is none: servers write it for "not measured".
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        span_s = value / per_s
        if math.isfinite(span_s) and span_s > 0:
            return span_s
    return None


def reading(
    *,
    counts: Counts,
    source: TokenSource,
    event_ns: list[int],
    text_bytes: int,
    error: tuple[str, str] | None,
    **rest: Any,
) -> Reading:
    """One exchange's reading; without the server's count, events are counted and it says so.

    A count of zero beside text is no count. An exchange without any token is an error of its own,
    unless it has one already.
    """
    output, input_tokens = counts.output_tokens, counts.input_tokens
    if not output and event_ns:
        output, source = len(event_ns), TokenSource.ESTIMATED
        input_tokens = input_tokens or None
    if error is None and counts.refusal:
        error = ("usage_implausible", counts.refusal)
    if error is None and not event_ns:
        error = ("no_tokens", "the answer holds no text")
    return Reading(
        event_ns=tuple(event_ns),
        input_tokens=input_tokens,
        cached_input_tokens=counts.cached_input_tokens,
        output_tokens=output,
        token_source=source if output is not None else TokenSource.ESTIMATED,
        text_bytes=text_bytes,
        error=error[0] if error else None,
        error_detail=error[1] if error else "",
        **rest,
    )
