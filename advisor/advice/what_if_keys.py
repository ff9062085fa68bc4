"""How is one key of a scenario given another value?"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import inspect

from advisor.advice.key_names import Key, find_key
from advisor.advice.pricing import PriceLookup
from advisor.documents import Unknown
from advisor.errors import InputError

Tables = dict[str, Any]
"""The tables of a scenario, as TOML would give them."""

PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok")
SUFFIXES = {"%": 1e-2, "k": 1e3, "m": 1e6, "b": 1e9}
WORDS = {"true": True, "yes": True, "false": False, "no": False}


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
            raise InputError(
                key.dotted, why="is not in a table", remedy="See configs/scenario-full.toml."
            )
    if key.table == "api" and len(key.path) == 3 and key.field in PRICES:
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
