"""Where does a command's output go? Results to stdout, progress and messages to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from advisor.documents import to_json

_ACTS = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control characters beyond ASCII's and marks of direction, which JSON may hold as they are."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def print_json(document: Any) -> None:
    """Prints exactly one JSON document on stdout; nothing in it can act on a terminal."""
    text = _ACTS.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(document).decode())
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def is_quiet() -> bool:
    """Whether `--quiet` was given."""
    context = click.get_current_context(silent=True)
    return bool(context and (context.find_object(dict) or {}).get("quiet"))


@contextmanager
def working(on: str) -> Iterator[None]:
    """Says on a terminal what is being done as long as the block lasts; nothing if `--quiet`."""
    if is_quiet():
        yield
        return
    from advisor.report.console import progress_console

    with progress_console().status(f"{on} …"):
        yield


def can_ask() -> bool:
    """Whether a person is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
