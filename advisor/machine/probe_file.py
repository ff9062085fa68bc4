"""What did `advisor probe --json` find on another machine? A file that is not to be trusted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from advisor.errors import InputError
from advisor.machine.document import Machine

LARGEST_BYTES = 1_000_000
MOST = 2.0**63
BELOW_ZERO = ("temperature_c",)
_ID = re.compile(r"[0-9a-f]{16,64}")
_REMEDY = "Run `advisor probe --json > FILE` on that machine and name the file."


def read_probe(path: Path) -> Machine:
    """The machine in the file. Raises InputError if it is none, or says what cannot be."""
    content = _content(path)
    try:
        schema = msgspec.json.decode(content, type=dict[str, Any]).get("schema")
        if schema != "advisor.machine/1":
            told = f"'{str(schema)[:40]}'" if schema else "no schema"
            raise InputError(
                f"{path} is no probe of a machine", why=f"it has {told}", remedy=_REMEDY
            )
        machine = msgspec.json.decode(content, type=Machine)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise InputError(
            f"{path} is no probe of a machine", why=_harmless(why), remedy=_REMEDY
        ) from None
    for where, wrong in _wrong(msgspec.to_builtins(machine), ""):
        raise InputError(
            f"{path} says what cannot be: {_harmless(where)[:100]} {wrong}", remedy=_REMEDY
        )
    if not _ID.fullmatch(machine.id):
        raise InputError(f"{path} says what cannot be: id is no machine's", remedy=_REMEDY)
    return machine


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read {path}", why=why or "", remedy=_REMEDY) from None
    if len(content) > LARGEST_BYTES:
        raise InputError(f"{path} is over 1 MB, which no probe is", remedy=_REMEDY)
    return content


def _wrong(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Numbers that no machine has and texts that would act on a terminal, with their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _wrong(key, f"{where}.{key}".lstrip("."))
            yield from _wrong(inner, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _wrong(inner, f"{where}[{index}]")
    elif isinstance(value, str):
        if any(unicodedata.category(character)[0] == "C" for character in value):
            yield where, "holds control characters"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        least = -300.0 if where.endswith(BELOW_ZERO) else 0.0
        if not least <= value <= MOST:
            yield where, f"is {value}"


def _harmless(text: str) -> str:
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in text)
