"""What is in a file that is said to hold a record? Its bytes, if it can be one."""

from __future__ import annotations

from pathlib import Path

from advisor.errors import InputError

LARGEST_FILE = 64 * 2**20


def record_content(path: Path, *, remedy: str) -> bytes:
    """The content of a file. Raises InputError, with that remedy where it is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}", why=error.strerror or str(error)) from None
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path} is over {LARGEST_FILE >> 20} MiB", remedy=remedy)
    return content
