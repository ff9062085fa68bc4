"""What stands where in a document? Paths like `comparisons.0.break_even_months_simple`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

MISSING: Any = object()
_INDEX = re.compile(r"\[(\d+)\]")
_LONGEST_TEXT = 160


def plain_path(written: str) -> str:
    """A path as people write it, with `[0]` as `.0`."""
    return _INDEX.sub(r".\1", written.strip().removeprefix("$")).strip(".")


def value_at(document: Any, path: str) -> Any:
    """What stands at the path, or MISSING. A key may hold dots itself."""
    if not path:
        return document
    if isinstance(document, dict):
        parts = path.split(".")
        for count in range(len(parts), 0, -1):
            key = ".".join(parts[:count])
            if key in document:
                found = value_at(document[key], ".".join(parts[count:]))
                if found is not MISSING:
                    return found
        return MISSING
    if isinstance(document, list):
        first, _, rest = path.partition(".")
        if first.isascii() and first.isdigit() and len(first) < 9 and int(first) < len(document):
            return value_at(document[int(first)], rest)
    return MISSING


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no object and no list, with its path."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from leaves(value, f"{path}.{index}" if path else str(index))
    else:
        yield path, document


def outline(document: Any, *, below: str = "", most_characters: int) -> str:
    """The document as lines `path = value`, what lies near the top first, cut to a length.

    Texts are shown as JSON, so that nothing in them looks like a line of its own.
    """
    start = value_at(document, below)
    if start is MISSING:
        return f"There is nothing at {below[:80]}."
    found = list(leaves(start, below))
    order = sorted(range(len(found)), key=lambda index: (found[index][0].count("."), index))
    lines: dict[int, str] = {}
    left = most_characters
    for index in order:
        path, value = found[index]
        line = f"{path} = {shown_value(value)}"
        if left < len(line) + 1:
            continue
        lines[index] = line
        left -= len(line) + 1
    kept = [lines[index] for index in sorted(lines)]
    missing = len(found) - len(kept)
    if missing:
        kept.append(f"({missing} more values; `read` shows those below a path.)")
    return "\n".join(kept)


def shown_value(value: Any) -> str:
    """A value as JSON on one line, long texts cut."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        value = f"{value[:_LONGEST_TEXT]}…"
    return msgspec.json.encode(value).decode()
