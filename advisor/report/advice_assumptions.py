"""How is it shown what was assumed: first what could turn the decision, then the rest by table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import bullets, facts_table
from advisor.report.language import _, sentence
from advisor.report.text import name, number, pair, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from advisor.advice.document import Assumption


def show_assumptions(console: Console, assumptions: Sequence[Assumption]) -> None:
    """Prints those that could turn the decision one by one, the others by the scenario's table."""
    decisive = [item for item in assumptions if not item.flips.startswith("nothing")]
    rest = [item for item in assumptions if item.flips.startswith("nothing")]
    if decisive:
        console.print(bullets([_turning(item) for item in decisive]))
    if not rest:
        return
    console.print(_("None of these alone would turn it:"), style="dim")
    tables: dict[str, list[str]] = {}
    for item in rest:
        table, _dot, key = item.key.partition(".")
        tables.setdefault(name(table), []).append(f"{name(key)} {_assumed(item.value)}".strip())
    listed = facts_table((table, _(", ").join(keys)) for table, keys in tables.items())
    console.print(listed, style="dim")


def _turning(item: Assumption) -> str:
    """An assumption, what would turn the decision, and who assumes it where it is no default."""
    from advisor.advice.assumptions import DEFAULT
    from advisor.advice.policy import GUIDE

    turns = safe(sentence(item.flips.replace(f" with {item.key}", "")))
    said = pair(f"{name(item.key)} {_assumed(item.value)}", turns)
    if item.source == DEFAULT:
        return said
    source = _("the guide's") if item.source == GUIDE else safe(sentence(item.source))
    return _("{fact} ({why})").format(fact=said, why=source)


def _assumed(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value, 4)
    return name(sentence(str(value)), 200) if value else _("none")
