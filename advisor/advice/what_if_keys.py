"""How is one key of a scenario named, and given another value?"""

from __future__ import annotations

import copy
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import inspect

from advisor.advice.inputs import Inputs
from advisor.advice.pricing import PriceLookup
from advisor.advice.scenario import known_keys
from advisor.documents import Unknown
from advisor.errors import InputError

Tables = dict[str, Any]
"""The tables of a scenario, as TOML would give them."""

PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok")
SUFFIXES = {"%": 1e-2, "k": 1e3, "m": 1e6, "b": 1e9}
WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Key:
    """A key that exists: its table, the name of the entry where the table is a list, its field."""

    dotted: str
    table: str
    entry: str | None
    field: str
    kind: inspect.Type


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
    if key.entry is None:
        entry = tables.setdefault(key.table, {})
    else:
        entry = next(each for each in tables[key.table] if each.get("name") == key.entry)
    if not isinstance(entry, dict):
        raise InputError(key.table, why="is no table", remedy="See configs/scenario-full.toml.")
    if key.table == "api" and key.field in PRICES:
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
    """The key called `dotted`, such as `box.price_usd` or `api.GPT-4.input_usd_per_mtok`.

    Raises InputError with the nearest known key, or the nearest name of a list's entry.
    """
    table, _, rest = dotted.partition(".")
    kind = _fields(Inputs).get(table)
    if isinstance(kind, inspect.StructType) and rest in _fields(kind.cls):
        return _settable(Key(dotted, table, None, rest, _bare(_fields(kind.cls)[rest])))
    if isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType):
        entry, _, field = rest.rpartition(".")
        fields = _fields(kind.item_type.cls)
        if field in fields and "name" in fields and entry:
            names = [str(each.get("name")) for each in _entries(tables, table)]
            if entry not in names:
                raise _unknown(f"{table} '{entry}'", [f"{table}.{each}.{field}" for each in names])
            return _settable(Key(dotted, table, entry, field, _bare(fields[field])))
    raise _unknown(f"key '{dotted}'", _all_keys(tables), dotted)


def _entries(tables: Mapping[str, Any], table: str) -> list[Mapping[str, Any]]:
    found = tables.get(table, ())
    entries = found if isinstance(found, list | tuple) else ()
    return [each for each in entries if isinstance(each, Mapping)]


def _settable(key: Key) -> Key:
    if isinstance(key.kind, inspect.VarTupleType) and isinstance(
        key.kind.item_type, inspect.StructType
    ):
        raise InputError(
            key.dotted, why="is a list of tables", remedy="Change it in the scenario file."
        )
    return key


def _unknown(what: str, known: Sequence[str], near: str = "") -> InputError:
    found = difflib.get_close_matches(near or what, known, n=1, cutoff=0.0)
    if near:
        field = near.rsplit(".", 1)[-1]
        found = [each for each in known if each.rsplit(".", 1)[-1] == field][:1] or found
    return InputError(
        f"unknown {what}", remedy=f"Did you mean '{found[0]}'?" if found else "None is listed."
    )


def _all_keys(tables: Mapping[str, Any]) -> list[str]:
    """Every settable key, with the names of the entries that `tables` list."""
    keys = []
    for dotted in known_keys():
        table, _, field = dotted.partition(".")
        kind = _fields(Inputs)[table]
        if isinstance(kind, inspect.StructType):
            keys.append(dotted)
        elif "." not in field:
            keys += [f"{table}.{each.get('name')}.{field}" for each in _entries(tables, table)]
    return keys


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
    table = getattr(inputs, key.table)
    if key.entry is not None:
        table = next(each for each in table if each.name == key.entry)
    encoded = {each.encode_name: each.name for each in _all_fields(type(table))}
    return getattr(table, encoded[key.field])


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
