"""The diagnosis on a page of 80 columns."""

from __future__ import annotations

import pytest
from well_machine import ESTIMATE, NO_GRAPHICS, facts, place, quiet, server, servers

from advisor.doctor.commands import commands
from advisor.doctor.diagnose import diagnose
from advisor.doctor.document import Doctor, Setting
from advisor.doctor.facts import Clock, Clocking, Facts, Rapl
from advisor.report.doctor import command_lines, show_doctor

MINE = Setting(command="bench", option="max_time", value="30s", source="environment")
DEFAULT = Setting(command="bench", option="precision", value="5%", source="default")


def diagnosis(machine: Facts, *needs: str) -> Doctor:
    return diagnose(machine, needs, values=(MINE, DEFAULT), strays=(), settings_file=None)


@pytest.fixture
def shown(monkeypatch, capsys):
    def show(document: Doctor) -> str:
        monkeypatch.setenv("COLUMNS", "80")
        show_doctor(document)
        return capsys.readouterr().out

    return show


@pytest.fixture
def ill() -> Facts:
    return facts(
        graphics=NO_GRAPHICS,
        meter=ESTIMATE,
        rapl=Rapl(counters=1, readable=False),
        servers=servers(),
        clock=Clock(source="hpet", available=("hpet", "tsc"), read_ns=900.0),
        quiet=quiet(late_p99_ms=20.0, others_busy_percent=70.0, busiest=("a" * 70 + " 90 %",)),
        clocking=Clocking(governor="powersave", driver=None, on_battery=True),
        environment=place(vm="kvm", usable_cpus=2.0, limited_by=("cgroup processor quota",)),
    )


def test_groups_come_in_order_and_only_where_there_is_something(shown, ill) -> None:
    text = shown(diagnosis(ill))
    places = [text.index(title) for title in ("Can be measured", "Limited", "Missing", "Settings")]
    assert places == sorted(places)
    well = shown(diagnosis(facts()))
    assert "Limited" not in well
    assert "Missing" not in well


def test_it_is_one_page_of_80_columns(shown, ill) -> None:
    lines = shown(diagnosis(ill, "gpu", "energy")).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len(lines) <= 66


def test_a_command_stands_on_a_line_of_its_own(shown, ill) -> None:
    lines = shown(diagnosis(ill)).splitlines()
    assert "    $ sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj" in lines


@pytest.mark.parametrize("command", [each.command for each in commands()])
def test_every_known_command_fits_a_page_and_stays_whole(command: str) -> None:
    lines = command_lines(command.replace("{clock}", "kvm-clock"), 74)
    assert max(len(line) for line in lines) <= 74
    assert " ".join(line.strip() for line in lines) == command.replace("{clock}", "kvm-clock")


def test_settings_show_who_won_and_defaults_are_left_to_json(shown) -> None:
    text = shown(diagnosis(facts()))
    assert "environment   bench: max_time = 30s" in text
    assert "precision" not in text


def test_needs_are_answered_in_words(shown) -> None:
    text = shown(diagnosis(facts(graphics=NO_GRAPHICS), "gpu", "server"))
    assert "gpu           MISSING: no GPU" in text
    assert "server        here: ollama at" in text


def test_what_servers_say_cannot_act_on_the_terminal(shown) -> None:
    evil = server("\x1b[2Jvllm")
    assert "\x1b" not in shown(diagnosis(facts(servers=servers(running=(evil,)))))
