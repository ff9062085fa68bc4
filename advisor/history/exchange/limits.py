"""How much of a stranger's file is looked at, and which numbers and texts in it are possible?

Everything that is read from a bundle passes through here before anything else sees it.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec

from advisor.documents import now
from advisor.errors import InputError
from advisor.history.headline import micros
from advisor.history.record import Run

MIB = 2**20
LARGEST_FILE = 1024 * MIB
LARGEST_MANIFEST = 4 * MIB
LARGEST_RUN = 4 * MIB
LARGEST_SAMPLES = 64 * MIB
LARGEST_EXPANDED = 2048 * MIB
MOST_ENTRIES = 10_000
DEEPEST = 32
LONGEST_TEXT = 4_000
MOST_TABLES, MOST_VALUES = 1_000_000, 4_000_000
"""In one JSON text, by its brackets and commas, those within texts among them."""
DAY_US = 86_400 * 1_000_000
"""So far may clocks and time zones be apart."""
LARGEST_WHOLE = 2**53
"""Whole numbers above this are not the same in every program that reads JSON."""

MAY_BE_NEGATIVE = frozenset(
    {
        *("ci95", "prefill_ci95", "decode_ci95", "change_ci95", "idle_band_w", "active_band_w"),
        *("difference", "change", "costs_j", "low_w"),
        *("temperature_c", "gpu_temperature_c", "cpu_temperature_c"),
        *("j_per_input_token_marginal", "j_per_output_token_marginal", "j_per_request_marginal"),
        *("usd_per_1000_requests_marginal", "settings"),
    }
)
"""Fields of a measurement that noise, cold or a server's habit may make negative; no other may be.
What advice says of money may be anything."""
MONEY = frozenset({"advice", "said"})


class BadBundleError(InputError):
    """A file that is not what it says it is, or asks for more than is given to strangers."""


def checked_json(content: bytes, what: str) -> Any:
    """The value in a JSON text in which every number, text and name is possible.

    Raises BadBundleError as `bounded_json`, and for other numbers and texts.
    """
    value = bounded_json(content, what)
    for path, found in _values(value, ()):
        _check(path, found, what)
    return value


def bounded_json(content: bytes, what: str) -> Any:
    """The value in a JSON text.

    Raises BadBundleError for what is no JSON, names a key twice, holds NaN or an infinity, is
    nested too deeply or has so many parts that they would fill the memory.
    """
    if content.count(b"[") + content.count(b"{") > MOST_TABLES or content.count(b",") > MOST_VALUES:
        raise BadBundleError(f"{what} has too many parts")
    try:
        value = json.loads(
            content,
            object_pairs_hook=lambda pairs: _object(pairs, what),
            parse_constant=lambda name: _no_number(name, what),
        )
    except RecursionError:
        raise BadBundleError(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise BadBundleError(f"{what} is no JSON", why=str(error)[:100]) from None
    for _ in _values(value, ()):
        pass
    return value


def checked_run(content: bytes, what: str) -> Run:
    """The run in a JSON text. Raises BadBundleError as `checked_json`, and for another shape."""
    checked_json(content, what)
    try:
        return msgspec.json.decode(content, type=Run)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBundleError(f"{what} is no run", why=str(error)[:200]) from None


def check_text(text: str, what: str, longest: int = LONGEST_TEXT) -> None:
    """Raises BadBundleError for a text that is too long or acts on a terminal."""
    if len(text) > longest:
        raise BadBundleError(f"{what} holds a text of {len(text):,} characters")
    for character in text:
        if character in "\n\t":
            continue
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            raise BadBundleError(f"{what} holds the control character U+{ord(character):04X}")


def check_not_ahead(started_at: str, what: str) -> None:
    """Raises BadBundleError for a time that is to come: it would be the newest for ever."""
    if micros(started_at) > micros(now()) + DAY_US:
        raise BadBundleError(f"{what} has not begun yet", why=f"it says {started_at}")


def _object(pairs: list[tuple[str, Any]], what: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadBundleError(f"{what} names a key twice")
    return found


def _no_number(name: str, what: str) -> Any:
    raise BadBundleError(f"{what} holds {name}, which is no number")


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with the names on the way to it, without recursion."""
    waiting: list[tuple[tuple[str, ...], int, Any]] = [(path, 0, [value])]
    while waiting:
        names, depth, found = waiting.pop()
        if depth > DEEPEST:
            raise BadBundleError("it is nested too deeply")
        pairs = found.items() if isinstance(found, dict) else ((None, each) for each in found)
        for key, each in pairs:
            below = names if key is None else (*names, key)
            if key is not None:
                yield names, key
            if isinstance(each, (dict, list)):
                waiting.append((below, depth + 1, each))
            else:
                yield below, each


def _check(path: tuple[str, ...], found: Any, what: str) -> None:
    if isinstance(found, str):
        check_text(found, what)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return
    where = ".".join(path)[:80]
    if not math.isfinite(found) or abs(found) > (LARGEST_WHOLE if isinstance(found, int) else 1e30):
        raise BadBundleError(f"{what} holds a number that is none", why=f"{where} is {found:.3g}")
    if found < 0 and not MAY_BE_NEGATIVE.union(MONEY).intersection(path):
        raise BadBundleError(f"{what} holds a negative {where}", why=f"it is {found:.6g}")
