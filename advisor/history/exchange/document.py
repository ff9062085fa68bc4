"""What do `advisor export` and `advisor import` say of what they did?"""

from __future__ import annotations

from typing import Literal

import msgspec


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What went into a bundle, or would (`advisor.exported/1`).

    `file` is null if nothing was written. `texts` are the different texts of each field that
    leaves, `others` the fields that hold numbers, flags and fixed words; `left_out` are fields that
    held something and stay; `missing` was asked for and could not go along.
    """

    schema: Literal["advisor.exported/1"] = "advisor.exported/1"
    file: str | None
    sha256: str | None
    signed_with: str | None
    runs: tuple[str, ...]
    kept: tuple[str, ...]
    texts: dict[str, list[str]]
    others: dict[str, list[str]]
    left_out: tuple[str, ...]
    missing: tuple[str, ...]


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a shared folder, and which runs were there already (`advisor.pushed/1`)."""

    schema: Literal["advisor.pushed/1"] = "advisor.pushed/1"
    folder: str
    written: tuple[str, ...]
    there: tuple[str, ...]


class ImportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file: runs that were new, that were there already, that were refused with
    the reason. With an `error` nothing of it was stored.

    `signature` says whether it was signed, and by whom as far as that is known.
    """

    file: str
    sha256: str | None = None
    tool: str | None = None
    signature: Literal["known signer", "unknown signer", "not checked", "unsigned"] = "unsigned"
    signer: str | None = None
    key: str | None = None
    new: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    refused: dict[str, str] = {}
    error: str | None = None


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of every file (`advisor.imported/1`).

    `left_alone` counts the files of folders that were not read, because the run that they are named
    after is here already.
    """

    schema: Literal["advisor.imported/1"] = "advisor.imported/1"
    files: tuple[ImportedFile, ...]
    left_alone: int = 0
