"""Which load is tried next, to find where a server is saturated and what it can promise?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.bench.level import Level

GAIN = 1.05
"""Twice the load that brings less than this is beyond saturation."""
CLOSE = 1.15
"""Neighbours whose sizes differ by no more than this need no load between them."""
MOST_STREAMS = 1024
MOST_REQUESTS_PER_S = 1_000.0


@dataclass(frozen=True, slots=True)
class Tried:
    """A load that was measured: the server's rate, and whether it met the SLO (None: none)."""

    level: Level
    output_tok_per_s: float
    meets_slo: bool | None
    failed: bool = False


def next_level(first: Level, tried: Sequence[Tried], *, has_slo: bool) -> Level | None:
    """The next load of a sweep that begins at `first`; None when there is nothing more to learn.

    The load doubles until the server is saturated (its rate no longer grows, or requests fail)
    and, with an SLO, until that is no longer met; then the gap between the highest load that
    meets it and the lowest that does not is halved until it is small.
    """
    if not tried:
        return first
    highest = max(tried, key=lambda each: each.level.size)
    if not highest.failed and (
        not _is_saturated(tried) or (has_slo and all(each.meets_slo for each in tried))
    ):
        further = _doubled(highest.level)
        if further is not None:
            return further
    return _between(tried) if has_slo else None


def saturation(tried: Sequence[Tried]) -> Tried | None:
    """The lowest load that brings the server's highest rate but for a GAIN; None if not reached."""
    if not tried or not (_is_saturated(tried) or max(tried, key=_size).failed):
        return None
    best = max(each.output_tok_per_s for each in tried)
    return min((each for each in tried if each.output_tok_per_s * GAIN >= best), key=_size)


def _size(each: Tried) -> float:
    return each.level.size


def _is_saturated(tried: Sequence[Tried]) -> bool:
    """Whether the highest load brought hardly more than the best below it."""
    highest = max(tried, key=_size)
    below = [each.output_tok_per_s for each in tried if each is not highest]
    return bool(below) and highest.output_tok_per_s < GAIN * max(below)


def _doubled(level: Level) -> Level | None:
    if level.concurrency is not None:
        more = 2 * level.concurrency
        return replace(level, concurrency=more) if more <= MOST_STREAMS else None
    assert level.rate_per_s is not None
    rate = 2 * level.rate_per_s
    return replace(level, rate_per_s=rate) if rate <= MOST_REQUESTS_PER_S else None


def _between(tried: Sequence[Tried]) -> Level | None:
    """A load between the highest that meets the SLO and the lowest above it that does not."""
    meeting = [each.level for each in tried if each.meets_slo and not each.failed]
    if not meeting:
        return None
    low = max(meeting, key=lambda level: level.size)
    above = [each.level for each in tried if each.level.size > low.size]
    if not above:
        return None
    high = min(above, key=lambda level: level.size)
    if high.size <= CLOSE * low.size:
        return None
    middle = math.sqrt(low.size * high.size)
    if low.concurrency is None:
        return replace(low, rate_per_s=float(f"{middle:.3g}"))
    streams = round(middle)
    return replace(low, concurrency=streams) if low.size < streams < high.size else None
