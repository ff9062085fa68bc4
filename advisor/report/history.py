"""How are the kept runs shown: in a list, one again, or those that are about to go?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.drawing import course
from advisor.report.language import _, ngettext, sentence
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.history.record import History, Origin, Run, RunSummary

MOST_SHOWN = 20
MOST_COURSES, LEAST_FOR_A_COURSE = 5, 3
"""Of models whose speed is drawn; of runs of one."""


def show_history(history: History, *, shown: int, place: str, filtered: bool) -> None:
    """Prints one line a run, newest first, `shown` of them at most."""
    console = result_console()
    if history.runs:
        console.print(_table(history.runs[:shown]))
        _show_courses(console, history.runs[:shown])
    elif filtered:
        console.print(_("No run is like that. `advisor history` lists all."))
    else:
        console.print(
            _("No runs yet in {place}. `advisor` makes the first.").format(place=safe(place))
        )
    if len(history.runs) > shown:
        console.print(
            _("Older ones: `advisor history --limit {shown}`.").format(shown=10 * shown),
            style="dim",
        )
    for path in history.unreadable:
        console.print(
            _("Not readable, left alone: {path}").format(path=name(path, 200)), style="yellow"
        )


def _show_courses(console: Console, runs: Sequence[RunSummary]) -> None:
    """How the speed of a model went on one machine and server, where it was measured often."""
    speeds: dict[tuple[str, str, str], list[float]] = {}
    for run in reversed(runs):
        if run.decode_tok_per_s is not None and run.model is not None:
            key = (run.machine or "", run.server or "", run.model)
            speeds.setdefault(key, []).append(run.decode_tok_per_s)
    rows = [
        (name(model, 28), course(values))
        for (_machine, _server, model), values in speeds.items()
        if len(values) >= LEAST_FOR_A_COURSE
    ]
    if rows:
        console.print(_("Speed over time, oldest first, tok/s:"), style="dim")
        console.print(facts_table(rows[:MOST_COURSES]))


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
        console.print(
            _("Skipped: {reasons}").format(
                reasons=safe(_("; ").join(map(sentence, run.skip.reasons)))
            ),
            style="yellow",
        )
    elif run.machine is not None:
        show_machine(run.machine)
    _marks(console, tags, notes)


def show_prunable(runs: Sequence[RunSummary], *, policy: str) -> None:
    """Prints which runs would be deleted, and by which rule."""
    console = result_console()
    if not runs:
        console.print(
            _("No run is {policy} and without a tag or note: nothing to delete.").format(
                policy=sentence(policy)
            )
        )
        return
    console.print(_table(runs[:MOST_SHOWN]))
    if len(runs) > MOST_SHOWN:
        console.print(
            _("… and {count} more, newer ones.").format(count=f"{len(runs) - MOST_SHOWN:,}")
        )
    said = ngettext(
        "1 run is {policy}, without a tag or note.",
        "{count} runs are {policy}, without a tag or note.",
        len(runs),
    )
    console.print(said.format(count=f"{len(runs):,}", policy=sentence(policy)))


def _table(runs: Sequence[RunSummary]) -> Table:
    table = columns_table(
        _("run"), _("started"), _("server"), _("model"), "tok/s", right=("tok/s",)
    )
    for column in table.columns[:2]:
        column.no_wrap = True
    for run in runs:
        table.add_row(
            name(run.id),
            name(run.started_at[:10]),
            name(run.server or "–", 9),
            "\n".join([*_model(run), *_remarks(run)]) or "–",
            "–" if run.decode_tok_per_s is None else number(run.decode_tok_per_s),
        )
    return table


def _model(run: RunSummary) -> list[str]:
    return [] if run.model is None else [name(run.model, 28)]


def _remarks(run: RunSummary) -> list[str]:
    """What is marked on a run, in a line under its model."""
    parts = (
        [_("skipped: {skipped}").format(skipped=name(sentence(run.skipped), 70))]
        if run.skipped is not None
        else []
    )
    parts += [_("partial")] if run.partial else []
    if run.origin is not None:
        parts.append(
            _("imported")
            if run.kind != "imported"
            else _("by {tool}").format(tool=name(run.workload or _("others"), 20))
        )
    parts += [name(tag, 20) for tag in run.tags]
    if run.notes:
        parts.append(
            ngettext("{count} note", "{count} notes", len(run.notes)).format(count=len(run.notes))
        )
    return [f"({_(', ').join(parts)})"] if parts else []


def _marks(console: Console, tags: Sequence[str], notes: Sequence[str]) -> None:
    if tags:
        console.print(_("Tags: {listed}").format(listed=_(", ").join(name(tag) for tag in tags)))
    for note in notes:
        console.print(_("Note: {note}").format(note=safe(note)))
