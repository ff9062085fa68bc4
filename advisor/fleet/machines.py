"""Where does each machine of the history stand: its newest measurement, skips since, changes?"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from advisor.fleet.document import Machines, MachineState
from advisor.fleet.measure import HOST_TAG
from advisor.history.drift.watch import drifts_of
from advisor.history.headline import micros
from advisor.history.record import RunSummary
from advisor.history.store import RunStore

DAY_US = 86_400 * 1e6


def machines_of(
    store: RunStore, *, with_drift: bool = False, at: datetime | None = None
) -> Machines:
    """Every machine, the one measured last first; `with_drift` reads up to 120 runs of each."""
    now_us = int((at or datetime.now(UTC)).timestamp() * 1e6)
    of_machine: dict[str, list[RunSummary]] = {}
    for run in store.newest_of_each_machine():
        of_machine.setdefault(run.machine or "", []).append(run)
    states = []
    for machine, runs in of_machine.items():
        state = _state(machine, runs, now_us)
        if with_drift and state.newest is not None:
            state = _with_drift(state, store)
        states.append(state)
    states.sort(key=lambda each: (each.age_days is None, each.age_days or 0.0))
    return Machines(machines=tuple(states))


def _state(machine: str, runs: list[RunSummary], now_us: int) -> MachineState:
    newest = next((run for run in runs if run.model is not None), None)
    skip = next((run for run in runs if run.skipped is not None), None)
    tags = newest.tags if newest else ()
    return MachineState(
        machine=machine,
        hosts=tuple(tag.removeprefix(HOST_TAG) for tag in tags if tag.startswith(HOST_TAG)),
        newest=newest,
        age_days=None
        if newest is None
        else round((now_us - micros(newest.started_at)) / DAY_US, 2),
        skipped=skip.skipped if skip else None,
        skipped_at=skip.started_at if skip else None,
    )


def _with_drift(state: MachineState, store: RunStore) -> MachineState:
    return msgspec.structs.replace(state, drift=drifts_of(store, state.machine, own=False))
