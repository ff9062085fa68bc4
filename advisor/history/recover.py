"""Which runs ended before they were kept, and how do they come into the history after all?"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from advisor.bench.document import Bench, Samples
from advisor.errors import AdvisorError
from advisor.history.journal import Begun, Orphan, Unfinished, orphans
from advisor.history.place import Place
from advisor.history.record import Run, measured_run
from advisor.history.rows import Kept, TakenIdError

YOUNG_S = 60.0
"""So long a journal without any entry may be one that is just being made."""
CUT_OFF = "the program ended before the run did: what it had finished is kept"


def recover(
    place: Place, keep: Callable[[Kept], bool], say: Callable[[str], None]
) -> tuple[str, ...]:
    """Hands the runs of programs that died to `keep`, and removes their journals once they are in
    the history. Tells of each in one line; the paths of journals that cannot be read.
    """
    unreadable = []
    for orphan in orphans(place):
        try:
            _recover(orphan, place, keep, say)
        except (msgspec.DecodeError, ValueError, ArithmeticError):
            unreadable.append(str(orphan.path))
        except AdvisorError as error:
            say(f"A run that was cut off still waits in {orphan.path}: {error}")
    return tuple(unreadable)


def _recover(
    orphan: Orphan, place: Place, keep: Callable[[Kept], bool], say: Callable[[str], None]
) -> None:
    held = orphan.read()
    if held.begun is None:
        if time.time() - orphan.path.stat().st_mtime > YOUNG_S:
            orphan.remove()
        return
    if held.begun.team != place.team:
        return
    found = _whole(held) or _partial(held, held.begun)
    if found is None:
        orphan.remove()
        return
    try:
        is_new = keep(found)
    except TakenIdError:
        is_new = False
    orphan.remove()
    if is_new:
        loads = len(found.run.bench.stages) if found.run.bench else 0
        state = "partial" if found.run.partial else "whole"
        say(
            f"A run of {found.run.started_at[:16].replace('T', ' ')} that was cut off is in the "
            f"history now: {found.run.id}, {state}, {loads} stage{'s' if loads != 1 else ''}."
        )


def _whole(held: Unfinished) -> Kept | None:
    if held.whole is None:
        return None
    document, samples = bytes(held.whole.run), bytes(held.whole.samples)
    run = msgspec.json.decode(document, type=Run)
    return Kept(run, document, None if samples == b"null" else samples)


def _partial(held: Unfinished, begun: Begun) -> Kept | None:
    if held.bench is None:
        return None
    bench = msgspec.json.decode(held.bench, type=Bench)
    bench = msgspec.structs.replace(bench, partial=True, warnings=(*bench.warnings, CUT_OFF))
    run = measured_run(
        bench,
        begun.machine,
        kind=begun.kind,
        said=begun.said,
        tags=begun.tags,
        advisor_version=begun.advisor_version,
    )
    samples = Samples(id=bench.id, stages=held.samples)
    return Kept(run, msgspec.json.encode(run), msgspec.json.encode(samples))
