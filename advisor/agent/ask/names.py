"""Whose value is it? The names that a text mentions, and those that stand with a cited value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Kind = Literal["what", "where"]
"""An API or a model; a machine or one of its parts."""

_WHAT = ("name", "model", "title", "api", "provider")
_WHERE = ("machine", "measured_on")
_PARTS_OF_A_MACHINE = ("cpu", "gpus", "disk", "memory")
_LEAST_CHARACTERS = 3
_GAP = re.compile(r"[\s\-_/:,()]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and whether something runs under it or there."""

    text: str
    kind: Kind


def names_in(document: Any, path: str = "") -> Iterator[Name]:
    """Every name that a document gives to something."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from names_in(each, f"{path}.{index}")
    elif isinstance(document, dict):
        yield from _given(document, path)
        for key, each in document.items():
            yield from names_in(each, f"{path}.{key}")


def names_of(document: Any, path: str) -> tuple[Name, ...]:
    """The names of what the value at `path` belongs to: of each kind the nearest to it."""
    levels = [(document, "")]
    here, so_far = document, ""
    for part in path.split("."):
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            break
        so_far = f"{so_far}.{part}"
        levels.append((here, so_far))
    found: list[Name] = []
    for level, where in reversed(levels):
        if isinstance(level, dict):
            settled = {each.kind for each in found}
            found += [each for each in _given(level, where) if each.kind not in settled]
    return tuple(found)


def mentioned(text: str, names: Sequence[Name]) -> tuple[Name, ...]:
    """Those of the names that stand in a text; of names within each other the longest. One that is
    an English word, as the provider `together`, counts where it is written with a capital."""
    spans = [
        (match.start(), match.end(), name)
        for name in names
        for match in _pattern(name).finditer(text)
        if not (name.text.isalpha() and name.text.islower() and match[0].islower())
    ]
    return tuple(
        name
        for start, end, name in spans
        if not any(
            (other_start <= start and end <= other_end and other_end - other_start > end - start)
            for other_start, other_end, _ in spans
        )
    )


def why_another(text: str, known: Sequence[Name], own: Sequence[Name]) -> str:
    """Why a text is about something else than what has these names; empty where it is not."""
    said = mentioned(text, known)
    for kind in ("what", "where"):
        ours = {_plain(each.text) for each in own if each.kind == kind}
        others = {each.text for each in said if each.kind == kind}
        if ours and others and ours.isdisjoint(map(_plain, others)):
            named = ", ".join(sorted(others))[:120]
            whose = ", ".join(sorted({each.text for each in own if each.kind == kind}))[:120]
            return f"the sentence names {named}, and the value is of {whose}"
    return ""


def ways_to_say(name: Name) -> tuple[str, ...]:
    """The name, and for a machine its parts that hold letters and digits: RTX 4090."""
    whole = (name.text,)
    if name.kind == "what":
        return whole
    words = name.text.split()
    runs = (
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 2, len(words) + 1)
        if words[start].isalpha() and any(any(map(str.isdigit, word)) for word in words[start:end])
    )
    return (*whole, *runs)


@lru_cache(maxsize=2_000)
def _pattern(name: Name) -> re.Pattern[str]:
    ways = (
        r"[\s\-_/]*".join(re.escape(word) for word in _GAP.split(way) if word)
        for way in ways_to_say(name)
    )
    return re.compile(
        rf"(?<![A-Za-z0-9_.])(?:{'|'.join(ways)})(?![A-Za-z0-9_]|[.\-][A-Za-z0-9])", re.IGNORECASE
    )


def _given(level: Mapping[str, Any], path: str) -> Iterator[Name]:
    """The names that one object has: as texts, or as objects with a name."""
    is_part = any(part in _PARTS_OF_A_MACHINE for part in path.split("."))
    for key in (*_WHAT, *_WHERE):
        value = level.get(key)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, str) and _is_a_name(value):
            yield Name(value, "where" if is_part or key in _WHERE else "what")


def _is_a_name(text: str) -> bool:
    return _LEAST_CHARACTERS <= len(text) <= 120 and any(map(str.isalpha, text))


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
