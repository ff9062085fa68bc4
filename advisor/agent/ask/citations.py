"""How is an answer cut into sentences, and what does each of them cite?

A citation stands in brackets behind what it vouches for: `[r1 path]`, or `[r1 path; r2 path]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from advisor.agent.ask.paths import plain_path

_BRACKET = re.compile(r"\[((?:[^\[\]\n]|\[\d+\]){1,600})\]")
_ONE = re.compile(r"^\s*(r\d+|\d{8}T\d{6}Z-[0-9a-f]{6})(?:\s*[:\s]\s*|\.)(\S.*?)\s*$")
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(*])|(?<=[。！？])\s*")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Named:
    """What a citation names, not yet looked up."""

    record: str
    path: str


@dataclass(slots=True)
class Stated:
    """A sentence without its citations, and what they name."""

    text: str
    cites: list[Named] = field(default_factory=list)


def stated_in(answer: str) -> list[Stated]:
    """The sentences of an answer, in order."""
    found = []
    for line in answer.splitlines():
        found += _of_line(_BULLET.sub("", line))
    return found


def _of_line(line: str) -> list[Stated]:
    sentences: list[Stated] = []
    open_one: Stated | None = None
    at = 0
    for bracket in [*_BRACKET.finditer(line), None]:
        if bracket is not None and (cites := _cites(bracket[1])) is None:
            continue
        text = line[at : bracket.start() if bracket else len(line)]
        for index, piece in enumerate(_END.split(text)):
            if index:
                open_one = None
            if not piece.strip():
                continue
            if open_one is None or (open_one.cites and _has_ended(open_one.text)):
                if not any(character.isalnum() for character in piece) and sentences:
                    sentences[-1].text += piece.strip()
                    continue
                open_one = Stated(piece.strip())
                sentences.append(open_one)
            else:
                gap = " " if piece[0].isspace() else ""
                open_one.text = f"{open_one.text}{gap}{piece.strip()}"
        if bracket is not None:
            at = bracket.end()
            if sentences:
                sentences[-1].cites += cites or []
    return sentences


def _has_ended(text: str) -> bool:
    return text.rstrip("\"')*").endswith((".", "!", "?", "。", "！", "？"))


def _cites(inside: str) -> list[Named] | None:
    """What the bracket names; None where it is no citation."""
    found: list[Named] = []
    for part in re.split(r"[;,，；]\s*", inside):
        one = _ONE.match(part)
        if one is not None:
            found.append(Named(one[1], plain_path(one[2])))
        elif found and part.strip():
            found.append(Named(found[-1].record, plain_path(part)))
        else:
            return None
    return found or None
