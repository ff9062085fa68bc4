"""On what is it shown? One console for results, one for progress; one look for both.

Markup is off: a string is shown as it is (pass untrusted text through `advisor.report.text.safe`
all the same), and style comes from `rich.text.Text` or from columns. Styles repeat what words say.
With `--plain` both consoles print lines of words instead (`advisor.report.plain`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from advisor.report.wrapping import break_chinese_anywhere

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDEST = 100
_plain: ContextVar[bool] = ContextVar("plain", default=False)


def show_plainly(wanted: bool) -> None:
    """Shows everything from now on without drawing, as lines that a screen reader can read."""
    _plain.set(wanted)


def is_plain() -> bool:
    """Whether things are shown as lines of words alone."""
    return _plain.get()


def result_console() -> Console:
    """The console for results (stdout), at most 100 columns wide; 80 where there is no terminal."""
    return _console(to_stderr=False)


def progress_console() -> Console:
    """The console for progress and messages (stderr)."""
    return _console(to_stderr=True)


def redraws(console: Console) -> bool:
    """Whether a line may change where it stands: on a terminal that can, unless shown plainly."""
    return console.is_terminal and not console.is_dumb_terminal and not is_plain()


def _console(*, to_stderr: bool) -> Console:
    stream = sys.stderr if to_stderr else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    terminal_width = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 80
    width = int(columns) if columns.isdigit() and int(columns) > 0 else terminal_width
    width = min(width or 80, WIDEST)
    break_chinese_anywhere()
    if is_plain():
        from advisor.report.plain import PlainConsole

        return PlainConsole(to_stderr=to_stderr, width=width)
    from rich.console import Console

    return Console(
        stderr=to_stderr,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def facts_table(rows: Iterable[tuple[str, RenderableType]], label_cells: int = 0) -> Table:
    """Two columns without lines: what it is, what it was found to be.

    Labels take `label_cells` at least, so that tables under one another align.
    """
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=label_cells or None)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    return table


def bullets(lines: Iterable[str]) -> Table:
    """One line each, with what does not fit on it aligned under it."""
    return facts_table(("•", line) for line in lines)


def columns_table(*headers: str, right: Iterable[str] = ()) -> Table:
    """A table of aligned columns with one rule under the head; `right` names numeric columns."""
    from rich import box
    from rich.table import Table

    numeric = set(right)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for header in headers:
        table.add_column(header, justify="right" if header in numeric else "left", overflow="fold")
    return table


def mark(sign: str, words: str) -> str:
    """A sign that a legend explains, or its words where nothing is drawn."""
    return words if is_plain() else sign
