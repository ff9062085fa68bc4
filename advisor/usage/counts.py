"""How many tokens were that, and can it be believed?

`input_tokens` holds all that was sent, cached and cache-written tokens within; `output_tokens`
holds the reasoning. So every source's own meaning is brought to one.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from msgspec import Meta

MOST_PER_REQUEST = 1_000_000_000
MOST_PER_BUCKET = 10**15

Tokens = Annotated[int, Meta(ge=0, le=MOST_PER_REQUEST)]
"""Of one request."""
Sum = Annotated[int, Meta(ge=0, le=MOST_PER_BUCKET)]
"""Of many."""


class Counts(NamedTuple):
    """Tokens of a request or of many; `requests` is None where the source does not tell."""

    input_tokens: int
    cached: int
    written: int
    output_tokens: int
    reasoning: int
    requests: int | None = 1

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def checked(counts: Counts) -> Counts:
    """The counts, if their parts fit in them. Raises ValueError that says which do not."""
    if counts.cached + counts.written > counts.input_tokens:
        raise ValueError("more cached tokens than input tokens")
    if counts.reasoning > counts.output_tokens:
        raise ValueError("more reasoning tokens than output tokens")
    return counts


def whole(text: str, most: int = MOST_PER_REQUEST) -> int:
    """A number of tokens as a table's cell holds it, empty for none. Raises ValueError."""
    bare = text.strip()
    if not bare:
        return 0
    try:
        value = int(bare) if bare.isascii() and bare.isdigit() else float(bare.replace(",", ""))
    except ValueError:
        raise ValueError("a number of tokens is no number") from None
    if not 0 <= value <= most or value != int(value):
        raise ValueError("a number of tokens is negative, broken or absurd")
    return int(value)
