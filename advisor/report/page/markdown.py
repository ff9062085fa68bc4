"""How does a report read in a pull request or a wiki? The same view, as Markdown.

Untrusted text cannot become markup: what Markdown or HTML would act on is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.report.language import _
from advisor.report.page.blocks import (
    Block,
    Bullets,
    Commands,
    Facts,
    Page,
    Picture,
    Steps,
    Table,
    Text,
)

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~$@!&])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)([:.])")


def markdown_of(page: Page) -> str:
    """The whole report; pictures are told in words, their numbers in tables."""
    lines = [f"# {escaped(page.answer)}", "", escaped(page.summary), ""]
    lines += [f"> {escaped(note)}\n" for note in page.notes]
    if page.numbers:
        lines += _rows(
            ("", "", ""),
            [(each.label, each.value, each.detail) for each in page.numbers],
            frozenset({1}),
            frozenset(),
        )
    for section in page.sections:
        lines += ["", f"## {escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    lines += ["---", "", escaped(page.made_by)]
    return "\n".join(lines).rstrip() + "\n"


def escaped(words: str) -> str:
    """The words as they are, whatever in them would be markup, a mention or a link."""
    plain = " ".join(words.split())
    plain = _ACTIVE.sub(r"\\\1", plain)
    plain = _AT_START.sub(r"\1\\\2", plain)
    return _ADDRESS.sub("\\1\u200b\\2", plain)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(words, kind):
            yield f"> {escaped(words)}" if kind == "note" else escaped(words)
        case Facts(rows):
            yield from (f"- **{escaped(label)}**: {escaped(value)}" for label, value in rows)
        case Bullets(items):
            yield from (f"- {escaped(item)}" for item in items)
        case Picture(_chart, caption):
            yield escaped(caption)
        case Steps(steps):
            mark = _("decides")
            for number, step in enumerate(steps, 1):
                decides = f" ({mark})" if step.decides else ""
                yield f"{number}. {escaped(step.question)} **{escaped(step.answer)}**{decides}"
                if step.turns:
                    yield f"   → {escaped(step.turns)}"
        case Commands(lines):
            yield "```sh"
            yield from (line.replace("`", "'") for line in lines)
            yield "```"
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    rows = _rows(table.heads, table.rows, table.numeric, table.strong)
    if table.folded:
        yield f"<details><summary>{escaped(table.caption)}</summary>"
        yield ""
        yield from rows
        yield ""
        yield "</details>"
    else:
        yield escaped(table.caption)
        yield ""
        yield from rows


def _rows(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: frozenset[int],
    strong: frozenset[int],
) -> list[str]:
    rules = ["---:" if index in numeric else "---" for index in range(len(heads))]
    written = [f"| {' | '.join(escaped(head) for head in heads)} |", f"| {' | '.join(rules)} |"]
    for index, row in enumerate(rows):
        cells = [escaped(cell) for cell in row]
        if index in strong:
            cells = [f"**{cell}**" if cell else "" for cell in cells]
        written.append(f"| {' | '.join(cells)} |")
    return written
