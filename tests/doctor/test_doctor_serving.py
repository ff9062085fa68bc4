"""Servers that run, that could, and what sits on their ports."""

from __future__ import annotations

import pytest
from well_machine import facts, only, server, servers

from advisor.doctor.serving import ports
from advisor.doctor.serving import servers as check
from advisor.servers.document import InstalledEngine, Problem

OLLAMA = InstalledEngine(kind="ollama", program="/bin/ollama", start_command="ollama serve")
TAKEN = Problem(url="http://127.0.0.1:8080", message="it answers with a web page")


def test_a_server_with_models_is_ok() -> None:
    finding = only(check(facts()))
    assert (finding.status, finding.why) == ("ok", "1 model")
    assert finding.what == "ollama 1.0 at http://127.0.0.1:11434"


def test_an_empty_ollama_says_how_to_get_a_model() -> None:
    finding = only(check(facts(servers=servers(running=(server(models=0),)))))
    assert (finding.status, finding.fix) == ("limited", "ollama pull llama3.2")


def test_an_empty_server_of_another_kind_has_no_command() -> None:
    finding = only(check(facts(servers=servers(running=(server("vllm", models=0),)))))
    assert (finding.status, finding.fix) == ("limited", None)


def test_a_server_that_refuses_its_list_is_limited() -> None:
    finding = only(check(facts(servers=servers(running=(server(models=None),)))))
    assert finding.status == "limited"


def test_an_installed_engine_says_how_to_start_it() -> None:
    finding = only(check(facts(servers=servers(installed=(OLLAMA,)))))
    assert (finding.status, finding.fix) == ("limited", "ollama serve")


@pytest.mark.parametrize(
    ("system", "beginning"), [("Linux", "curl"), ("Darwin", "curl"), ("Windows", "irm")]
)
def test_without_any_engine_one_can_be_had(system: str, beginning: str) -> None:
    finding = only(check(facts(servers=servers(), system=system)))
    assert finding.status == "limited"
    assert "embedded" in finding.why
    assert finding.fix is not None and finding.fix.startswith(beginning)


def test_a_taken_port_names_who_can_tell() -> None:
    good, taken = ports(facts(servers=servers(problems=(TAKEN,))))
    assert good.status == "ok"
    assert (taken.status, taken.why) == ("limited", "it answers with a web page")
    assert taken.fix == "sudo ss -ltnp 'sport = :8080'"


def test_a_machine_that_opens_no_port_cannot_serve() -> None:
    finding = only(ports(facts(ports_refusal="Permission denied")))
    assert finding.status == "missing"
    assert "Permission denied" in finding.why
