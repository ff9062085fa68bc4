"""How are schedules, their steps and their runs shown?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.padding import Padding

from advisor.report.bench import show_bench
from advisor.report.console import facts_table, result_console
from advisor.report.language import ENGLISH, _, current, sentence
from advisor.report.text import duration, name, safe
from advisor.schedule.steps import Command, Delete, Step, Write

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.history.record import Run
    from advisor.schedule.document import LastRun, Scheduled, Schedules
    from advisor.schedule.job import Job

LABEL_CELLS = 6
LONGEST = 2000


def show_steps(steps: Sequence[Step]) -> None:
    """Prints every file and command in full, so that they can be copied."""
    console = result_console()
    for step in steps:
        if isinstance(step, Write):
            console.print(
                _("write {path}").format(path=safe(step.path)), style="bold", soft_wrap=True
            )
            _quote(console, step.content)
        elif isinstance(step, Delete):
            console.print(
                _("delete {path}").format(path=safe(step.path)), style="bold", soft_wrap=True
            )
        else:
            _show_command(console, step)


def show_installed(job: Job, platform: str, steps: Sequence[Step], hints: Sequence[str]) -> None:
    """Prints what was made, when it runs, and what to know besides."""
    console = result_console()
    console.print(
        _("Scheduled '{name}' with {platform}: {when}.").format(
            name=name(job.name), platform=platform, when=sentence(str(job.when))
        ),
        style="bold",
    )
    for step in steps:
        if isinstance(step, Write):
            told = _("wrote {path}").format(path=safe(step.path))
        elif isinstance(step, Command):
            told = _("ran {command}").format(command=safe(shlex.join(step.arguments)))
        else:
            continue
        console.print(f"  {told}", soft_wrap=True)
    (moment,) = job.when.next_runs(datetime.now().astimezone(), 1)
    _fact(console, _("next"), _day(moment.isoformat()))
    _fact(console, _("runs"), _options(job.options))
    for hint in hints:
        console.print(safe(sentence(hint)))


def show_schedules(document: Schedules) -> None:
    """Prints each schedule: when, next, what the last runs came to, with which options."""
    console = result_console()
    if not document.schedules:
        console.print(_("Nothing is scheduled. `advisor schedule install` measures every week."))
    for index, each in enumerate(document.schedules):
        if index:
            console.print()
        _show_schedule(console, each)


def show_performance(run: Run) -> None:
    """Prints what a scheduled run came to."""
    if run.bench is not None:
        show_bench(run.bench, record=_("the history as {id}").format(id=run.id))
    elif run.skip is not None:
        console = result_console()
        reasons = safe(_("; ").join(map(sentence, run.skip.reasons)), LONGEST)
        said = (
            _("Not measured: {reasons}. It waited {time}.")
            if run.skip.waited_s >= 1
            else _("Not measured: {reasons}.")
        )
        console.print(said.format(reasons=reasons, time=duration(run.skip.waited_s)))
        console.print(_("Kept as {id}.").format(id=name(run.id)))


def _show_schedule(console: Console, each: Scheduled) -> None:
    console.print(
        _("{name}: {when}, by {platform}").format(
            name=name(each.name), when=name(sentence(each.when)), platform=name(each.platform)
        ),
        style="bold",
    )
    if each.trouble is not None:
        _fact(console, _("NOT ON"), name(sentence(each.trouble), LONGEST), style="red")
    planned = _(", ").join(_day(at) for at in each.next_runs)
    if each.spread_s:
        planned = _("{times} (up to {time} later)").format(
            times=planned, time=duration(each.spread_s)
        )
    _fact(console, _("next"), planned)
    for index, run in enumerate(each.last_runs):
        _fact(console, "" if index else _("last"), _came_to(run), style=_style(run))
    if not each.last_runs:
        _fact(console, _("last"), _("never yet"))
    _fact(console, _("runs"), _options(each.options))


def _came_to(run: LastRun) -> str:
    at = _day(run.started_at)
    if run.skipped is not None:
        reason = name(sentence(run.skipped), LONGEST)
        told = _("skipped: {skipped}").format(skipped=reason)
        return f"{at}  {told}"
    said = (
        _("partly measured {model} on {server}, {run}")
        if run.partial
        else _("measured {model} on {server}, {run}")
    )
    told = said.format(
        model=name(run.model or "?", 28), server=name(run.server or "?", 12), run=name(run.id)
    )
    return f"{at}  {told}"


def _style(run: LastRun) -> str:
    return "yellow" if run.skipped is not None or run.partial else ""


def _options(options: Sequence[str]) -> str:
    return name(shlex.join(["advisor", "bench", *options]), LONGEST)


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at).astimezone()
    if current() == ENGLISH:
        return f"{moment:%a} {moment.day} {moment:%b %H:%M}"
    from advisor.report.week import DAYS

    return _("{month}/{day} ({weekday}) {time}").format(
        month=moment.month,
        day=moment.day,
        weekday=_(DAYS[moment.weekday()]),
        time=f"{moment:%H:%M}",
    )


def _fact(console: Console, label: str, text: str, style: str = "") -> None:
    table = facts_table([(label, text)], LABEL_CELLS)
    console.print(Padding(table, (0, 0, 0, 2)), style=style or None)


def _show_command(console: Console, step: Command) -> None:
    console.print(
        _("run {command}").format(command=safe(shlex.join(step.arguments))),
        style="bold",
        soft_wrap=True,
    )
    if step.stdin:
        _quote(console, step.stdin)


def _quote(console: Console, text: str) -> None:
    for line in text.splitlines():
        console.print(f"  {safe(line, LONGEST * 10)}", soft_wrap=True)
