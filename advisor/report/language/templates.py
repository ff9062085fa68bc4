"""Which message made this English text, and with what in its gaps?

A message with `{name}` in it is a template. Gaps match any text, so a template matches where its
literal pieces follow one another: no pattern is compiled and no text, however made, takes long.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

GAP = re.compile(r"\{([a-z0-9_]*)\}")
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Template:
    """A message with gaps: the literal pieces around them, and their names."""

    message: str
    pieces: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How many characters it says itself: of two that match, the heavier is meant."""
        return sum(map(len, self.pieces))

    @property
    def quoted(self) -> frozenset[str]:
        """Gaps between quotation marks: names that somebody gave, which are never translated."""
        around = zip(self.gaps, self.pieces[:-1], self.pieces[1:], strict=True)
        return frozenset(
            gap for gap, before, after in around if before[-1:] + after[:1] in ("''", "``", '""')
        )

    @property
    def words(self) -> set[str]:
        """Words that any text made from it has whole, so none that touches a gap."""
        held = "\0".join(self.pieces)
        return {
            found[0]
            for found in _WORD.finditer(held)
            if held[found.start() - 1 : found.start()] != "\0"
            and held[found.end() : found.end() + 1] != "\0"
        }

    def match(self, text: str) -> dict[str, str] | None:
        """What is in its gaps where it made `text`; None where it did not."""
        first, *inner, last = self.pieces
        end = len(text) - len(last)
        if not (text.startswith(first) and text.endswith(last) and len(first) <= end):
            return None
        at, filled = len(first), {}
        for gap, piece in zip(self.gaps, inner, strict=False):
            found = text.find(piece, at, end)
            if found < 0:
                return None
            filled[gap], at = text[at:found], found + len(piece)
        filled[self.gaps[-1]] = text[at:end]
        return filled


def template(message: str) -> Template | None:
    """The template that `message` is; None where it has no gap."""
    parts = GAP.split(message)
    if len(parts) == 1:
        return None
    return Template(message, tuple(parts[::2]), tuple(parts[1::2]))


class Templates:
    """Templates found by a word that few of them have, the most specific first."""

    def __init__(self, messages: Iterable[str]) -> None:
        made = [
            each for each in map(template, messages) if each and _WORD.search("".join(each.pieces))
        ]
        frequency = Counter(word for each in made for word in each.words)
        self._by_word: dict[str, list[Template]] = {}
        for each in made:
            rarest = min(each.words, key=lambda word: (frequency[word], word), default="")
            self._by_word.setdefault(rarest, []).append(each)

    def matching(self, text: str) -> Iterator[tuple[Template, Mapping[str, str]]]:
        """The templates that could have made `text`, with their gaps, the heaviest first."""
        words = {"", *_WORD.findall(text)}
        could = (each for word in words for each in self._by_word.get(word, ()))
        for each in sorted(could, key=lambda one: (-one.weight, one.message)):
            filled = each.match(text)
            if filled is not None:
                yield each, filled


def fill(text: str, filled: Mapping[str, str]) -> str:
    """`text` with its gaps filled."""
    return GAP.sub(lambda gap: filled.get(gap[1], gap[0]), text)
