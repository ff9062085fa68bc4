"""How are numbers and untrusted text written? Units once, three significant digits, no tricks."""

from __future__ import annotations

import unicodedata

from advisor.report import money
from advisor.report.language import _
from advisor.report.language.numbers import counted as tokens
from advisor.report.language.numbers import duration, months, number

__all__ = ["duration", "months", "name", "number", "pair", "safe", "size", "tokens", "usd"]

LONGEST_NAME = 200
_HARMLESS_CONTROLS = {"\n", "\t"}


def safe(text: object, longest: int = LONGEST_NAME * 10) -> str:
    """`text` without control, format and unassigned characters, cut to `longest` characters.

    Escape sequences, right-to-left overrides and the like come from servers, files and prices;
    they are replaced by U+FFFD so that nothing shown can act on the terminal.
    """
    cleaned = "".join(
        character
        if character in _HARMLESS_CONTROLS or unicodedata.category(character)[0] != "C"
        else "\N{REPLACEMENT CHARACTER}"
        for character in str(text)[: longest + 1]
    )
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"


def name(text: object, longest: int = 60) -> str:
    """An untrusted name on one line."""
    return " ".join(safe(text, longest).split())


def pair(label: str, value: str) -> str:
    """What something is called, and what it is."""
    return _("{label}: {value}").format(label=label, value=value)


def usd(value: float) -> str:
    """Money: an amount of USD in the currency that is shown (`advisor.report.money`)."""
    return money.text(value)


def size(value: float) -> str:
    """Bytes in binary units: 698 MiB, 23.4 GiB."""
    for step, unit in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(value) >= step:
            return f"{number(value / step)} {unit}"
    return f"{value:.0f} B"
