"""How is it shown what records of use put into the advice?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import facts_table
from advisor.report.text import safe

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.advice.document import UsedPart


def show_used(used: UsedPart, console: Console) -> None:
    """Prints whence the use is known, what it supplied, and what the scenario overruled."""
    console.print(facts_table(list(_facts(used))))


def _facts(used: UsedPart) -> Iterator[tuple[str, str]]:
    span = f", {used.first_day} to {used.last_day}" if used.first_day else ""
    yield "read from", safe(", ".join(used.sources) + f"{span}, {used.time_zone}")
    yield "a month is", safe(used.basis)
    if used.weekly_cv is not None and used.unstable_above is not None:
        swing = f"weeks swing by {used.weekly_cv:.0%} of their mean"
        yield "steadiness", f"{swing}; unstable above {used.unstable_above:.0%}"
    yield "supplied", _keys(used.supplied)
    if used.overruled:
        yield "overruled", f"{_keys(used.overruled)}: the scenario or an option says otherwise"
    for note in used.notes:
        yield "note", safe(note)


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(key.removeprefix("usage.") for key in keys) or "nothing"
