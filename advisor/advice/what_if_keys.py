"""How is one key of a scenario named, and given another value?"""

from __future__ import annotations

import copy
import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import inspect

from advisor.advice.inputs import Inputs
from advisor.advice.pricing import PriceLookup
from advisor.documents import Unknown
from advisor.errors import InputError

Tables = dict[str, Any]
"""The tables of a scenario, as TOML would give them."""

PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok")
SUFFIXES = {"%": 1e-2, "k": 1e3, "m": 1e6, "b": 1e9}
WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Key:
    """A key that exists. `path` leads to it through tables by name and lists by place."""

    dotted: str
    path: tuple[str | int, ...]
    kind: inspect.Type

    @property
    def field(self) -> str:
        return str(self.path[-1])

    @property
    def api(self) -> int | None:
        """Which API's own price it is, if it is one."""
        number = self.path[1] if self.path[0] == "api" and len(self.path) == 3 else None
        return number if isinstance(number, int) else None


def split_setting(text: str, option: str) -> tuple[str, str]:
    """The key and the value of `KEY=VALUE`. Raises InputError without a key or a `=`."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(
            f"{option} {text}",
            why="is no KEY=VALUE",
            remedy=f"Write {option} usage.output_tokens_per_month=20e6, for example.",
        )
    return key.strip(), value.strip()


def with_settings(
    tables: Mapping[str, Any], settings: Sequence[str], lookup: PriceLookup, *, option: str
) -> Tables:
    """The tables with each `KEY=VALUE` set, in order; `tables` stay as they are.

    An empty value takes the key away. One price of an API that the book prices leaves it the
    book's other prices. Raises InputError for an unknown key, with the nearest.
    """
    changed = copy.deepcopy(dict(tables))
    for text in settings:
        dotted, value = split_setting(text, option)
        key = find_key(dotted, changed)
        put(changed, key, parse_value(key, value), lookup)
    return changed


def put(tables: Tables, key: Key, value: object, lookup: PriceLookup) -> None:
    """Sets one key in `tables`; None takes it away."""
    entry: Any = tables
    for step in key.path[:-1]:
        entry = entry[step] if isinstance(step, int) else entry.setdefault(step, {})
        if not isinstance(entry, dict | list):
            raise InputError(str(step), why="is no table", remedy="See configs/scenario-full.toml.")
    if key.api is not None and key.field in PRICES:
        _take_prices(entry, lookup)
    if value is None:
        entry.pop(key.field, None)
    else:
        entry[key.field] = value


def _take_prices(entry: Tables, lookup: PriceLookup) -> None:
    if any(entry.get(field) is not None for field in PRICES):
        return
    found = lookup(str(entry["name"]))
    if isinstance(found, Unknown):
        return
    for field in PRICES:
        price = getattr(found, field)
        if price is not None:
            entry[field] = price


def find_key(dotted: str, tables: Mapping[str, Any]) -> Key:
    """The key called `dotted`: `box.price_usd`, in a list by its entry's name or place
    `api.GPT-4.input_usd_per_mtok`, `tariff.band[0].usd_per_kwh`.

    Raises InputError with the nearest known key, or the nearest entry of a list.
    """
    path: list[str | int] = []
    struct: Any = Inputs
    here: object = tables
    rest = dotted
    while True:
        head, place, tail = _split(rest)
        kind = _fields(struct).get(head)
        if kind is None:
            raise _unknown(f"key '{dotted}'", _all_keys(tables), dotted)
        kind = _bare(kind)
        inside = here.get(head) if isinstance(here, Mapping) else None
        path.append(head)
        if isinstance(kind, inspect.VarTupleType) and isinstance(
            kind.item_type, inspect.StructType
        ):
            struct = kind.item_type.cls
            entries = inside if isinstance(inside, list | tuple) else ()
            number, rest = _entry(dotted, entries, place, tail, struct)
            path.append(number)
            here = entries[number]
        elif isinstance(kind, inspect.StructType) and tail:
            struct, here, rest = kind.cls, inside, tail
        elif isinstance(kind, inspect.StructType) or tail or place is not None:
            raise _unknown(f"key '{dotted}'", _all_keys(tables), dotted)
        else:
            return Key(dotted, tuple(path), kind)


def _split(dotted: str) -> tuple[str, int | None, str]:
    """The first word, the place in brackets behind it, and what follows."""
    found = re.match(r"([^.\[]*)(?:\[(\d{1,6})\])?(?:\.(.*))?$", dotted, re.DOTALL)
    if found is None:
        return dotted, None, ""
    head, place, tail = found.groups()
    return head, None if place is None else int(place), tail or ""


def _entry(
    dotted: str, entries: Sequence[object], place: int | None, tail: str, struct: Any
) -> tuple[int, str]:
    """Which entry of a list is meant, by its place or its name, and what follows."""
    if place is None and not tail:
        raise InputError(
            dotted,
            why="is a list of tables",
            remedy=f"Name one of its keys, such as {dotted}[0].{next(iter(_fields(struct)))}.",
        )
    if place is not None:
        if place < len(entries) and tail:
            return place, tail
        listed = "none is listed" if not entries else f"there are {len(entries)}, from [0] on"
        raise InputError(f"unknown key '{dotted}'", why=listed)
    names = [str(each.get("name")) for each in entries if isinstance(each, Mapping)]
    found = [
        (len(name), number)
        for number, name in enumerate(names)
        if tail.startswith(f"{name}.") and "name" in _fields(struct)
    ]
    if found:
        length, number = max(found)
        return number, tail[length + 1 :]
    table, field = dotted[: -len(tail) - 1], tail.rpartition(".")[2]
    known = names if "name" in _fields(struct) else []
    places = [f"{table}.{name}.{field}" for name in known]
    places = places or [f"{table}[{number}].{field}" for number in range(len(entries))]
    raise _unknown(f"key '{dotted}'", places)


def _unknown(what: str, known: Sequence[str], near: str = "") -> InputError:
    found = difflib.get_close_matches(near or what, known, n=1, cutoff=0.0)
    if near:
        field = near.rsplit(".", 1)[-1]
        found = [each for each in known if each.rsplit(".", 1)[-1] == field][:1] or found
    return InputError(
        f"unknown {what}", remedy=f"Did you mean '{found[0]}'?" if found else "None is listed."
    )


def _all_keys(tables: Mapping[str, Any]) -> list[str]:
    """Every settable key, with the names or places of the entries that `tables` list."""
    return list(_keys_of(Inputs, tables, ""))


def _keys_of(struct: Any, here: object, before: str) -> Iterator[str]:
    for name, declared in _fields(struct).items():
        kind = _bare(declared)
        inside = here.get(name) if isinstance(here, Mapping) else None
        if isinstance(kind, inspect.StructType):
            yield from _keys_of(kind.cls, inside, f"{before}{name}.")
        elif isinstance(kind, inspect.VarTupleType) and isinstance(
            kind.item_type, inspect.StructType
        ):
            for number, each in enumerate(inside if isinstance(inside, list | tuple) else ()):
                called = each.get("name") if isinstance(each, Mapping) else None
                at = f"{name}[{number}]" if called is None else f"{name}.{called}"
                yield from _keys_of(kind.item_type.cls, each, f"{before}{at}.")
        else:
            yield before + name


def parse_value(key: Key, text: str) -> object:
    """The text as the key's kind of value; None for an empty text. Raises InputError."""
    if not text:
        return None
    if isinstance(key.kind, inspect.BoolType):
        if text.lower() not in WORDS:
            raise InputError(f"{key.dotted}={text}", why="is neither true nor false")
        return WORDS[text.lower()]
    if isinstance(key.kind, inspect.VarTupleType):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(key.kind, inspect.FloatType | inspect.IntType):
        return _number(key, text)
    return text


