"""How are schedules, their steps and their runs shown?"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from advisor.report.bench import show_bench
from advisor.report.console import result_console
from advisor.report.text import duration, name, safe
from advisor.schedule.steps import Command, Delete, Step, Write

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.history.record import Run
    from advisor.schedule.document import LastRun, Scheduled, Schedules
    from advisor.schedule.job import Job

LABEL_COLUMNS = 7
LONGEST = 2000


def show_steps(steps: Sequence[Step]) -> None:
    """Prints every file and command in full, so that they can be copied."""
    console = result_console()
    for step in steps:
        if isinstance(step, Write):
            console.print(f"write {safe(step.path)}", style="bold", soft_wrap=True)
            _quote(console, step.content)
        elif isinstance(step, Delete):
            console.print(f"delete {safe(step.path)}", style="bold", soft_wrap=True)
        else:
            _show_command(console, step)


def show_installed(job: Job, platform: str, steps: Sequence[Step], hints: Sequence[str]) -> None:
    """Prints what was made, when it runs, and what to know besides."""
    console = result_console()
    console.print(f"Scheduled '{job.name}' with {platform}: {job.when}.", style="bold")
    for step in steps:
        if isinstance(step, Write):
            console.print(f"  wrote {safe(step.path)}", soft_wrap=True)
        elif isinstance(step, Command):
            console.print(f"  ran   {safe(shlex.join(step.arguments))}", soft_wrap=True)
    (moment,) = job.when.next_runs(datetime.now().astimezone(), 1)
    _fact(console, "next", _day(moment.isoformat()))
    _fact(console, "runs", _options(job.options))
    for hint in hints:
        console.print(textwrap.fill(safe(hint), console.width), soft_wrap=True)


def show_schedules(document: Schedules) -> None:
    """Prints each schedule: when, next, what the last runs came to, with which options."""
    console = result_console()
    if not document.schedules:
        console.print("Nothing is scheduled. `advisor schedule install` measures every week.")
    for index, each in enumerate(document.schedules):
        if index:
            console.print()
        _show_schedule(console, each)


def show_performance(run: Run) -> None:
    """Prints what a scheduled run came to."""
    if run.bench is not None:
        show_bench(run.bench, record=f"the history as {run.id}")
    elif run.skip is not None:
        console = result_console()
        reasons = safe("; ".join(run.skip.reasons), LONGEST)
        waited = f" It waited {duration(run.skip.waited_s)}." if run.skip.waited_s >= 1 else ""
        console.print(textwrap.fill(f"Not measured: {reasons}.{waited}", console.width))
        console.print(f"Kept as {name(run.id)}.")


def _show_schedule(console: Console, each: Scheduled) -> None:
    console.print(f"{name(each.name)}: {name(each.when)}, by {name(each.platform)}", style="bold")
    if each.trouble is not None:
        _fact(console, "NOT ON", name(each.trouble, LONGEST), style="red")
    later = f" (up to {duration(each.spread_s)} later)" if each.spread_s else ""
    _fact(console, "next", ", ".join(_day(at) for at in each.next_runs) + later)
    for index, run in enumerate(each.last_runs):
        _fact(console, "" if index else "last", _came_to(run), style=_style(run))
    if not each.last_runs:
        _fact(console, "last", "never yet")
    _fact(console, "runs", _options(each.options))


def _came_to(run: LastRun) -> str:
    at = _day(run.started_at)
    if run.skipped is not None:
        return f"{at}  skipped: {name(run.skipped, LONGEST)}"
    what = f"{name(run.model or '?', 28)} on {name(run.server or '?', 12)}"
    return f"{at}  {'partly measured' if run.partial else 'measured'} {what}, {name(run.id)}"


def _style(run: LastRun) -> str:
    return "yellow" if run.skipped is not None or run.partial else ""


def _options(options: Sequence[str]) -> str:
    return name(shlex.join(["advisor", "bench", *options]), LONGEST)


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at).astimezone()
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def _fact(console: Console, label: str, text: str, style: str = "") -> None:
    lines = textwrap.wrap(text, max(20, console.width - LABEL_COLUMNS - 2)) or [""]
    for index, line in enumerate(lines):
        shown = label if index == 0 else ""
        console.print(f"  {shown:<{LABEL_COLUMNS}}{line}", style=style or None, soft_wrap=True)


def _show_command(console: Console, step: Command) -> None:
    console.print(f"run {safe(shlex.join(step.arguments))}", style="bold", soft_wrap=True)
    if step.stdin:
        _quote(console, step.stdin)


def _quote(console: Console, text: str) -> None:
    for line in text.splitlines():
        console.print(f"  {safe(line, LONGEST * 10)}", soft_wrap=True)
