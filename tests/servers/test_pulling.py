"""Does a real Ollama download only what was agreed to, and does it survive an interrupted pull?"""

from __future__ import annotations

from functools import partialmethod
from pathlib import Path

import ollama
import pytest
from fake_registry import registry
from real_servers import MODEL
from tiny_models import tiny

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.models.synthetic import ensure_synthetic
from advisor.servers import obtain
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.pulling import pull
from advisor.servers.pulling_ollama import licence_of
from advisor.servers.wish import Host, User, Wish

LICENCE = "\n\nApache License\nVersion 2.0"
LARGE_BYTES = 150_000_000
SLOWLY_S = 0.02


@pytest.fixture(autouse=True)
def from_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ollama takes a registry without TLS only where it is told to."""
    insecure = partialmethod(ollama.Client.pull, insecure=True)
    monkeypatch.setattr(ollama.Client, "pull", insecure)


class Person:
    """Answers the questions in turn, no when there are no more answers; `told` is what it read."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []
        self.told: list[str] = []

    @property
    def user(self) -> User:
        return User(tell=self.told.append, agrees=self.agrees)

    def agrees(self, question: str) -> bool:
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else False


def names(server: OllamaServer) -> list[str]:
    return [model.name for model in server.models()]


@pytest.mark.parametrize("version", ["ollama_093", "ollama_054"])
def test_a_small_model_is_downloaded_after_one_yes_and_its_licence_told(
    version: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = request.getfixturevalue(version)
    person = Person(True)
    small = ensure_synthetic(tiny(), "Q8_0", tmp_path)
    with registry(small.path.read_bytes(), LICENCE) as here:
        note = pull(server, here.name, person.user, allowed=False)
        assert here.name in names(server)
    ollama.Client(server.endpoint.url).delete(here.name)
    assert note is not None
    assert "licence: Apache License" in note
    assert f"({small.path.stat().st_size / 1e6:,.0f} MB, " in note
    assert len(person.questions) == 1
    assert any(f"Pulling {here.name}: " in line and " MB" in line for line in person.told)


def test_a_large_one_waits_for_a_yes_that_knows_its_size(ollama_093: OllamaServer) -> None:
    person = Person(True, False)
    with registry(bytes(LARGE_BYTES), LICENCE, SLOWLY_S) as here:
        assert pull(ollama_093, here.name, person.user, allowed=False) is None
        assert here.sent_bytes < LARGE_BYTES / 5
        assert here.name not in names(ollama_093)
    assert "150 MB. Its licence is told once it is here" in person.questions[1]
    assert f"{MODEL}:latest" in names(ollama_093)


def test_without_a_yes_the_registry_is_not_even_asked(ollama_093: OllamaServer) -> None:
    with registry(b"weights", LICENCE) as here:
        assert pull(ollama_093, here.name, Person().user, allowed=False) is None
        assert here.sent_bytes == 0


def test_an_interrupted_download_leaves_ollama_well_and_goes_on_later(
    ollama_093: OllamaServer,
) -> None:
    def interrupt(text: str) -> None:
        if " of 150 MB" in text and " 0 of" not in text:
            raise KeyboardInterrupt

    with registry(bytes(LARGE_BYTES), LICENCE, SLOWLY_S) as here:
        with pytest.raises(KeyboardInterrupt):
            pull(ollama_093, here.name, User(interrupt, lambda _: False), allowed=True)
        assert here.sent_bytes < LARGE_BYTES / 2
        assert f"{MODEL}:latest" in names(ollama_093)
        ollama_093.load(MODEL)
        ollama_093.unload(MODEL)
        here.pause_s, before = 0.0, here.sent_bytes
        pull(ollama_093, here.name, Person().user, allowed=True)
        assert here.name in names(ollama_093)
        assert here.sent_bytes - before < LARGE_BYTES
    ollama.Client(ollama_093.endpoint.url).delete(here.name)


def test_a_model_that_was_pulled_on_the_way_is_said_in_the_measurement(
    ollama_093: OllamaServer, smollm2: Path, tmp_path: Path
) -> None:
    host = Host(1, 1 << 30, None, 1 << 30, False, 1, 512, tmp_path, tmp_path)
    with registry(smollm2.read_bytes() + b"pulled", LICENCE) as here:
        wish = Wish(url=ollama_093.endpoint.url, model=here.name, pull=True)
        with obtain.serving(wish, host, Person().user) as ready:
            assert ready.served_as == here.name
            assert "was downloaded for this measurement (98 MB, licence: Apache" in ready.note
    ollama.Client(ollama_093.endpoint.url).delete(here.name)


def test_a_model_whose_file_is_broken_does_not_hide_the_others(
    ollama_093: OllamaServer,
) -> None:
    with registry(b"no weights at all", LICENCE) as here:
        pull(ollama_093, here.name, Person().user, allowed=True)
        try:
            assert {here.name, f"{MODEL}:latest"} <= set(names(ollama_093))
        finally:
            ollama.Client(ollama_093.endpoint.url).delete(here.name)


def test_a_model_without_a_licence_has_an_unknown_one(ollama_093: OllamaServer) -> None:
    assert licence_of(ollama_093, MODEL) == Unknown("none came with the model")


def test_a_model_that_no_registry_has_is_named(ollama_093: OllamaServer) -> None:
    with registry(b"weights", LICENCE) as here:
        here.manifest = b"{}"
        absent = here.name.replace("pulled", "absent")
    with pytest.raises(AdvisorError, match="could not pull"):
        pull(ollama_093, absent, Person().user, allowed=True)
