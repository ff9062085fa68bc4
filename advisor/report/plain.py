"""How is it shown to somebody who hears it? Lines of words: no boxes, no bars, no symbols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

from advisor.report.language import _
from advisor.report.metrics import ABSENT
from advisor.report.text import pair

if TYPE_CHECKING:
    from rich.style import StyleType

_BETWEEN_NUMBERS = re.compile(r"(?<=\d)–(?=\d)")
_GAPS, _SPACES = re.compile(r"(?<![,.:;]) {3,}"), re.compile(r" {2,}")
_SYMBOLS = re.compile("[±×≤≥→←•·]")


class PlainConsole(Console):
    """A console that prints what it is given as lines of words, and every step as a line.

    What is not to be wrapped is there to be copied, and stays as it is.
    """

    def __init__(self, *, to_stderr: bool, width: int) -> None:
        super().__init__(
            stderr=to_stderr,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
            color_system=None,
        )

    def print(self, *objects: Any, **options: Any) -> None:
        if not objects:
            super().print()
            return
        if options.get("soft_wrap"):
            super().print(*map(str, objects), soft_wrap=True)
            return
        for each in objects:
            for line in lines_of(each):
                super().print(line)

    def status(self, status: RenderableType, **_looks: Any) -> Status:
        return _Steps(status, console=self)


class _Steps(Status):
    """Says each step on a line of its own, where there is a terminal to be read."""

    def start(self) -> None:
        self.update(self.status)

    def stop(self) -> None:
        pass

    def update(
        self,
        status: RenderableType | None = None,
        *,
        spinner: str | None = None,  # noqa: ARG002
        spinner_style: StyleType | None = None,  # noqa: ARG002
        speed: float | None = None,  # noqa: ARG002
    ) -> None:
        if status is not None and self.console.is_terminal:
            self.console.print(status)


def lines_of(shown: object) -> Iterator[str]:
    """What is shown, as lines; a table has a line a value, with an empty line after each row."""
    match shown:
        case Table():
            yield from _table(shown)
        case Padding():
            yield from lines_of(shown.renderable)
        case Group():
            for each in shown.renderables:
                yield from lines_of(each)
        case Text():
            yield from map(in_words, shown.plain.split("\n"))
        case _:
            yield from map(in_words, str(shown).split("\n"))


def in_words(line: str) -> str:
    """A line with its symbols as words and its gaps as commas; what it is indented by stays."""
    words = {
        "±": _("plus or minus"),
        "×": _("times"),
        "≤": _("at most"),
        "≥": _("at least"),
        "→": _("to"),
    }
    between = _("to")
    indent = " " * (len(line) - len(line.lstrip()))
    said = _GAPS.sub(", ", line.strip()).replace(" · ", ", ").replace("…", "...")
    said = _BETWEEN_NUMBERS.sub(f" {between} ", said)
    said = _SYMBOLS.sub(lambda found: f" {words.get(found[0], '')} ", said)
    return indent + _SPACES.sub(" ", said).strip()


def _table(table: Table) -> Iterator[str]:
    columns = [list(column.cells) for column in table.columns]
    heads = [_one_line(column.header) for column in table.columns] if table.show_header else []
    rows = list(zip(*columns, strict=True))
    if not any(heads):
        for row in rows:
            yield from _fact(row)
    elif len(heads) == 2 and not heads[0]:
        yield f"{heads[1]}:"
        for row in rows:
            yield from _fact(row)
    else:
        for row in rows:
            yield from _record(heads, row)
            yield ""
    if table.caption is not None:
        yield from lines_of(table.caption)


def _fact(row: tuple[RenderableType, ...]) -> Iterator[str]:
    """A label and its value; a value of several lines continues under it."""
    label, *values = (_text(cell) for cell in row)
    label = in_words(label.strip()).strip()
    first, *more = (_known(line) for value in values for line in value.split("\n"))
    yield pair(label, first) if label else first
    yield from more


def _record(heads: list[str], row: tuple[RenderableType, ...]) -> Iterator[str]:
    for head, cell in zip(heads, row, strict=True):
        value = _one_line(cell)
        if value:
            yield pair(head, _known(value)) if head else _known(value)


def _known(value: str) -> str:
    return _("not known") if value.strip() in (ABSENT, "?") else in_words(value.strip())


def _text(cell: RenderableType) -> str:
    return "\n".join(lines_of(cell)) if isinstance(cell, Group | Padding | Table) else str(cell)


def _one_line(cell: RenderableType) -> str:
    return " ".join(_text(cell).split())
