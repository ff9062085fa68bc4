"""How does a value become a JSON document that others may rely on, and back?

Every document is a frozen `msgspec.Struct` whose `schema` field holds `advisor.NAME/VERSION`.
A value that could not be had is `None` in its place, with the reason under `unknown`
(path -> reason).
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from advisor.errors import InputError

T = TypeVar("T")

LARGEST_TOML_BYTES = 1_000_000
_DEEPEST = 32
_TOO_DEEP = "it is nested too deeply"
_STEP = re.compile(r"[^\s.][ \t]*\.")
_AROUND_KEYS = re.compile(r"[=,{}\[\]\n]")
PLAIN_WORDS = {
    "float": "a number",
    "float | null": "a number",
    "int": "a whole number",
    "int | null": "a whole number",
    "bool": "true or false",
    "str": "text in quotes",
    "str | null": "text in quotes",
    "array": "a list",
    "object": "a table",
    "int | object": "a whole number or a table",
    "null": "nothing",
}
"""What a kind of value is called in a file that a person writes."""


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


def new_id() -> str:
    """A name for a record that sorts by time and is like no other: 20261125T030412Z-1f2e3d."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def to_json(document: Any) -> bytes:
    """One JSON document, indented, UTF-8, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def know_types() -> None:
    """Derives now what msgspec else derives from a Struct when it is first read or written.

    To be called before threads share types: two that first use the same one at the same moment
    crash the interpreter (msgspec 0.22 sees a type that is half known as known).
    """
    found: list[type[msgspec.Struct]] = [msgspec.Struct]
    for kind in found:
        found += [each for each in kind.__subclasses__() if each not in found]
        msgspec.json.Decoder(kind)


def read_toml(path: Path, *, remedy: str) -> dict[str, Any]:
    """The tables of a user's TOML file, not yet checked. Raises InputError with that remedy."""
    try:
        if path.is_dir():
            raise InputError(str(path), why="is a folder", remedy="Name a TOML file in it.")
        with path.open("rb") as file:
            content = file.read(LARGEST_TOML_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(str(path), why="there is no such file", remedy=remedy) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(str(path), why=f"cannot be read ({reason})") from error
    if len(content) > LARGEST_TOML_BYTES:
        raise InputError(str(path), why="is over 1 MB, which no such file needs")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), why=f"is not UTF-8 (byte {error.start})", remedy="Save it as UTF-8."
        ) from error
    return parse_toml(text, origin=str(path), remedy=remedy)


def parse_toml(text: str, *, origin: str, remedy: str = "") -> dict[str, Any]:
    """The tables in a text; a date or time counts as its text. Raises InputError that names the
    origin."""
    try:
        _require_short_keys(text)
        tables: dict[str, Any] = tomllib.loads(text)
        _require_ordinary(tables, _DEEPEST)
        return msgspec.to_builtins(tables)  # type: ignore[no-any-return]
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else _TOO_DEEP
        raise InputError(origin, why=f"is not TOML: {why[:200]}", remedy=remedy) from error


def _require_short_keys(text: str) -> None:
    """Raises ValueError for a key of very many parts, which costs tomllib their square in time and
    memory: 28 s and 9.5 GB for 100 KB."""
    if any(len(_STEP.findall(each)) > 2 * _DEEPEST for each in _AROUND_KEYS.split(text)):
        raise ValueError(_TOO_DEEP)


def _require_ordinary(value: object, levels: int) -> None:
    """Raises ValueError for tables in more levels, or integers of more bits, than TOML promises."""
    if levels < 0:
        raise ValueError(_TOO_DEEP)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError("an integer in it has more than 64 bits")
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _require_ordinary(each, levels - 1)


def in_plain_words(error: Exception) -> tuple[str, str]:
    """Where a value is that does not fit (`api[0].name`, nothing for the whole), and why."""
    message, _, where = str(error).partition(" - at `$")
    why = re.sub(r"`([^`]*)`", lambda found: PLAIN_WORDS.get(found[1], found[1]), message)
    why = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):g}", why)
    begins = why[:1] if why[1:2].isupper() else why[:1].lower()
    return where.strip(".`"), begins + why[1:]


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Writes beside the target, flushes to disk, then renames: a reader sees all or nothing.

    Only this user can read it, unless `mode` lets others.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
