"""Which meter, of what grade, and what keeps RAPL away."""

from __future__ import annotations

import pytest
from well_machine import ESTIMATE, NO_GRAPHICS, facts, only, place

from advisor.doctor.energy import energy, rapl
from advisor.doctor.facts import Card, ChosenMeter, Graphics, Rapl

NONE = Rapl(counters=0, readable=False)
CLOSED = Rapl(counters=2, readable=False)


@pytest.mark.parametrize("grade", ["wall", "counter", "sampled"])
def test_a_meter_is_named_with_its_grade(grade: str) -> None:
    meter = ChosenMeter(name="a meter", grade=grade, domain="gpu")
    finding = only(energy(facts(meter=meter)))
    assert finding.status == "ok"
    assert f"grade {grade}" in finding.why


def test_an_estimate_is_never_ok_and_says_why() -> None:
    finding = only(energy(facts(meter=ESTIMATE, graphics=NO_GRAPHICS)))
    assert finding.status == "limited"
    assert "estimated" in finding.what
    assert "no GPU meter" in finding.why
    assert finding.fix == "advisor bench --meter shelly:HOST"


def test_a_card_that_refuses_its_power_is_the_reason() -> None:
    seen = Graphics(cards=(Card("RTX 4090"),), power_refused="the driver refuses it to this user")
    finding = only(energy(facts(meter=ESTIMATE, graphics=seen)))
    assert "the driver refuses it to this user" in finding.why


def test_closed_counters_come_with_the_command_that_opens_them() -> None:
    finding = only(rapl(facts(rapl=CLOSED)))
    assert finding.status == "limited"
    assert "CVE-2020-8694" in finding.why
    assert finding.fix == "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"


def test_counters_in_use_are_ok() -> None:
    assert only(rapl(facts())).status == "ok"


def test_counters_that_nothing_reads_are_said_to_be_unused() -> None:
    finding = only(rapl(facts(meter=ESTIMATE)))
    assert finding.status == "limited"
    assert "not used" in finding.what
    assert ESTIMATE.name in finding.why


@pytest.mark.parametrize(
    ("spoiled", "said", "has_command"),
    [
        ({}, "not loaded", True),
        ({"environment": place(vm="kvm")}, "virtual machine", False),
        ({"environment": place(container="docker")}, "containers", False),
        ({"architecture": "aarch64"}, "aarch64", False),
    ],
)
def test_no_counters_has_a_reason_and_a_command_only_where_one_helps(
    spoiled: dict, said: str, has_command: bool
) -> None:
    finding = only(rapl(facts(rapl=NONE, **spoiled)))
    assert finding.status == "missing"
    assert said in finding.why
    assert (finding.fix is not None) == has_command


def test_rapl_is_linuxs_alone() -> None:
    assert rapl(facts(system="Darwin", rapl=NONE)) == ()
