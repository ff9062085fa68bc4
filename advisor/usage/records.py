"""What do these files, folders and addresses tell of use? From where they are to the document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from advisor.errors import InputError
from advisor.usage.document import Usage
from advisor.usage.read import Reading, read_all
from advisor.usage.sources.own import take_kept
from advisor.usage.summary import summarize
from advisor.usage.trend import UNSTABLE_ABOVE


def read_usage(targets: Sequence[str], time_zone: str = "UTC") -> Usage:
    """The records at `targets`, by the calendar of a time zone. Raises InputError where nothing
    can be read or the zone does not exist."""
    reading = Reading()
    read_all(targets, reading)
    return document_of(reading, time_zone)


def add_kept(path: Path, reading: Reading) -> None:
    """Reads what an earlier import kept at `path`, to which this one adds.

    Raises InputError where something of it would be lost when the file is written anew.
    """
    remedy = "Name another file with --out; this one was left as it is."
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Usage)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it holds something else, or was cut off"
        raise InputError(
            f"{path} is not what an import keeps with --out", why=why, remedy=remedy
        ) from error
    if undated := [each.source for each in kept.sources if each.first_day is None]:
        raise InputError(
            f"nothing can be added to {path}",
            why=f"it holds totals without times, of {', '.join(undated)}",
            remedy=remedy,
        )
    try:
        take_kept(kept, reading.ledger)
    except ValueError as error:
        raise InputError(
            f"nothing can be added to {path}", why=str(error), remedy=remedy
        ) from error


def document_of(reading: Reading, time_zone: str, unstable_above: float = UNSTABLE_ABOVE) -> Usage:
    """What was read, by the calendar of a time zone. Raises InputError for an unknown one."""
    try:
        zone = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"there is no time zone '{time_zone}'", remedy="Write it like Europe/Berlin."
        ) from error
    return summarize(
        reading.ledger,
        zone,
        time_zone,
        unstable_above=unstable_above,
        problems=reading.problems,
        bad_lines=reading.bad_lines,
        without_usage=reading.without_usage,
        notes=reading.notes,
    )
