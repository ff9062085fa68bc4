"""Which blocks of code are in a page, and which of them are commands to run?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
"""Every page that a user reads."""

_FENCE = re.compile(
    r"(?:<!-- (?:not run: (?P<why>[^>]+)|(?P<served>with a server)) -->\n)?"
    r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
_EXIT = re.compile(r"\[exit (\d+)\]")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `not_run` says why its commands are only parsed, `with_server` that a
    made-up one measures and answers for it."""

    kind: str
    text: str
    not_run: str | None
    with_server: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command line, what the page says that it prints (None: nothing is said), and its exit."""

    line: str
    output: tuple[str, ...] | None
    exit_code: int


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in its order."""
    found = _FENCE.finditer(page.read_text(encoding="utf-8"))
    return [
        Block(each["kind"], each["text"], each["why"], each["served"] is not None) for each in found
    ]


def commands(block: Block) -> list[Command]:
    """The commands of a `console` block, with their output, or of a `sh` block, without."""
    if block.kind == "console":
        return list(_typed(block.text.splitlines()))
    joined = block.text.replace("\\\n", "").replace("|\n", "|")
    return [Command(line, None, 0) for line in joined.splitlines() if line.strip()]


def _typed(lines: list[str]) -> Iterator[Command]:
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        shown = lines[start + 1 : end]
        ends = _EXIT.fullmatch(shown[-1]) if shown else None
        yield Command(
            line=lines[start][2:],
            output=tuple(shown[:-1] if ends else shown) or None,
            exit_code=int(ends[1]) if ends else 0,
        )


def matches(printed: str, shown: tuple[str, ...]) -> bool:
    """Whether the page shows what was printed; a line `…` stands for any lines, or none."""
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in shown)
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None
