"""What exactly is in records that would leave? Every text by value, other fields by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from advisor.history.exchange.document import Exported
from advisor.history.exchange.write import Outgoing
from advisor.history.record import Run


@dataclass(slots=True)
class Contents:
    """`texts` are the different texts of each field, `others` the fields of each structure that
    hold numbers, flags and fixed words."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)


def contents(runs: Iterable[Run]) -> Contents:
    """What the records of these runs hold."""
    found = Contents()
    for run in runs:
        _note(run, found)
    found.others = {structure: sorted(names) for structure, names in sorted(found.others.items())}
    found.texts = {name: sorted(texts) for name, texts in sorted(found.texts.items())}
    return found


def _note(structure: msgspec.Struct, found: Contents) -> None:
    kind = type(structure).__name__
    for name in structure.__struct_fields__:
        _note_value(kind, name, getattr(structure, name), found)


def _note_value(kind: str, name: str, value: Any, found: Contents) -> None:
    if isinstance(value, msgspec.Struct):
        _note(value, found)
    elif isinstance(value, str):
        texts = found.texts.setdefault(f"{kind}.{name}", [])
        if value and value not in texts:
            texts.append(value)
        if not texts:
            del found.texts[f"{kind}.{name}"]
    elif isinstance(value, dict):
        for key, each in value.items():
            _note_value(kind, name, str(key), found)
            _note_value(kind, name, each, found)
    elif isinstance(value, tuple):
        for each in value:
            _note_value(kind, name, each, found)
    elif value is not None and name not in (names := found.others.setdefault(kind, [])):
        names.append(name)


def exported(going: Outgoing, file: Path | None, key: Path | None) -> Exported:
    """What is said of a bundle: before it is written with `file` None, or after."""
    found = contents(going.runs)
    for marks in going.marks:
        for name, texts in (("tags", marks.tags), ("notes", marks.notes)):
            _note_value("Marks", name, texts, found)
    if going.hostname is not None:
        _note_value("Manifest", "hostname", going.hostname, found)
    left_out = {name for run in going.runs if run.reduced for name in run.reduced.left_out}
    return Exported(
        file=None if file is None else str(file),
        sha256=None if file is None else hashlib.sha256(file.read_bytes()).hexdigest(),
        signed_with=None if key is None else str(key),
        runs=tuple(run.id for run in going.runs),
        kept=going.kept,
        texts=found.texts,
        others=found.others,
        left_out=tuple(sorted(left_out)),
        missing=going.missing,
    )
