"""Which formats are there, and how is one put on disk? Whole, and over nothing unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from advisor.errors import AdvisorError, InputError
from advisor.history.exports.aiperf import aiperf
from advisor.history.exports.guidellm import guidellm
from advisor.history.exports.loads import Recorded
from advisor.history.exports.requests_csv import requests_csv
from advisor.history.exports.vllm import vllm_files, vllm_lines

FILES: dict[str, Callable[[Recorded], bytes]] = {
    "csv": requests_csv,
    "vllm": vllm_lines,
    "guidellm": guidellm,
}
"""Formats that fit into one file or stream: name -> its content."""

FOLDERS: dict[str, Callable[[Recorded], dict[PurePosixPath, bytes]]] = {
    "vllm": vllm_files,
    "aiperf": aiperf,
}
"""Formats of several files: name -> the content of each path in a folder."""


def write_folder(folder: Path, files: dict[PurePosixPath, bytes], *, replace: bool) -> None:
    """Writes the files into a folder, which is made if need be. Other files in it stay.

    Raises InputError before anything is written if one is there already and is not to be replaced,
    AdvisorError if one cannot be written.
    """
    paths = {folder / path: content for path, content in files.items()}
    if not replace:
        for path in paths:
            _refuse(path)
    for path, content in paths.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path.parent, error) from None
        write_file(path, content, replace=replace)


def write_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Writes a file that a reader sees whole or not at all.

    Raises InputError if there is one already and it is not to be replaced, AdvisorError if it
    cannot be written.
    """
    if not replace:
        _refuse(path)
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
        raise _unwritable(path, error) from None


def _refuse(path: Path) -> None:
    if path.exists():
        raise InputError(f"{path} exists already", remedy="Give --force to replace it.")


def _unwritable(path: Path, error: OSError) -> AdvisorError:
    return AdvisorError(
        f"cannot write {path}",
        why=error.strerror or str(error),
        remedy="Name a place that exists and can be written.",
    )
