"""Where does a command's output go? Results to stdout, progress and messages to stderr."""

from __future__ import annotations

import sys
from typing import Any

import click

from advisor.documents import to_json

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def print_json(document: Any) -> None:
    """Prints exactly one JSON document on stdout."""
    sys.stdout.buffer.write(to_json(document))
    sys.stdout.buffer.flush()


def is_quiet() -> bool:
    """Whether `--quiet` was given."""
    context = click.get_current_context(silent=True)
    return bool(context and (context.find_object(dict) or {}).get("quiet"))


def can_ask() -> bool:
    """Whether a person is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
