"""In which pieces are totals kept, so that they can be added to and cut by any calendar?"""

from __future__ import annotations

import msgspec

BINS_PER_OCTAVE = 8
"""Lengths are known to within half a bin: 4.5 %."""


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """What one model had of one source in `hours` from `start_hour` on (hours since 1970, UTC)."""

    source: str
    model: str
    start_hour: int
    hours: int
    input_tokens: int
    cached: int
    written: int
    output_tokens: int
    reasoning: int
    requests: int | None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def values(self) -> tuple[int | None, ...]:
        return (
            self.input_tokens,
            self.cached,
            self.written,
            self.output_tokens,
            self.reasoning,
            self.requests,
        )


class Bin(msgspec.Struct, frozen=True, array_like=True):
    """Requests with an input (or an output) of about 2^(index/8) tokens, and their tokens."""

    index: int
    requests: int
    input_tokens: int
    output_tokens: int
