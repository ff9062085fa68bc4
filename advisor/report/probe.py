"""How is shown what has changed about a machine since the last probe?"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.machine.document import Change
from advisor.report.console import facts_table, result_console
from advisor.report.text import name, number, size


def show_changes(changes: Iterable[Change], since: str) -> None:
    """Prints what differs from the probe of `since`, or that nothing does."""
    facts = [
        (name(each.path), f"{_shown(each.path, each.before)} → {_shown(each.path, each.after)}")
        for each in changes
    ]
    console = result_console()
    console.print()
    if not facts:
        console.print(f"Nothing has changed since the probe of {name(since)}.", style="dim")
        return
    console.print(f"Changed since the probe of {name(since)}:", style="bold")
    console.print(facts_table(facts))


def _shown(path: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return name(value)
    if path.endswith("_bytes"):
        return size(value)
    return f"{number(value)} W" if path.endswith("_w") else f"{value:g}"
