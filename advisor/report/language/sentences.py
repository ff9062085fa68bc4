"""What does a sentence that was written in English say in another language?

Documents, errors and stored runs hold English. Here the English is recognised again: as a message,
as a message with its gaps filled, or as several of them in a row.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.report.language.catalogues import catalogue, sentences
from advisor.report.language.spacing import FILLED, spaced
from advisor.report.language.templates import Templates, fill

LONGEST = 2000
DEEPEST = 8
MOST_BREAKS = 12
MOST_TEMPLATES = 4
LONGEST_ENDING = 12
SHORTENED = frozenset(
    {"the decision becomes {value} above {at}", "the decision becomes {value} below {at}"}
)
"""What is left of a sentence that is shown beside the key it names."""

WORDS = frozenset(
    {"api", "local", "hybrid", "measure", "yes", "no", "above", "below", "never", "unknown"}
    | {"wall", "counter", "sampled", "estimated"}
)
"""Words of documents that fill gaps of sentences, and look like none."""

LIBRARIES_SAY = frozenset(
    {
        "expected a list",
        "expected a number",
        "expected a number >= {least}",
        "expected a number > {least}",
        "expected a number <= {most}",
        "expected a table",
        "expected a whole number",
        "expected a whole number >= {least}",
        "expected a whole number <= {most}",
        "expected text in quotes",
        "expected true or false",
        "object contains unknown field {name}",
        "object missing required field {name}",
        "No such file or directory",
        "Permission denied",
        "Is a directory",
        "Not a directory",
        "File exists",
        "No space left on device",
        "Read-only file system",
        "Connection refused",
        "timed out",
    }
)
"""What the system and the checker of data say, and errors pass on."""

_AMOUNT = re.compile(r"-?\$\d[\d,.]*")
_ENDS = re.compile(r"(?<=[.:;!?])(?P<space> )|(?=; )")
_PAUSES = re.compile(r"(?P<space>(?!))|(?=(?:, | \())")
_LIST = re.compile(r", and |, | and | or ")
_CHINESE_FIRST = re.compile(r"[一-鿿「（]")
_FULL = {".": "。", ":": "：", ";": "；", "!": "！", "?": "？"}
WIDE_END = "。：；！？，）"


@functools.lru_cache(maxsize=4096)
def translated(text: str, language: str) -> str:
    """`text` in `language`, as much of it as is known; text that nobody wrote here stays."""
    if len(text) > LONGEST:
        return text
    word = catalogue(language).get(text)
    if word is not None:
        return word
    found = _Reader(language).read(text)
    return text if found is None else found.text


@functools.cache
def _templates(language: str) -> Templates:
    return Templates(sentences(language))


@dataclass(frozen=True, slots=True)
class _Read:
    """A text in the other language, and how many characters of the English were recognised."""

    text: str
    known: int


class _Reader:
    """Reads one text, and each part of it once: as what explains most of it."""

    def __init__(self, language: str) -> None:
        shown = {said: text for said, text in catalogue(language).items() if " " in said}
        self._messages = {**shown, **sentences(language)}
        self._templates = _templates(language)
        self._read: dict[str, _Read | None] = {}

    def read(self, text: str, depth: int = 0) -> _Read | None:
        """The best reading of `text`; None where nothing of it is known."""
        if depth > DEEPEST or not text.strip():
            return None
        if text not in self._read:
            self._read[text] = None
            found = (
                *self._in_parts(text, _ENDS, depth),
                *self._in_parts(text, _PAUSES, depth, both=True),
                *self._whole(text, depth),
                *self._in_parts(text, _PAUSES, depth),
                *self._as_list(text, depth),
            )
            self._read[text] = max(found, key=lambda each: each.known, default=None)
        return self._read[text]

    def _whole(self, text: str, depth: int) -> Iterator[_Read]:
        """`text` as one message, as it stands, with a full stop more, or in the other case."""
        for written in (text, _other_case(text)):
            yield from self._message(written, depth)
        if text[-1] in _FULL and len(text) > 1:
            for written in (text[:-1], _other_case(text[:-1])):
                for found in self._message(written, depth):
                    yield _Read(found.text + _FULL[text[-1]], found.known + 1)
        if _AMOUNT.fullmatch(text):
            yield _Read(f"US{text}", 1)

    def _message(self, text: str, depth: int) -> Iterator[_Read]:
        if text in self._messages:
            yield _Read(self._messages[text], len(text))
            return
        for made, gaps in itertools.islice(self._templates.matching(text), MOST_TEMPLATES):
            message = self._messages[made.message]
            if any(len(part) > LONGEST_ENDING for part in _left_out(message, gaps)):
                continue
            parts = {
                name: _Read(part, 0) if name in made.quoted else self._part(part, depth)
                for name, part in gaps.items()
            }
            known = made.weight + sum(part.known for part in parts.values())
            filled = {name: part.text for name, part in parts.items()}
            yield _Read(_filled(message, filled), known)

    def _part(self, text: str, depth: int) -> _Read:
        return self.read(text, depth + 1) or _Read(text, 0)

    def _in_parts(
        self, text: str, breaks: re.Pattern[str], depth: int, *, both: bool = False
    ) -> Iterator[_Read]:
        """`text` as two messages in a row, of which one may be unknown unless `both` are asked."""
        for found in itertools.islice(breaks.finditer(text), MOST_BREAKS):
            left, right = text[: found.start()], text[found.end() :]
            if left and right:
                first, rest = self.read(left, depth + 1), self.read(right, depth + 1)
                if (first and rest) if both else (first or rest):
                    yield _joined(
                        first or _Read(left, 0), rest or _Read(right, 0), bool(found["space"])
                    )

    def _as_list(self, text: str, depth: int) -> Iterator[_Read]:
        """`text` as a list of which one item is known."""
        items = _LIST.split(text)
        if len(items) > 1:
            read = [self._part(item, depth) for item in items]
            known = sum(each.known for each in read)
            if known:
                yield _Read("、".join(each.text for each in read), known)


def _joined(first: _Read, rest: _Read, has_space: bool) -> _Read:
    if has_space and first.text[-1] == ":" and _CHINESE_FIRST.match(rest.text):
        return _Read(f"{first.text[:-1]}：{rest.text}", first.known + rest.known)
    between = " " if has_space and first.text[-1] not in WIDE_END else ""
    return _Read(first.text + between + rest.text, first.known + rest.known)


def _left_out(message: str, gaps: Mapping[str, str]) -> Iterator[str]:
    """What a translation has no gap for: English endings, unless the template fits by chance."""
    return (text for gap, text in gaps.items() if f"{{{gap}}}" not in message)


def _filled(message: str, parts: Mapping[str, str]) -> str:
    """`message` with its gaps filled, and a space where Chinese meets what is not, there only."""
    return spaced(fill(message, {gap: f"{FILLED}{text}{FILLED}" for gap, text in parts.items()}))


def _other_case(text: str) -> str:
    return text[0].swapcase() + text[1:]
