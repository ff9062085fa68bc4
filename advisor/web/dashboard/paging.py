"""Which runs are on this page of a long history? Found by where the last page ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from advisor.errors import InputError
from advisor.history.headline import micros
from advisor.history.record import RunSummary
from advisor.history.store import RunStore, Wanted


@dataclass(frozen=True, slots=True)
class Page:
    """Some runs, newest first, and where the next page begins (None after the last)."""

    runs: tuple[RunSummary, ...]
    after: str | None


def page_of(store: RunStore, wanted: Wanted, after: str | None, size: int) -> Page:
    """`size` runs at most, after the one where the page before ended.

    Raises InputError for an end that is none.
    """
    limit, end = size + 1, None if after is None else _place(after)
    if end is not None:
        until = end[0] if wanted.until_us is None else min(end[0], wanted.until_us)
        wanted = replace(wanted, until_us=until)
        limit += 1
    while True:
        found = store.history(replace(wanted, limit=limit)).runs
        rest = [run for run in found if end is None or _key(run) < end]
        if len(rest) > size or len(found) < limit:
            break
        limit *= 2
    shown = tuple(rest[:size])
    return Page(shown, _written(shown[-1]) if len(rest) > size else None)


def _key(run: RunSummary) -> tuple[int, str]:
    return micros(run.started_at), run.id


def _written(run: RunSummary) -> str:
    return "~".join(map(str, _key(run)))


def _place(after: str) -> tuple[int, str]:
    started_us, _, run_id = after.partition("~")
    if not (started_us.lstrip("-").isascii() and started_us.lstrip("-").isdigit()):
        raise InputError("that is no page of the history", remedy="Begin with its first page.")
    if len(started_us) > 18:
        raise InputError("that is no page of the history", remedy="Begin with its first page.")
    return int(started_us), run_id
