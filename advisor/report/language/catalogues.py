"""What does each message say in another language? The catalogues, one file for each part."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources

FOLDERS = {"zh-TW": "zh_Hant_TW"}
DISPLAY = frozenset({"report", "html", "dashboard", "recompute", "agent"})
"""Parts whose messages are marked where they are shown: no sentence of a document is made so."""


@functools.cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every message of `language`, from all its `.po` files: English -> what is shown.

    Each language here has one form for every count, so a message with a plural is under its
    singular.
    """
    messages: dict[str, str] = {}
    for _part, held in _parts(language):
        messages.update(held)
    return messages


@functools.cache
def sentences(language: str) -> Mapping[str, str]:
    """The messages that documents and errors are made of, as `catalogue` has them.

    A message of a display room such as "{low} to {high}" would match any sentence with its word.
    """
    messages: dict[str, str] = {}
    for part, held in _parts(language):
        if part not in DISPLAY:
            messages.update(held)
    return messages


@functools.cache
def _parts(language: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    folder = resources.files("advisor.report.language") / FOLDERS[language]
    return tuple(
        (file.name.removesuffix(".po"), dict(read(file.read_text(encoding="utf-8").splitlines())))
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".po")
    )


def read(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The messages of a `.po` file that are translated and not fuzzy.

    Babel's reader takes a second for the whole, and this one a hundredth; a test holds them equal.
    """
    entry: dict[str, str] = {}
    keyword, is_fuzzy = "", False
    for line in (*lines, ""):
        if line.startswith('"'):
            entry[keyword] += json.loads(line)
        elif line.startswith("msg"):
            keyword, _, text = line.partition(" ")
            entry[keyword] = json.loads(text)
        elif line.startswith("#,"):
            is_fuzzy = "fuzzy" in line
        elif not line.strip():
            text = entry.get("msgstr") or entry.get("msgstr[0]", "")
            if entry.get("msgid") and text and not is_fuzzy:
                yield entry["msgid"], text
            entry, is_fuzzy = {}, False
