"""What does a bundle say that it holds? Its first line (`advisor.bundle/1`).

A bundle is a text of lines, compressed by gzip: this list of contents, the signature of exactly
that line if it `is_signed`, then one line for each entry in the order of the list. Each entry's
digest is of its line without the end. Nothing in a bundle is a path, and nothing is ever unpacked.
"""

from __future__ import annotations

from typing import Literal

import msgspec

NAMESPACE = "bundle@local-or-api"
"""What a signature is for (`ssh-keygen -Y sign -n`): one made for something else does not count."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a run's record (`advisor.run/1`), its samples (`advisor.samples/1`) or what people
    marked on it (`advisor.marks/1`). `run` is its id; a run's lines follow one another."""

    holds: Literal["run", "samples", "marks"]
    run: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of contents. `hostname` is where it was made, if that was to be told."""

    schema: Literal["advisor.bundle/1"] = "advisor.bundle/1"
    created_at: str
    advisor_version: str
    is_signed: bool
    hostname: str | None = None
    runs: int
    entries: tuple[Entry, ...]


class Marks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people marked on a run (`advisor.marks/1`)."""

    schema: Literal["advisor.marks/1"] = "advisor.marks/1"
    run: str
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An SSH signature of the first line, as `ssh-keygen -Y sign` writes it."""

    schema: Literal["advisor.signature/1"] = "advisor.signature/1"
    ssh: str
