"""How is the list of runs shown?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.text import name

if TYPE_CHECKING:
    from advisor.history.record import History, RunSummary


def show_history(history: History, folder: Path) -> None:
    """Prints one line a run, newest first."""
    console = result_console()
    if not history.runs:
        console.print(f"No runs yet in {folder}. `advisor` makes the first.")
    else:
        table = columns_table("run", "started", "server", "model", "")
        for run in history.runs:
            table.add_row(
                name(run.id),
                name(run.started_at[:16].replace("T", " ")),
                name(run.server or "–", 12),
                name(run.model or "–", 28),
                _remark(run),
            )
        console.print(table)
    for path in history.unreadable:
        console.print(f"Not readable, left alone: {name(path, 200)}", style="yellow")


def _remark(run: RunSummary) -> str:
    if run.skipped is not None:
        return f"skipped: {name(run.skipped, 70)}"
    return "partial" if run.partial else ""
