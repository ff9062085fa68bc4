"""How is every number shown with its formula, its inputs and who says so, in 80 columns?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import _, sentence
from advisor.report.text import name, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from advisor.advice.asked_document import Explanation

MOST_OF_A_COLUMN = 6


def show_explained(console: Console, lines: Sequence[Explanation]) -> None:
    """Prints each number, what it is, its formula, and the inputs that it names.

    Inputs keep ten digits, so that a spreadsheet comes to the same cents; of a column of months
    the first ones are shown, as its own line says how each is computed. JSON holds them all.
    """
    from rich.padding import Padding

    console.print()
    console.print(_("Every number, its formula, its inputs and who says so"), style="bold")
    for line in lines:
        console.print()
        console.print(_head(line))
        if line.formula is not None:
            console.print(Padding(f"= {safe(line.formula)}", (0, 0, 0, 2)))
        for each in line.inputs:
            unit = f" {sentence(each.unit)}" if each.unit else ""
            source = name(sentence(each.source), 160)
            told = f"{name(each.name)} = {_value(each.value)}{unit}  ({source})"
            console.print(Padding(told, (0, 0, 0, 4)), style="dim")


def _head(line: Explanation) -> Text:
    from rich.text import Text

    text = Text(name(line.id, 80), style="bold")
    text.append(f"  {name(sentence(line.label), 80)}", style="not bold")
    shown = (
        name(sentence(line.note) if line.note else _("unknown"), 200)
        if line.value is None
        else _value(line.value)
    )
    unit = f" {sentence(line.unit)}" if line.unit and line.value is not None else ""
    text.append(f"\n  {shown}{unit}")
    if line.value is not None and line.note:
        text.append(f"  ({name(sentence(line.note), 200)})", style="not bold")
    return text


def _value(value: float | tuple[float, ...]) -> str:
    """A number with ten digits; a column as its first months, or once if it never changes."""
    if not isinstance(value, tuple):
        return f"{value:.10g}"
    if len(set(value)) == 1:
        return _("{value} in each of {months} months").format(
            value=f"{value[0]:.10g}", months=len(value)
        )
    first = _(", ").join(f"{each:.10g}" for each in value[:MOST_OF_A_COLUMN])
    if len(value) <= MOST_OF_A_COLUMN:
        return f"[{first}]"
    return _("[{first}, … {last}] ({count} values)").format(
        first=first, last=f"{value[-1]:.10g}", count=len(value)
    )