def _number(key: Key, text: str) -> float | int | str:
    """A number as people write it (20e6, 20M, 20_000_000, 5%, $3); other text as it is, for the
    scenario's own check to judge. Raises InputError for what is not finite."""
    bare = text.lstrip("$").replace("_", "").replace(",", "").replace(" ", "")
    factor = SUFFIXES.get(bare[-1:].lower())
    try:
        value = float(bare) if factor is None else float(bare[:-1]) * factor
    except ValueError:
        return text
    if not math.isfinite(value):
        raise InputError(
            f"{key.dotted}={text}",
            why="is no finite number",
            remedy="Write a number such as 20e6, 20M or 0.15.",
        )
    return int(value) if isinstance(key.kind, inspect.IntType) and value.is_integer() else value


def value_of(key: Key, inputs: Inputs) -> object:
    """What the inputs hold at this key; None where nobody gave it."""
    here: Any = inputs
    for step in key.path:
        if isinstance(step, int):
            here = here[step]
        else:
            encoded = {each.encode_name: each.name for each in _all_fields(type(here))}
            here = getattr(here, encoded[step])
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


def _all_fields(struct: Any) -> tuple[inspect.Field, ...]:
    kind = inspect.type_info(struct)
    return kind.fields if isinstance(kind, inspect.StructType) else ()


def _fields(struct: Any) -> dict[str, inspect.Type]:
    return {field.encode_name: field.type for field in _all_fields(struct)}


def _bare(kind: inspect.Type) -> inspect.Type:
    """The kind of value besides null."""
    options: Iterable[inspect.Type] = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return next(each for each in options if not isinstance(each, inspect.NoneType))
