"""How a machine's smaller parts and its changes are shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.machine.document import Change, Gpu, Machine, MemoryModule, MigInstance
from advisor.machine.probe import probe
from advisor.report.probe import show_changes, show_parts


@pytest.fixture(scope="module")
def bare() -> Machine:
    machine = probe(measure_bandwidth=False)
    memory = msgspec.structs.replace(machine.memory, modules=None, channels=None)
    return msgspec.structs.replace(machine, memory=memory, gpus=(), integrated_graphics=())


def card(**known: Any) -> Gpu:
    nothing: dict[str, Any] = dict.fromkeys(Gpu.__struct_fields__)
    fixed = {"index": 0, "vendor": "intel", "memory_unified": True, "bandwidth_basis": ""}
    return Gpu(**{**nothing, **fixed, **known})


def test_modules_tell_when_they_run_below_their_rating(bare, capsys):
    module = MemoryModule(
        place="DIMM_A1",
        size_bytes=16 * 2**30,
        kind="DDR5",
        width_bits=64,
        speed_mt_per_s=4800,
        rated_speed_mt_per_s=5600,
    )
    memory = msgspec.structs.replace(bare.memory, modules=(module,), channels=1)
    show_parts(msgspec.structs.replace(bare, memory=memory))
    shown = capsys.readouterr().out
    assert "16 GiB, DDR5, 4800 MT/s (rated 5600), DIMM_A1" in shown
    assert "channels" in shown


def test_instances_and_integrated_graphics_are_named(bare, capsys):
    nothing: dict[str, Any] = dict.fromkeys(MigInstance.__struct_fields__)
    half = MigInstance(**{**nothing, "profile": "3g.40gb", "memory_total_bytes": 40 * 2**30})
    divided = card(vendor="nvidia", mig_instances=(half,))
    show_parts(
        msgspec.structs.replace(bare, gpus=(divided,), integrated_graphics=(card(name="Iris"),))
    )
    shown = capsys.readouterr().out
    assert "3g.40gb, 40 GiB" in shown
    assert "Iris (no engine uses it by itself)" in shown


def test_a_machine_without_such_parts_prints_nothing(bare, capsys):
    show_parts(bare)
    assert capsys.readouterr().out == ""


def test_changes_are_shown_in_their_units(capsys):
    show_changes(
        [
            Change(path="memory.total_bytes", before=32 * 2**30, after=24 * 2**30),
            Change(path="gpus[0].power_limit_w", before=450.0, after=300.0),
            Change(path="gpus[0].ecc_enabled", before=True, after=False),
            Change(path="cpu.logical_cores", before=16, after=8),
        ],
        since="2026-11-01T10:00:00+00:00",
    )
    shown = capsys.readouterr().out
    for line in ("32 GiB → 24 GiB", "450 W → 300 W", "on → off", "16 → 8", "2026-11-01"):
        assert line in shown
