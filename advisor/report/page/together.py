"""How do sentences and the items of a list stand beside each other, in the reader's language?"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.report.language import _


def sentences(parts: Iterable[str]) -> str:
    """Whole sentences, one after the other."""
    return _joined(parts, _("{one} {other}"))


def listed(parts: Iterable[str]) -> str:
    """Items of a list."""
    return _joined(parts, _("{one}, {other}"))


def _joined(parts: Iterable[str], shape: str) -> str:
    all_of_them = ""
    for part in parts:
        all_of_them = shape.format(one=all_of_them, other=part) if all_of_them else part
    return all_of_them
