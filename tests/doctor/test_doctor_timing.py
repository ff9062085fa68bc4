"""Clocks, wake-ups, neighbours and governors."""

from __future__ import annotations

import pytest
from well_machine import facts, only, quiet

from advisor.doctor.facts import Clock, Clocking
from advisor.doctor.timing import clock, governor, neighbours, scheduler


@pytest.mark.parametrize("source", ["tsc", "kvm-clock", "arch_sys_counter", None])
def test_a_clock_of_the_processor_is_ok(source: str | None) -> None:
    good = Clock(source=source, available=(), read_ns=40.0)
    assert only(clock(facts(clock=good))).status == "ok"


def test_a_coarse_clock_is_replaced_by_the_finest_there_is() -> None:
    coarse = Clock(source="hpet", available=("hpet", "acpi_pm", "kvm-clock"), read_ns=800.0)
    finding = only(clock(facts(clock=coarse)))
    assert finding.status == "limited"
    assert finding.fix is not None and finding.fix.startswith("echo kvm-clock | sudo tee ")


def test_a_coarse_clock_without_a_finer_one_has_no_command() -> None:
    coarse = Clock(source="acpi_pm", available=("acpi_pm",), read_ns=1500.0)
    finding = only(clock(facts(clock=coarse)))
    assert (finding.status, finding.fix) == ("limited", None)
    assert "no finer one" in finding.why


def test_a_slow_clock_is_limited_whatever_its_name() -> None:
    slow = Clock(source=None, available=(), read_ns=2500.0)
    assert only(clock(facts(clock=slow, system="Windows"))).status == "limited"


def test_late_wake_ups_are_judged_at_p99() -> None:
    assert only(scheduler(facts())).status == "ok"
    late = quiet(late_p50_ms=0.1, late_p99_ms=8.0)
    finding = only(scheduler(facts(quiet=late)))
    assert finding.status == "limited"
    assert "8.0 ms at p99" in finding.what
    assert finding.fix is not None


def test_busy_neighbours_are_named() -> None:
    finding = only(neighbours(facts(quiet=quiet(others_busy_percent=40.0, busiest=("cc1 97 %",)))))
    assert finding.status == "limited"
    assert "cc1 97 %" in finding.why
    assert finding.fix is not None


def test_steal_is_a_finding_of_its_own() -> None:
    programs, host = neighbours(facts(quiet=quiet(steal_percent=6.5)))
    assert programs.status == "ok"
    assert (host.status, host.fix) == ("limited", None)
    assert "6.5 %" in host.what


def test_no_steal_counter_is_no_finding() -> None:
    assert only(neighbours(facts(quiet=quiet(steal_percent=None)))).status == "ok"


def governed(name: str | None, driver: str | None = "acpi-cpufreq") -> Clocking:
    return Clocking(governor=name, driver=driver, on_battery=None)


def test_a_saving_governor_comes_with_the_command() -> None:
    finding = only(governor(facts(clocking=governed("powersave"))))
    assert finding.status == "limited"
    assert finding.fix is not None and finding.fix.startswith("echo performance | sudo tee ")
    assert "holds the clocks down" in finding.why


def test_powersave_of_intels_driver_is_not_called_slower_than_it_is() -> None:
    finding = only(governor(facts(clocking=governed("powersave", "intel_pstate"))))
    assert "rise" in finding.why


@pytest.mark.parametrize("name", ["performance", "schedutil", "ondemand"])
def test_governors_that_follow_the_load_are_ok(name: str) -> None:
    assert only(governor(facts(clocking=governed(name)))).status == "ok"


def test_an_unknown_governor_is_not_called_good() -> None:
    assert only(governor(facts(clocking=governed(None)))).status == "limited"
    assert governor(facts(clocking=governed(None), system="Darwin")) == ()


def test_a_battery_is_limited_on_every_system() -> None:
    on_battery = Clocking(governor=None, driver=None, on_battery=True)
    assert only(governor(facts(clocking=on_battery, system="Windows"))).status == "limited"
