"""Does the box still pay back, and if not, what changed: its speed, or an API's price?"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.advice.document import Advice, Comparison
from advisor.history.drift.causes import causes
from advisor.history.drift.document import MoneyDrift, PriceChange
from advisor.history.record import Run

LEAST_CHANGE = 0.1
"""Of the months until it pays back."""


def money_drifts(runs: Sequence[Run]) -> list[MoneyDrift]:
    """Every run with advice that advises otherwise than the one before it on that machine, or
    whose break-even moved by more than a tenth. `runs` are oldest first."""
    last: dict[str, Run] = {}
    found = []
    for run in runs:
        if run.advice is None or run.machine_id is None:
            continue
        before = last.get(run.machine_id)
        last[run.machine_id] = run
        if before is not None:
            drift = _drift(run.machine_id, before, run)
            if drift is not None:
                found.append(drift)
    return found


def _drift(machine: str, before: Run, run: Run) -> MoneyDrift | None:
    old, new = before.advice, run.advice
    if old is None or new is None:
        return None
    was, now = _baseline(old), _baseline(new)
    if was is None or now is None or was.name != now.name:
        return None
    months = was.break_even_months_simple, now.break_even_months_simple
    if old.decision == new.decision and not _moved(*months):
        return None
    return MoneyDrift(
        machine=machine,
        run=run.id,
        run_at=run.started_at,
        before_run=before.id,
        baseline=now.name,
        decision_before=str(old.decision),
        decision_after=str(new.decision),
        months_before=months[0],
        months_after=months[1],
        prices=tuple(_prices(old.comparisons, new.comparisons)),
        causes=causes(before, run),
    )


def _moved(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > LEAST_CHANGE * max(before, after)


def _prices(old: Sequence[Comparison], new: Sequence[Comparison]) -> list[PriceChange]:
    earlier = {each.name: each for each in old}
    found = []
    for each in new:
        was = earlier.get(each.name)
        if was is None or (was.input_usd_per_mtok, was.output_usd_per_mtok) == (
            each.input_usd_per_mtok,
            each.output_usd_per_mtok,
        ):
            continue
        found.append(
            PriceChange(
                name=each.name,
                input_before=was.input_usd_per_mtok,
                input_after=each.input_usd_per_mtok,
                output_before=was.output_usd_per_mtok,
                output_after=each.output_usd_per_mtok,
                as_of=each.as_of,
            )
        )
    return found


def _baseline(advice: Advice) -> Comparison | None:
    return next((each for each in advice.comparisons if each.baseline), None)
