"""How is it asked whether another name was meant?"""

from __future__ import annotations

from collections.abc import Sequence


def did_you_mean(names: Sequence[str]) -> str:
    """The question whether one of these names, at least one, was meant."""
    *others, last = names
    listed = ", ".join(others)
    return f"Did you mean {listed} or {last}?" if others else f"Did you mean {last}?"
