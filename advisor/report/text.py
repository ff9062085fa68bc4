"""How are numbers and untrusted text written? Units once, three significant digits, no tricks."""

from __future__ import annotations

import unicodedata

from advisor.report import money

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


def number(value: float, digits: int = 3) -> str:
    """`value` with `digits` significant digits, thousands separated: 1,230  45.6  0.00789."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.{digits + 6}f}".rstrip("0").rstrip(".")


def usd(value: float) -> str:
    """Money: an amount of USD in the currency that is shown (`advisor.report.money`)."""
    return money.shown().text(value)


def tokens(value: float) -> str:
    """A number of tokens: 950, 12 k, 6 M, 1.5 B."""
    rounded = float(f"{value:.3g}")
    for step, unit in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(rounded) >= step:
            return f"{number(rounded / step)}{unit}"
    return f"{rounded:.0f}"


def size(value: float) -> str:
    """Bytes in binary units: 698 MiB, 23.4 GiB."""
    for step, unit in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(value) >= step:
            return f"{number(value / step)} {unit}"
    return f"{value:.0f} B"


def duration(seconds: float) -> str:
    """A length of time: 0.8 s, 45 s, 2 min 5 s, 1 h 10 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def months(value: float | None) -> str:
    """A number of months, or never."""
    return "never" if value is None else f"{value:.1f} months"
