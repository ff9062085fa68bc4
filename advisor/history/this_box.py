"""Which box is this machine to a prediction: what was read of it, and what was measured on it?"""

from __future__ import annotations

from msgspec.structs import replace

from advisor.advice.measurement import measured_box
from advisor.advice.models_table import Power
from advisor.advice.own_speed import own_speed
from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.history.store import RunStore
from advisor.history.wanted import Wanted
from advisor.machine.document import Machine
from advisor.models.machine_file import Box
from advisor.models.own_machine import own_box

MOST_RUNS = 200
"""So many of this machine's latest runs are looked through for its speed."""


def this_box(machine: Machine, store: RunStore) -> Box:
    """This machine, with the rates that its own measurements tell where they are enough."""
    box = own_box(machine)
    wanted = Wanted(machine=machine.id, measured=True, own=True, limit=MOST_RUNS)
    runs = store.load_all([each.id for each in store.history(wanted).runs])
    benches = [run.bench for run in runs if run.bench is not None]
    own = own_speed(benches, on_processor=box.kind == "cpu")
    return box if isinstance(own, Unknown) else replace(box, own=own)


def measured_power(store: RunStore) -> Power | None:
    """What the box drew in the latest measurement on it, if one was kept."""
    try:
        run = store.load(None, measured=True)
    except AdvisorError:
        return None
    if run.bench is None or run.machine is None:
        return None
    box = measured_box(run.bench, run.machine)
    if isinstance(box, Unknown) or box.active_power_w is None:
        return None
    return Power(active_power_w=box.active_power_w, source=f"{box.power_grade}, run {run.id}")
