"""What has changed between two probes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from fakes_nvml import run_python

from advisor.machine.changes import ABSENT, changes
from advisor.machine.document import Change, Gpu, Machine, MigInstance
from advisor.machine.last import FILE_NAME, keep_machine, last_machine
from advisor.machine.probe import probe


def card(**known: Any) -> Gpu:
    nothing: dict[str, Any] = dict.fromkeys(Gpu.__struct_fields__)
    fixed = {"index": 0, "vendor": "nvidia", "memory_unified": False, "bandwidth_basis": ""}
    return Gpu(**{**nothing, **fixed, "name": "Card", "uuid": "GPU-1", **known})


@pytest.fixture(scope="module")
def machine() -> Machine:
    bare = probe(measure_bandwidth=False)
    unknown = {path: why for path, why in bare.unknown.items() if not path.startswith("gpus")}
    return msgspec.structs.replace(
        bare, gpus=(), integrated_graphics=(), unknown=unknown, changes=None
    )


def with_cards(machine: Machine, *cards: Gpu) -> Machine:
    return msgspec.structs.replace(machine, gpus=cards)


def test_the_same_machine_has_not_changed(machine):
    one = with_cards(machine, card(power_limit_w=450.0))
    assert changes(one, one) == ()


def test_driver_kernel_and_governor_are_compared(machine):
    before = msgspec.structs.replace(
        machine,
        drivers=msgspec.structs.replace(machine.drivers, nvidia="570.1", cuda="12.8"),
        os=msgspec.structs.replace(machine.os, kernel="6.8.0"),
        cpu=msgspec.structs.replace(machine.cpu, governor="powersave"),
    )
    after = msgspec.structs.replace(
        machine,
        drivers=msgspec.structs.replace(machine.drivers, nvidia="580.2", cuda="12.8"),
        os=msgspec.structs.replace(machine.os, kernel="6.11.0"),
        cpu=msgspec.structs.replace(machine.cpu, governor="performance"),
    )
    assert set(changes(before, after)) == {
        Change(path="drivers.nvidia", before="570.1", after="580.2"),
        Change(path="os.kernel", before="6.8.0", after="6.11.0"),
        Change(path="cpu.governor", before="powersave", after="performance"),
    }


def test_what_moves_by_the_second_is_no_change(machine):
    before = with_cards(machine, card(power_w=20.0, temperature_c=40.0, clock_graphics_mhz=210))
    after = with_cards(machine, card(power_w=350.0, temperature_c=71.0, clock_graphics_mhz=2500))
    assert changes(before, after) == ()


def test_memory_counts_beyond_what_a_kernel_keeps(machine):
    def of(total_bytes: int) -> Machine:
        memory = msgspec.structs.replace(machine.memory, total_bytes=total_bytes)
        return msgspec.structs.replace(machine, memory=memory)

    assert changes(of(32 * 2**30), of(32 * 2**30 - 5 * 2**20)) == ()
    (change,) = changes(of(32 * 2**30), of(24 * 2**30))
    assert change == Change(path="memory.total_bytes", before=32 * 2**30, after=24 * 2**30)


def test_a_power_limit_is_compared_of_the_same_card_wherever_it_stands(machine):
    one, other = card(uuid="GPU-1", power_limit_w=450.0), card(uuid="GPU-2", power_limit_w=170.0)
    before = with_cards(machine, one, other)
    after = with_cards(machine, other, msgspec.structs.replace(one, power_limit_w=300.0))
    assert changes(before, after) == (
        Change(path="gpus[1].power_limit_w", before=450.0, after=300.0),
    )


def test_cards_come_and_go_by_name(machine):
    old, new = card(uuid="GPU-1", name="Old"), card(uuid="GPU-2", name="New")
    assert changes(with_cards(machine, old), with_cards(machine, new)) == (
        Change(path="gpus[0]", before=ABSENT, after="New"),
        Change(path="gpus", before="Old", after=ABSENT),
    )


def test_a_card_divided_otherwise_is_a_change(machine):
    nothing: dict[str, Any] = dict.fromkeys(MigInstance.__struct_fields__)
    half = MigInstance(**{**nothing, "profile": "3g.40gb"})
    before = with_cards(machine, card(mig_instances=()))
    after = with_cards(machine, card(mig_instances=(half, half)))
    assert changes(before, after) == (
        Change(path="gpus[0].mig_instances", before="none", after="3g.40gb, 3g.40gb"),
    )


def test_not_knowing_is_no_change(machine):
    seen = with_cards(machine, card(ecc_enabled=True))
    unsaid = with_cards(machine, card(ecc_enabled=None))
    unread = msgspec.structs.replace(machine, unknown={**machine.unknown, "gpus": "reboot"})
    assert changes(seen, unsaid) == changes(unsaid, seen) == ()
    assert changes(seen, unread) == changes(unread, seen) == ()


def test_probe_compares_with_an_earlier_one_of_the_same_machine_only():
    first = probe(measure_bandwidth=False)
    assert first.changes is None and "no earlier probe" in first.unknown["changes"]
    again = probe(measure_bandwidth=False, earlier=first)
    assert again.changes == () and "changes" not in again.unknown
    stranger = msgspec.structs.replace(first, id="0" * 32)
    other = probe(measure_bandwidth=False, earlier=stranger)
    assert other.changes is None and "another machine" in other.unknown["changes"]


def test_the_last_machine_comes_back_and_a_damaged_one_is_none(tmp_path, machine):
    assert last_machine(tmp_path / "new") is None
    keep_machine(tmp_path / "new", machine)
    assert last_machine(tmp_path / "new") == machine
    (tmp_path / "new" / FILE_NAME).write_text("{")
    assert last_machine(tmp_path / "new") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path, machine):
    (tmp_path / "file").touch()
    keep_machine(tmp_path / "file", machine)
    assert last_machine(tmp_path / "file") is None


def advisor_probe(environment, home, *options):
    done = subprocess.run(
        [sys.executable, "-m", "advisor", "probe", "--no-bandwidth", *options],
        env={**environment, "ADVISOR_DATA_DIR": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_shows_a_new_driver_and_a_second_card(fake_nvml, tmp_path):
    first = advisor_probe(fake_nvml(), tmp_path)
    assert "Changed" not in first and "Nothing has changed" not in first
    assert "Nothing has changed since" in advisor_probe(fake_nvml(), tmp_path)
    shown = advisor_probe(fake_nvml(FAKE_DRIVER="580.65.06", FAKE_GPUS="2"), tmp_path)
    assert "570.86.15 → 580.65.06" in shown
    assert "absent → NVIDIA GeForce RTX 3060" in shown


def test_the_command_lists_changes_in_its_document(fake_nvml, tmp_path):
    first = json.loads(advisor_probe(fake_nvml(), tmp_path, "--json"))
    assert first["changes"] is None and "changes" in first["unknown"]
    second = json.loads(advisor_probe(fake_nvml(FAKE_DRIVER="580.65.06"), tmp_path, "--json"))
    assert second["changes"] == [
        {"path": "drivers.nvidia", "before": "570.86.15", "after": "580.65.06"}
    ]
    assert second["id"] == first["id"]


def test_the_identity_survives_a_driver_update(fake_nvml):
    program = """
import json
from advisor.machine.probe import probe
machine = probe(measure_bandwidth=False)
print(json.dumps([machine.id, machine.signature]))
"""
    old_id, old_signature = run_python(program, fake_nvml())
    new_id, new_signature = run_python(program, fake_nvml(FAKE_DRIVER="580.65.06"))
    assert new_id == old_id
    assert new_signature != old_signature
