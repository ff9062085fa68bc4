"""How is a value written so that a spreadsheet shows it, and runs nothing?"""

from __future__ import annotations

Cell = str | int | float | bool | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""A spreadsheet may run a text that begins so; with an apostrophe before it, it is plain text.
Source: OWASP ASVS 5.0, requirement 1.2.10, read 2026-11-24 (the line feed is an addition)."""


def safe(cell: Cell) -> Cell:
    """The cell as CSV takes it; a text that would be taken for a formula is made a text."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
