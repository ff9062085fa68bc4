"""A record in which every field holds something, and every text is one that may be chosen."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from advisor.history.record import Run


def filled(kind: type, text_of: Callable[[str, str], str], *, of: str = "", name: str = "") -> Any:
    """A value of this type with nothing left out: numbers are 1, texts `text_of(structure,
    field)`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(
            **{
                field.name: filled(field.type, text_of, of=kind.__name__, name=field.name)
                for field in msgspec.structs.fields(kind)
            }
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        known = [each for each in arguments if each is not types.NoneType]
        known.sort(key=lambda each: each is not str)
        return filled(known[0], text_of, of=of, name=name)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        kinds = arguments[:1] if arguments[-1] is Ellipsis else arguments
        return tuple(filled(each, text_of, of=of, name=name) for each in kinds)
    if origin is Annotated:
        return filled(arguments[0], text_of, of=of, name=name)
    if origin in (dict, list):
        inside = [filled(each, text_of, of=of, name=name) for each in arguments]
        return {inside[0]: inside[1]} if origin is dict else inside
    return {str: text_of(of, name), int: 1, float: 1.0, bool: True, Any: text_of(of, name)}[kind]


def whole_run(text_of: Callable[[str, str], str]) -> Run:
    """The whole record of a run."""
    run: Run = filled(Run, text_of)
    return run


def texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, names in tables among them, with `Structure.field`."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name), f"{type(value).__name__}.{name}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts(key, field)
            yield from texts(each, field)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from texts(each, field)
    elif isinstance(value, str):
        yield field, value


def structures(kind: Any = Run) -> dict[str, type[msgspec.Struct]]:
    """Every structure that a record is made of, by name; of advice only its own name."""
    found: dict[str, type[msgspec.Struct]] = {}
    waiting: list[Any] = [kind]
    while waiting:
        each = waiting.pop()
        waiting.extend(get_args(each))
        if not isinstance(each, type) or not issubclass(each, msgspec.Struct):
            continue
        if each.__name__ not in found and each.__name__ != "Advice":
            found[each.__name__] = each
            waiting.extend(field.type for field in msgspec.structs.fields(each))
    return found
