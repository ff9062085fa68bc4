"""Is a machine known again, and nothing told of its owner?"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from fakes_nvml import run_python
from made_up_system import system

from advisor.documents import Unknown, Unknowns
from advisor.machine import identity
from advisor.machine.cpu import read_cpu
from advisor.machine.document import Cpu
from advisor.machine.identity import machine_id, make_of, operating_system_id

ID = "0123456789abcdef0123456789abcdef"
NO_ID = Unknown("this system has no machine id")


@pytest.fixture(scope="module")
def cpu() -> Cpu:
    return read_cpu(Unknowns())


def test_the_same_system_has_the_same_id_and_another_has_another():
    first, basis = machine_id("aa" * 16, "make")
    assert machine_id("aa" * 16, "another make")[0] == first
    assert machine_id("bb" * 16, "make")[0] != first
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert basis == "the system's machine id"


def test_it_is_the_hmac_that_was_published_and_so_the_same_for_ever():
    import hashlib
    import hmac

    keyed = hmac.new(b"local-or-api advisor machine id v1", ID.encode(), hashlib.sha256)
    assert machine_id(ID, "make")[0] == keyed.hexdigest()[:32]
    assert ID not in machine_id(ID, "make")[0]


def test_without_a_system_id_the_make_stands_in_and_is_said_to():
    found, basis = machine_id(NO_ID, "make")
    assert machine_id(Unknown("another reason"), "make")[0] == found
    assert machine_id(NO_ID, "changed")[0] != found
    assert "no machine id" in basis


def test_boxes_that_run_one_image_are_told_apart_by_their_make():
    one, basis = machine_id(ID, "one make", "docker")
    assert machine_id(ID, "one make", "docker")[0] == one
    assert machine_id(ID, "another make", "docker")[0] != one
    assert basis == "the container's machine id and its make"
    assert machine_id(ID, "one make", "lxc") == machine_id(ID, "another make")


@pytest.mark.parametrize("written", ["", "uninitialized\n", "0" * 32, "short", ID.upper()])
def test_a_file_without_an_id_in_it_gives_none(monkeypatch, tmp_path, written):
    monkeypatch.setattr(identity.sys, "platform", "linux")
    monkeypatch.setattr(identity, "ROOT", system(tmp_path, {"etc/machine-id": written}))
    assert isinstance(operating_system_id(), Unknown)


def test_dbus_stands_in_for_a_file_without_an_id(monkeypatch, tmp_path):
    files = {"etc/machine-id": "", "var/lib/dbus/machine-id": f"{ID}\n"}
    monkeypatch.setattr(identity.sys, "platform", "linux")
    monkeypatch.setattr(identity, "ROOT", system(tmp_path, files))
    assert operating_system_id() == ID


def test_the_make_is_of_processors_and_cards_in_any_order(cpu):
    one = make_of(cpu, ("0x10de:0x2684", "0x8086:0x46a6"))
    assert make_of(cpu, ("0x8086:0x46a6", "0x10de:0x2684")) == one
    assert make_of(msgspec.structs.replace(cpu, governor="other", frequency_mhz=1.0), ()) == (
        make_of(cpu, ())
    )
    assert make_of(cpu, ("0x10de:0x2684",)) != one


def test_without_a_system_id_it_still_survives_a_driver_update(fake_nvml):
    program = """
import json
from advisor.documents import Unknown
from advisor.machine import probe
probe.operating_system_id = lambda: Unknown("this system has no machine id")
machine = probe.probe(measure_bandwidth=False)
print(json.dumps([machine.id, machine.id_basis, machine.signature]))
"""

    def found(**script: str) -> Any:
        return run_python(program, fake_nvml(**script))

    old_id, basis, old_signature = found()
    new_id, _, new_signature = found(FAKE_DRIVER="580.65.06")
    mismatched_id, _, _ = found(FAKE_INIT="18")
    assert new_id == old_id == mismatched_id
    assert new_signature != old_signature
    assert "no machine id" in basis
