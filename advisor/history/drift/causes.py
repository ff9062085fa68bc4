"""What else was not the same before a change and after it?"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.history.drift.document import Cause
from advisor.history.record import Run
from advisor.machine.changes import changes

UNTOLD = "not told"


def causes(before: Run, after: Run) -> tuple[Cause, ...]:
    """Machine, server, model, clocks and this program, where the two runs differ."""
    return tuple(_causes(before, after))


def _causes(before: Run, after: Run) -> Iterator[Cause]:
    if before.machine is not None and after.machine is not None:
        for change in changes(before.machine, after.machine):
            yield Cause(what=change.path, before=_text(change.before), after=_text(change.after))
    first, second = before.bench, after.bench
    if first is not None and second is not None:
        for what, was, now in (
            ("server", first.server.kind, second.server.kind),
            ("server version", first.server.version, second.server.version),
            ("model digest", first.model.digest, second.model.digest),
            ("measured on", first.measured_on, second.measured_on),
            ("clocks held back by", _held_back(before), _held_back(after)),
        ):
            if was != now:
                yield Cause(what=what, before=_text(was), after=_text(now))
        busy = [warning for warning in second.warnings if "other programs" in warning]
        if busy and not any("other programs" in warning for warning in first.warnings):
            yield Cause(what="other programs", before="quiet", after="busy")
    if before.advisor_version != after.advisor_version:
        yield Cause(what="advisor", before=before.advisor_version, after=after.advisor_version)


def _held_back(run: Run) -> str | None:
    stages = run.bench.stages if run.bench else ()
    reasons = [reason for stage in stages for reason in stage.held_back_by]
    return ", ".join(dict.fromkeys(reasons)) or None


def _text(value: object) -> str:
    return UNTOLD if value is None else str(value)
