"""Which history does this command use, and what is said when it is opened?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from advisor.cli.output import is_quiet
from advisor.report.language import _, sentence

if TYPE_CHECKING:
    from advisor.history.record import Run
    from advisor.history.store import RunStore

SCARCE_BYTES = 64 * 2**20
"""With less room than this a run may not be kept."""


def the_store(say: Callable[[str], None] | None = None) -> RunStore:
    """The history that options, environment or settings name. `say` tells of what was taken in;
    without it, lines on standard error."""
    from advisor.history.store import RunStore

    context = click.get_current_context(silent=True)
    url = (context.find_object(dict) or {}).get("store_url") if context else None
    told = say or _say
    return RunStore(url=url, say=lambda line: told(sentence(line)))


def store_for_a_run(say: Callable[[str], None]) -> RunStore:
    """The same, opened before anything is measured, so that what cannot be kept is known first.

    A team's database that does not answer is only told of: the run waits in its journal then.
    Raises AdvisorError for a history that this program cannot write.
    """
    import shutil

    from advisor.history.store import UnreachableError

    store = the_store(say)
    try:
        store.open()
    except UnreachableError as error:
        waits = _("{error} The run waits in {folder} until then.")
        say(waits.format(error=sentence(str(error)), folder=store.place.folder))
    folder = store.place.folder
    if folder.is_dir() and (free := shutil.disk_usage(folder).free) < SCARCE_BYTES:
        scarce = _("Only {free} MiB are free for the history in {folder}.")
        say(scarce.format(free=free // 2**20, folder=folder))
    return store


def tell_news(
    store: RunStore, run: Run, say: Callable[[str], None], addresses: Sequence[str]
) -> None:
    """Says what became known with this run, here and at the addresses: a change of speed or energy,
    another payback."""
    from advisor.history.drift.watch import news_of
    from advisor.report.drift import drift_lines
    from advisor.web.notify import Notice, notify

    if run.partial:
        return
    lines = tuple(drift_lines(news_of(store, run)))
    for line in lines:
        say(line)
    if lines and addresses:
        for problem in notify(Notice(run=run.id, machine=run.machine_id, lines=lines), addresses):
            say(sentence(problem))


def shown_by(run_id: str) -> str:
    """What shows this run again."""
    return f"advisor history show {run_id}"


def _say(line: str) -> None:
    if not is_quiet():
        from advisor.report.console import progress_console
        from advisor.report.text import safe

        progress_console().print(safe(line))
