"""Of what is a page made? Plain pieces, so that HTML and Markdown are written from one view.

Every text in them is fit to be shown: in the reader's language and free of control characters.
Writing it so that markup in it stays text is the writers' task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.report.charts.svg import Chart

Tone = Literal["local", "api", "hybrid", "measure", "plain"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or two; a `note` is something that the reader must not miss."""

    words: str
    kind: Literal["plain", "note", "small"] = "plain"


@dataclass(frozen=True, slots=True)
class Facts:
    """What it is, and what it was found to be."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns under heads; the first is text, the others too unless they are in `numeric`.

    `strong` are rows to be marked. A `folded` one is behind a word that opens it.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with what it shows in words under it."""

    chart: Chart
    caption: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A question of the guide's flow; `decides` marks the one that ended it."""

    question: str
    answer: str
    turns: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Steps:
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Commands:
    """What to type, a line each."""

    lines: tuple[str, ...]


Block = Text | Facts | Table | Picture | Bullets | Steps | Commands


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """One of the few numbers that matter."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. `answer` is the decision in a few words, `summary` in a sentence."""

    language: str
    title: str
    tone: Tone
    answer: str
    summary: str
    notes: tuple[str, ...]
    numbers: tuple[Number, ...]
    sections: tuple[Section, ...]
    made_by: str

    def charts(self) -> tuple[Chart, ...]:
        """Every picture, in the order of the page."""
        return tuple(
            block.chart
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Picture)
        )
