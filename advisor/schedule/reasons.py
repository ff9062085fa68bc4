"""Which kind of reason kept a run from being made? A fixed list, for counting.

The texts are those of `guard.py`, `perform.py` and `serve.py`, and may come from elsewhere in a
bundle: whatever is not known is `other`.
"""

from __future__ import annotations

from collections.abc import Sequence

OTHER = "other"
MARKS = (
    ("failed", "it failed: "),
    ("died", "it was ended without a word"),
    ("stopped", "it was told to stop"),
    ("missed", "its time was missed"),
    ("another_run", "another scheduled measurement"),
    ("battery", "runs on its battery"),
    ("processors", "keep the processors"),
    ("card_memory", " of a card's memory"),
    ("heat", "slowed down by heat"),
    ("heat", " °C"),
    ("requests", " works on "),
    ("card", " % busy"),
)
"""The first mark that a text holds tells its kind."""

KINDS = (*dict.fromkeys(kind for kind, _ in MARKS), OTHER)


def kinds_of(reasons: Sequence[str]) -> tuple[str, ...]:
    """The kinds of these reasons, each once."""
    found = [next((kind for kind, mark in MARKS if mark in reason), OTHER) for reason in reasons]
    return tuple(dict.fromkeys(found))
