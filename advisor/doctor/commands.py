"""Which command does this, on this system? From commands.toml, with the source of each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from advisor.documents import parse_toml


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command, what it does, on which systems or distributions, and who says so."""

    does: str
    on: tuple[str, ...]
    command: str
    source: str
    as_of: str


class _Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    command: tuple[Command, ...]


@cache
def commands() -> tuple[Command, ...]:
    """All commands that are known."""
    text = files("advisor.doctor").joinpath("commands.toml").read_text("utf-8")
    return msgspec.convert(parse_toml(text, origin="commands.toml"), _Book).command


def command_to(does: str, *on: str, **names: str | int) -> str | None:
    """The command that does this on the first of `on` for which one is known, else None."""
    for place in on:
        for each in commands():
            if each.does == does and place in each.on:
                return each.command.format(**names) if names else each.command
    return None
