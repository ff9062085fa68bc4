"""Which box is this machine to a prediction: what was read of it, and what was measured on it?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.advice.measurement import measured_box
from advisor.advice.own_speed import own_speed
from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.history.wanted import Wanted
from advisor.machine.document import Machine
from advisor.models.machine_file import Box
from advisor.models.own_machine import own_box

MOST_RUNS = 200
"""So many of this machine's latest runs are looked through for its speed."""


def this_box(machine: Machine, store: RunStore) -> Box:
    """This machine, with the rates that its own measurements tell where they are enough, and the
    power that it drew in the latest of them; without both where the history cannot be used."""
    box = own_box(machine)
    wanted = Wanted(machine=machine.id, measured=True, own=True, limit=MOST_RUNS)
    try:
        runs = store.load_all([each.id for each in store.history(wanted).runs])
    except AdvisorError as error:
        why = f"What was measured here cannot be read: {error.why or error.what}"
        return replace(box, own_unknown=why)
    benches = [run.bench for run in runs if run.bench is not None]
    own = own_speed(benches, on_processor=box.kind == "cpu")
    box = _with_power(box, runs)
    if isinstance(own, Unknown):
        return replace(box, own_unknown=own.reason)
    return replace(box, own=own)


def _with_power(box: Box, runs: Sequence[Run]) -> Box:
    """The box with what it drew in the latest of the runs that tells it."""
    for run in runs:
        if run.bench is None or run.machine is None:
            continue
        found = measured_box(run.bench, run.machine)
        if not isinstance(found, Unknown) and found.active_power_w is not None:
            return replace(
                box,
                active_power_w=found.active_power_w,
                power_source=f"{found.power_grade}, run {run.id}",
            )
    return box
