"""How does a value become a JSON document that others may rely on, and back?

Every document is a frozen `msgspec.Struct` whose `schema` field holds `advisor.NAME/VERSION`.
A value that could not be had is `None` in its place, with the reason under `unknown`
(path -> reason).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be had, and why."""

    reason: str


class Unknowns:
    """Collects the reasons of unknown values while a document is being built."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def settle(self, path: str, value: T | Unknown) -> T | None:
        """`value` itself, or None after noting under `path` why it is unknown."""
        if isinstance(value, Unknown):
            self.reasons[path] = value.reason
            return None
        return value


def now() -> str:
    """The current time as ISO 8601 with its time zone, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def to_json(document: Any) -> bytes:
    """One JSON document, indented, UTF-8, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
