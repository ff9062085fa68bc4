"""Which formats are there, and how is one put on disk? Whole, and over nothing unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from advisor.errors import AdvisorError, InputError
from advisor.history.exports.loads import Recorded
from advisor.history.exports.requests_csv import requests_csv
from advisor.history.exports.vllm import vllm

FILES: dict[str, Callable[[Recorded], bytes]] = {"csv": requests_csv, "vllm": vllm}
"""Formats of one file: name -> its content."""


def write_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Writes a file that a reader sees whole or not at all.

    Raises InputError if there is one already and it is not to be replaced, AdvisorError if it
    cannot be written.
    """
    if path.exists() and not replace:
        raise InputError(f"{path} exists already", remedy="Give --force to replace it.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise AdvisorError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Name a file in a folder that exists and can be written.",
        ) from None
