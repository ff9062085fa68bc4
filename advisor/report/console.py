"""On what is it shown? One console for results, one for progress; one look for both.

Markup is off: a string is shown as it is (pass untrusted text through `advisor.report.text.safe`
all the same), and style comes from `rich.text.Text` or from columns.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDEST = 100


def result_console() -> Console:
    """The console for results (stdout), at most 100 columns wide; 80 where there is no terminal."""
    return _console(to_stderr=False)


def progress_console() -> Console:
    """The console for progress and messages (stderr)."""
    return _console(to_stderr=True)


def _console(*, to_stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    terminal_width = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 80
    width = int(columns) if columns.isdigit() and int(columns) > 0 else terminal_width
    return Console(
        stderr=to_stderr,
        width=min(width or 80, WIDEST),
        highlight=False,
        markup=False,
        emoji=False,
    )


def facts_table(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Two columns without lines: what it is, what it was found to be."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    return table


def columns_table(*headers: str, right: Iterable[str] = ()) -> Table:
    """A table of aligned columns with one rule under the head; `right` names numeric columns."""
    from rich import box
    from rich.table import Table

    numeric = set(right)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for header in headers:
        table.add_column(header, justify="right" if header in numeric else "left", overflow="fold")
    return table
