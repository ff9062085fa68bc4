"""What of a run do others get? A copy of its record that holds what may leave and nothing else.

The copy is made from the structure of the record: a field goes into it if `leaving` names it. It
says that it was reduced and which fields it lacks, and reducing the same record in the same way
gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from types import NoneType
from typing import Any, get_args

import msgspec

from advisor import __version__
from advisor.bench.metrics import DEFINITIONS
from advisor.history.exchange.leaving import (
    DEFINED,
    FIELDS,
    KEYS,
    OPTIONAL,
    REASONED,
    TEXTS,
)
from advisor.history.exchange.texts import Rule, path_in_record
from advisor.history.record import Reduced, Run

_FIELD = re.compile(r"[A-Z][A-Za-z]{2,30}\.[a-z][a-z0-9_]{1,40}")
LEFT_OUT = "the reason was left out of this copy"


class _Absent:
    """Stands for a field that does not leave."""


ABSENT = _Absent()


def reduced(run: Run, kept: Collection[str] = (), *, by: str | None = None) -> Run:
    """A copy of the run for others, with what of `leaving.ASKED` is named in `kept`.

    `by` is the version of the program that reduces, by default this one's.
    """
    left_out: set[str] = set()
    copy: Run = _copy(run, frozenset(kept), left_out)
    if run.reduced is not None:
        if not left_out:
            return run
        left_out.update(filter(_FIELD.fullmatch, run.reduced.left_out))
        kept = set(kept).intersection(run.reduced.kept)
    said = Reduced(by=by or __version__, left_out=tuple(sorted(left_out)), kept=tuple(sorted(kept)))
    return msgspec.structs.replace(copy, reduced=said)


def is_reduced_form(copy: Run, whole: Run) -> bool:
    """Whether `copy` is what others were given of `whole`."""
    how = copy.reduced
    return how is not None and reduced(whole, how.kept, by=how.by) == copy


def _copy(value: Any, kept: frozenset[str], left_out: set[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_copy(each, kept, left_out) for each in value)
    if not isinstance(value, msgspec.Struct):
        return value
    kind = type(value)
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        found = getattr(value, field.name)
        leaves = _leaving(kind.__name__, field.name, found, kept, left_out)
        if isinstance(leaves, _Absent):
            changes[field.name] = _blank(field)
        else:
            changes[field.name] = leaves
        if changes[field.name] != found and (kind.__name__, field.name) != ("Run", "reduced"):
            _note(kind.__name__, field.name, found, left_out)
    return kind(**changes)


def _leaving(
    structure: str, name: str, found: Any, kept: frozenset[str], left_out: set[str]
) -> Any:
    """What of a field's value may leave, or ABSENT."""
    key = (structure, name)
    if OPTIONAL.get(key) in kept:
        return found
    if key in TEXTS:
        return _texts(TEXTS[key], found)
    if key in KEYS:
        return {
            each: _copy(value, kept, left_out) for each, value in found.items() if KEYS[key](each)
        }
    if key in DEFINED:
        return {each: text for each, text in found.items() if DEFINITIONS.get(each) == text}
    if key in REASONED:
        return {
            path: reason if "texts" in kept else LEFT_OUT
            for path, reason in found.items()
            if path_in_record(path)
        }
    if name in FIELDS.get(structure, "").split():
        return _copy(found, kept, left_out)
    return ABSENT


def _texts(rule: Rule, found: Any) -> Any:
    if found is None:
        return None
    if isinstance(found, tuple):
        return tuple(text for each in found if (text := rule(each)) is not None)
    if not isinstance(found, str):
        return found
    text = rule(found)
    return ABSENT if text is None else text


def _blank(field: msgspec.structs.FieldInfo) -> Any:
    """What stands for nothing in a field: null where that is allowed, else an empty value."""
    if not field.required:
        return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if NoneType in get_args(field.type):
        return None
    empty = {str: "", tuple: (), dict: {}}
    for kind, value in empty.items():
        if field.type is kind or getattr(field.type, "__origin__", None) is kind:
            return value
    raise AssertionError(f"{field.name} cannot be left out")


def _note(structure: str, name: str, found: Any, left_out: set[str]) -> None:
    """Notes a field that is not whole in the copy. Structures note their own fields."""
    if isinstance(found, msgspec.Struct) and structure + "." + name != "Run.advice":
        return
    if isinstance(found, tuple) and found and isinstance(found[0], msgspec.Struct):
        if (structure, name) in OPTIONAL:
            left_out.add(f"{structure}.{name}")
        return
    left_out.add(f"{structure}.{name}")
