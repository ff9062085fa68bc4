"""Which value of a scenario does a dotted key name, in lists of tables too?

A list's entry is named by its `name` or `code`, else by its place from 0: `api.GPT-4.tier[0].…`,
`tariff.band[1].usd_per_kwh`, `tariff.band.1.usd_per_kwh`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import inspect

from advisor.advice.inputs import Inputs
from advisor.errors import InputError

LABELS = ("name", "code")
"""Keys by which an entry of a list is called."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that exists: as it was written, the way to it, what kind of value it takes."""

    dotted: str
    path: Path
    kind: inspect.Type

    @property
    def table(self) -> str:
        return str(self.path[0])

    @property
    def field(self) -> str:
        return str(self.path[-1])


def find_key(dotted: str, tables: Mapping[str, Any]) -> Key:
    """The key called `dotted`, such as `box.price_usd`, `api.GPT-4.input_usd_per_mtok` or
    `tariff.band[0].usd_per_kwh`.

    Raises InputError with the nearest known key, or for an entry that the list does not have.
    """
    found = _walk(Inputs, tables, dotted, ())
    if found is None:
        raise _unknown(dotted, tables)
    path, kind = found
    if _item_struct(kind) is not None:
        near = next((each for each in all_keys(tables) if each.startswith(dotted)), None)
        raise InputError(
            dotted,
            why="is a list of tables" + (f" with keys such as {near}" if near else ""),
            remedy="Name one key of one entry, or change the list in the scenario file.",
        )
    return Key(dotted, path, kind)


def all_keys(tables: Mapping[str, Any]) -> list[str]:
    """Every settable key, in each of the entries that `tables` list."""
    return list(_listed(Inputs, tables, ""))


def value_of(key: Key, inputs: Inputs) -> object:
    """What the inputs hold at this key; None where nobody gave it."""
    here: Any = inputs
    for step in key.path:
        if isinstance(step, int):
            here = here[step]
        else:
            names = {each.encode_name: each.name for each in _all_fields(type(here))}
            here = getattr(here, names[step])
    return here


def bounds(key: Key) -> tuple[float, float, bool]:
    """The least and most value that the scenario file takes, and whether the least itself is out.

    Infinite where there is no bound.
    """
    kind = key.kind
    if not isinstance(kind, inspect.FloatType | inspect.IntType):
        return -math.inf, math.inf, False
    least = kind.ge if kind.ge is not None else kind.gt
    return (
        -math.inf if least is None else float(least),
        math.inf if kind.le is None else float(kind.le),
        kind.ge is None,
    )


def _walk(struct: Any, node: Any, rest: str, so_far: Path) -> tuple[Path, inspect.Type] | None:
    """The way on from `struct` along `rest`, and the kind of value at its end."""
    split = re.match(r"([^.\[]+)(.*)", rest, re.DOTALL)
    kind = _fields(struct).get(split[1]) if split else None
    if split is None or kind is None:
        return None
    name, after = split[1], split[2]
    inner = node.get(name) if isinstance(node, Mapping) else None
    here = (*so_far, name)
    if isinstance(kind, inspect.StructType):
        return _walk(kind.cls, inner, after[1:], here) if after.startswith(".") else None
    if not after:
        return here, kind
    item = _item_struct(kind)
    if item is None:
        return None
    for place, remaining in _entries_called(inner, after):
        found = _walk(item, _entries(inner)[place], remaining, (*here, place))
        if found is not None:
            return found
    return None


def _entries_called(node: Any, after: str) -> Iterator[tuple[int, str]]:
    """Places of the list that the text may mean, with what is left of the text; names first."""
    entries = _entries(node)
    for place, entry in enumerate(entries):
        label = _label(entry)
        if label is not None and after.startswith(f".{label}."):
            yield place, after[len(label) + 2 :]
    by_place = re.match(r"(?:\[(\d{1,6})\]|\.(\d{1,6}))\.(.+)", after, re.DOTALL)
    if by_place and (place := int(by_place[1] or by_place[2])) < len(entries):
        yield place, by_place[3]


def _listed(struct: Any, node: Any, prefix: str) -> Iterator[str]:
    for name, kind in _fields(struct).items():
        inner = node.get(name) if isinstance(node, Mapping) else None
        item = _item_struct(kind)
        if isinstance(kind, inspect.StructType):
            yield from _listed(kind.cls, inner, f"{prefix}{name}.")
        elif item is None:
            yield prefix + name
        else:
            for place, entry in enumerate(_entries(inner)):
                label = _label(entry)
                called = f"[{place}]" if label is None else f".{label}"
                yield from _listed(item, entry, f"{prefix}{name}{called}.")


def _entries(node: Any) -> Sequence[Any]:
    return node if isinstance(node, list | tuple) else ()


def _label(entry: Any) -> str | None:
    if not isinstance(entry, Mapping):
        return None
    return next((str(entry[each]) for each in LABELS if each in entry), None)


def _unknown(dotted: str, tables: Mapping[str, Any]) -> InputError:
    """Names the nearest key: one of the same field first, wherever that stands."""
    known = all_keys(tables)
    field = dotted.rsplit(".", 1)[-1]
    namesakes = [each for each in known if each.rsplit(".", 1)[-1] == field]
    near = difflib.get_close_matches(
        dotted, namesakes or known, n=3, cutoff=0.0 if namesakes else 0.6
    )
    if not near:
        near = difflib.get_close_matches(dotted, known, n=1, cutoff=0.0)
    choices = " or ".join(f"'{each}'" for each in near)
    return InputError(f"unknown key '{dotted}'", remedy=f"Did you mean {choices}?")


def _item_struct(kind: inspect.Type) -> Any:
    """The struct of a list of tables' entries; None for any other kind."""
    if isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType):
        return kind.item_type.cls
    return None


def _all_fields(struct: Any) -> tuple[inspect.Field, ...]:
    kind = inspect.type_info(struct)
    return kind.fields if isinstance(kind, inspect.StructType) else ()


def _fields(struct: Any) -> dict[str, inspect.Type]:
    return {field.encode_name: _bare(field.type) for field in _all_fields(struct)}


def _bare(kind: inspect.Type) -> inspect.Type:
    """The kind of value besides null."""
    options: Iterable[inspect.Type] = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return next(each for each in options if not isinstance(each, inspect.NoneType))
