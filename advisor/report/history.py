"""How are the kept runs shown: in a list, one again, or those that are about to go?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.history.record import History, Origin, Run, RunSummary

MOST_SHOWN = 20


def show_history(history: History, *, shown: int, place: str, filtered: bool) -> None:
    """Prints one line a run, newest first, `shown` of them at most."""
    console = result_console()
    if history.runs:
        console.print(_table(history.runs[:shown]))
    elif filtered:
        console.print("No run is like that. `advisor history` lists all.")
    else:
        console.print(f"No runs yet in {safe(place)}. `advisor` makes the first.")
    if len(history.runs) > shown:
        console.print(f"Older ones: `advisor history --limit {10 * shown}`.", style="dim")
    for path in history.unreadable:
        console.print(f"Not readable, left alone: {name(path, 200)}", style="yellow")


def show_again(
    run: Run, tags: Sequence[str], notes: Sequence[str], origin: Origin | None = None
) -> None:
    """Prints a run as it was shown when it had ended, and what was marked on it since.

    One that was imported says so, and another tool's shows that tool's numbers.
    """
    from advisor.report.bench import show_bench
    from advisor.report.exchange import origin_line, show_told
    from advisor.report.machine import show_machine
    from advisor.report.run import show_run

    again = f"advisor history show {run.id} --json"
    console = result_console()
    console.print(f"{name(run.id)}, {name(run.started_at)}", style="dim")
    if origin is not None:
        console.print(origin_line(origin), style="yellow")
    if run.source is not None:
        show_told(run)
    elif run.bench is not None and run.advice is not None:
        show_run(run, (), record=again)
    elif run.bench is not None:
        show_bench(run.bench, record=again)
    elif run.skip is not None:
        console.print(f"Skipped: {safe('; '.join(run.skip.reasons))}", style="yellow")
    elif run.machine is not None:
        show_machine(run.machine)
    _marks(console, tags, notes)


def show_prunable(runs: Sequence[RunSummary], *, policy: str) -> None:
    """Prints which runs would be deleted, and by which rule."""
    console = result_console()
    if not runs:
        console.print(f"No run is {policy} and without a tag or note: nothing to delete.")
        return
    console.print(_table(runs[:MOST_SHOWN]))
    if len(runs) > MOST_SHOWN:
        console.print(f"… and {len(runs) - MOST_SHOWN:,} more, newer ones.")
    plural = "s are" if len(runs) != 1 else " is"
    console.print(f"{len(runs):,} run{plural} {policy}, without a tag or note.")


def _table(runs: Sequence[RunSummary]) -> Table:
    table = columns_table("run", "started", "server", "model", "tok/s", right=("tok/s",))
    for column in table.columns[:2]:
        column.no_wrap = True
    for run in runs:
        table.add_row(
            name(run.id),
            name(run.started_at[:10]),
            name(run.server or "–", 9),
            "\n".join([name(run.model or "–", 28), *_remarks(run)]),
            "–" if run.decode_tok_per_s is None else number(run.decode_tok_per_s),
        )
    return table


def _remarks(run: RunSummary) -> list[str]:
    """What is marked on a run, in a line under its model."""
    parts = [f"skipped: {name(run.skipped, 70)}"] if run.skipped is not None else []
    parts += ["partial"] if run.partial else []
    if run.origin is not None:
        parts.append(
            "imported" if run.kind != "imported" else f"by {name(run.workload or 'others', 20)}"
        )
    parts += [name(tag, 20) for tag in run.tags]
    if run.notes:
        parts.append("1 note" if len(run.notes) == 1 else f"{len(run.notes)} notes")
    return [f"({', '.join(parts)})"] if parts else []


def _marks(console: Console, tags: Sequence[str], notes: Sequence[str]) -> None:
    if tags:
        console.print(f"Tags: {', '.join(name(tag) for tag in tags)}")
    for note in notes:
        console.print(f"Note: {safe(note)}")
