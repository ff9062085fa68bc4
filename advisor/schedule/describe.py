"""What is scheduled, when does it run next, and what did the last runs come to?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from advisor.history.record import RunSummary, Skip
from advisor.schedule.choose import Installed
from advisor.schedule.document import LastRun, Scheduled, Schedules
from advisor.schedule.job import SPREAD_S
from advisor.schedule.records import last_runs

NEXT, LAST = 2, 3
"""How many runs are told of."""


def describe(found: Sequence[Installed], at: datetime) -> Schedules:
    """The schedules that were found, as they stand at a moment."""
    return Schedules(schedules=tuple(_scheduled(each, at) for each in found))


def _scheduled(found: Installed, at: datetime) -> Scheduled:
    job = found.job
    runs = last_runs(Path(job.data_folder), job.name, LAST)
    return Scheduled(
        name=job.name,
        platform=found.platform.name,
        when=str(job.when),
        next_runs=tuple(
            moment.isoformat(timespec="minutes") for moment in job.when.next_runs(at, NEXT)
        ),
        spread_s=SPREAD_S,
        wait_s=job.wait_s,
        limit_s=job.limit_s,
        options=job.options,
        trouble=found.platform.trouble(job),
        last_runs=tuple(_last(run, skip) for run, skip in runs),
    )


def _last(run: RunSummary, skip: Skip | None) -> LastRun:
    return LastRun(
        id=run.id,
        started_at=run.started_at,
        server=run.server,
        model=run.model,
        partial=run.partial,
        skipped="; ".join(skip.reasons) if skip else None,
    )
