"""What was asked for, and whether it is here."""

from __future__ import annotations

import pytest
from well_machine import ESTIMATE, NO_GRAPHICS, facts, quiet, server, servers

from advisor.doctor.commands import commands
from advisor.doctor.diagnose import diagnose
from advisor.doctor.document import Need, Setting
from advisor.doctor.facts import Facts, Folder
from advisor.doctor.needs import KINDS_OF_SERVER, NEEDS, parse_needs
from advisor.doctor.settings import Stray, settings
from advisor.errors import InputError

OTHER_KINDS = tuple(kind for kind in KINDS_OF_SERVER if kind != "ollama")
"""Servers that the well machine does not have."""


def asked(name: str, machine: Facts) -> Need:
    (need,) = diagnose(machine, (name,), values=(), strays=(), settings_file=None).needs
    return need


@pytest.mark.parametrize("name", [need for need in NEEDS if need not in OTHER_KINDS])
def test_a_well_machine_has_it(name: str) -> None:
    assert asked(name, facts()).met


@pytest.mark.parametrize(
    ("name", "spoiled", "said"),
    [
        ("gpu", {"graphics": NO_GRAPHICS}, "no GPU"),
        ("energy", {"meter": ESTIMATE}, "only estimated"),
        ("rapl", {"meter": ESTIMATE}, "not used"),
        ("server", {"servers": servers()}, "no model server"),
        ("server", {"servers": servers(running=(server(models=0),))}, "with a model"),
        ("ollama", {"servers": servers(running=(server("vllm"),))}, "no ollama"),
        ("storage", {"data": Folder(path="x", refusal="closed", free_bytes=1)}, "history"),
        ("timing", {"quiet": quiet(late_p99_ms=9.0)}, "9.0 ms"),
        ("timing", {"quiet": quiet(others_busy_percent=80.0)}, "80 %"),
    ],
)
def test_what_is_missing_says_what(name: str, spoiled: dict, said: str) -> None:
    need = asked(name, facts(**spoiled))
    assert not need.met
    assert said in need.why


def test_a_server_of_the_kind_that_was_asked_for_is_enough() -> None:
    assert asked("vllm", facts(servers=servers(running=(server(), server("vllm"))))).met


def test_needs_are_read_from_a_list() -> None:
    assert parse_needs(" GPU, energy,gpu ") == ("gpu", "energy")


@pytest.mark.parametrize(("typed", "said"), [("gpus", "gpu?"), ("ollma", "ollama"), (",", "Known")])
def test_an_unknown_need_names_the_nearest(typed: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        parse_needs(typed)


def test_settings_in_vain_are_findings() -> None:
    strays = [Stray("advisor.toml", "[bench] max-time", "max_time")]
    (finding,) = settings((), strays)
    assert finding.status == "limited"
    assert finding.what == "[bench] max-time sets nothing"
    assert finding.why.endswith("write max_time")


def test_a_setting_that_will_be_refused_is_a_finding() -> None:
    wrong = Setting(
        command="bench", option="precision", value="5", source="environment", usable=False
    )
    (finding,) = settings((wrong,), ())
    assert finding.status == "limited"
    assert "precision = 5" in finding.what


def test_settings_that_are_understood_are_counted() -> None:
    mine = Setting(command="bench", option="max_time", value="9s", source="advisor.toml")
    default = Setting(command="bench", option="url", value=None, source="default")
    (finding,) = settings((mine, default), ())
    assert (finding.status, finding.what) == ("ok", "1 setting of your own, all understood")


def test_every_command_has_its_source_and_date() -> None:
    for each in commands():
        assert each.source
        assert each.as_of.count("-") == 2
