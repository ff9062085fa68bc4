"""Where does Chinese have a space? Between it and Latin letters or digits, and nowhere else."""

from __future__ import annotations

import re

FILLED = "\0"
"""Stands on both sides of what was filled into a gap, until the spaces are right."""

_CHINESE, _LATIN = "一-鿿", "A-Za-z0-9%"
_MISSING = re.compile(
    f"(?<=[{_CHINESE}]){FILLED}(?=[{_LATIN}])|(?<=[{_LATIN}]){FILLED}(?=[{_CHINESE}])"
)
_NEEDLESS = re.compile(
    f"(?<=[{_CHINESE}]) {FILLED}(?=[{_CHINESE}])|(?<=[{_CHINESE}]){FILLED} (?=[{_CHINESE}])"
)


def spaced(text: str) -> str:
    """`text` with the spaces that it needs around what was filled in, and without the marks."""
    return _MISSING.sub(" ", _NEEDLESS.sub("", text)).replace(FILLED, "")


def filled(message: str, **gaps: str) -> str:
    """`message` with its gaps filled, where what is filled in may be Chinese or not."""
    return spaced(message.format(**{gap: f"{FILLED}{text}{FILLED}" for gap, text in gaps.items()}))
