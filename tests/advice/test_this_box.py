"""Is this machine's power that of its own latest measurement, and what if it was never measured?"""

from __future__ import annotations

from pathlib import Path

import msgspec
from made_up_curve import made_up_bench, stage

from advisor.bench.energy_document import BoxPower, Energy
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.history.this_box import this_box
from advisor.machine.document import Machine
from advisor.machine.probe import probe

HERE = msgspec.structs.replace(probe(measure_bandwidth=False), gpus=(), unknown={})
THERE = msgspec.structs.replace(HERE, id="f" * 32)


def measured(run_id: str, day: int, machine: Machine, active_w: float | None) -> Run:
    started_at = f"2026-01-{day:02d}T00:00:00+00:00"
    nothing = {field.name: None for field in msgspec.structs.fields(Energy)}
    power = BoxPower(
        idle_w=40.0,
        active_w=active_w,
        idle_band_w=None,
        active_band_w=None,
        grade="wall",
        assumptions=(),
    )
    energy = Energy(**{**nothing, "meter": "m", "grade": "wall", "domain": "box", "box": power})
    bench = made_up_bench(
        id=run_id,
        started_at=started_at,
        machine=machine.id,
        measured_on="CPU",
        stages=(stage(1, 10.0, 100.0, energy=energy),),
        operating_point=None,
    )
    return Run(
        id=run_id,
        started_at=started_at,
        kind="bench",
        advisor_version="0",
        partial=False,
        machine=machine,
        bench=bench,
        advice=None,
    )


def test_the_power_is_that_of_the_latest_measurement_here_that_tells_it(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for run in (
        measured("old", 1, HERE, 60.0),
        measured("new", 2, HERE, 70.0),
        measured("silent", 3, HERE, None),
        measured("other", 4, THERE, 500.0),
    ):
        store.save(run)
    box = this_box(HERE, store)
    assert (box.active_power_w, box.power_source) == (70.0, "wall, run new")
    assert box.here


def test_a_machine_that_was_never_measured_says_so(tmp_path: Path) -> None:
    box = this_box(HERE, RunStore(tmp_path))
    assert (box.own, box.active_power_w, box.power_source) == (None, None, "")
    assert box.own_unknown.startswith("0 of at least 3 models")


def test_without_a_history_that_can_be_used_the_machine_is_still_one(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    box = this_box(HERE, RunStore(tmp_path / "a file" / "data"))
    assert (box.here, box.own, box.active_power_w) == (True, None, None)
    assert box.own_unknown == "What was measured here cannot be read: Not a directory"
