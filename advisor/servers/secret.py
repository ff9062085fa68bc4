"""Which words must never be shown, even where a server repeats them?"""

from __future__ import annotations

from collections.abc import Iterable

HIDDEN = "[key]"
SHORTEST = 6
"""Shorter values are no keys, and would be found in every text."""
_secrets: set[str] = set()


def keep_secret(headers: Iterable[tuple[str, str]]) -> None:
    """Notes the values of headers that a user or the environment gave, with and without `Bearer`.

    They are noted for the whole process, as whatever a server says is shown in many places.
    """
    for _, value in headers:
        for word in (value, value.rpartition(" ")[2]):
            if len(word) >= SHORTEST:
                _secrets.add(word)


def hide(text: str) -> str:
    """The text with every noted value taken out."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
