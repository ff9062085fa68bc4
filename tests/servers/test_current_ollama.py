"""Is today's Ollama, which cannot run here, spoken to by its documented protocol?

Answers after docs.ollama.com: api/ps, api/tags, api/show, api/generate (load, unload) and faq
(`keep_alive`), read 2026-11-25; their version is 0.40.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_servers import Route, as_json, listed, serving

from advisor.errors import AdvisorError
from advisor.servers.dialects import ollama
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.discovery import connect
from advisor.servers.told import Means
from advisor.servers.wire import Completion

NAME = "gemma4:latest"
DETAILS = {"format": "gguf", "family": "gemma4", "families": ["gemma4"], "parameter_size": "8.0B"}
FOREVER = timedelta(days=290 * 365)
DEFAULT = timedelta(minutes=5)


class Ollama:
    """An Ollama with one model; each request sets anew how long it is kept, as older ones do."""

    def __init__(self) -> None:
        self.expires_at: datetime | None = None
        self.asked: list[dict[str, Any]] = []
        self.refuses = False
        self.stubborn = False

    def generate(self, body: dict[str, Any]) -> Route:
        self.asked.append(body)
        if self.refuses:
            return as_json({"error": "model requires more system memory (9.9 GiB)"}, 500)
        kept = body.get("keep_alive")
        if kept == 0:
            self.expires_at = self.expires_at if self.stubborn else None
            return as_json({"model": NAME, "response": "", "done": True, "done_reason": "unload"})
        span = DEFAULT if kept is None else FOREVER if kept < 0 else timedelta(seconds=kept)
        self.expires_at = datetime.now(UTC) + span
        return as_json({"model": NAME, "response": "", "done": True, "done_reason": "load"})

    def ps(self, _: dict[str, Any]) -> Route:
        if self.expires_at is None:
            return as_json({"models": []})
        return as_json(
            {
                "models": [
                    {
                        "name": NAME,
                        "model": NAME,
                        "size": 6591830464,
                        "digest": "c6eb396dbd59",
                        "details": DETAILS,
                        "expires_at": self.expires_at.isoformat(),
                        "size_vram": 5333539264,
                        "context_length": 4096,
                    }
                ]
            }
        )

    @contextmanager
    def serving(self) -> Iterator[OllamaServer]:
        tags = {"models": [{"name": NAME, "model": NAME, "size": 5, "details": DETAILS}]}
        shown = {
            "modelfile": f"FROM {NAME}",
            "parameters": "temperature 1",
            "model_info": {"gemma4.block_count": 42, "gemma4.context_length": 131072},
            "capabilities": ["completion"],
        }
        routes = {
            "/": (200, "text/plain", b"Ollama is running"),
            "/v1/models": listed("library"),
            "/api/version": as_json({"version": "0.40.12"}),
            "/api/tags": as_json(tags),
            "/api/show": as_json(shown),
            "/api/ps": self.ps,
            "/api/generate": self.generate,
        }
        with serving(routes) as url:
            server = connect(url)
            assert isinstance(server, OllamaServer)
            yield server


def test_a_model_that_lies_in_two_places_is_told_with_its_context() -> None:
    fake = Ollama()
    with fake.serving() as server:
        assert server.version == "0.40.12"
        server.load("gemma4")
        (model,) = server.models()
        told = {each.means: each.value for each in server.settings("gemma4")}
    assert (model.loaded, model.context_tokens) == (True, 4096)
    assert model.gpu_share == pytest.approx(0.809, abs=1e-3)
    assert (told[Means.CONTEXT_TOKENS], told[Means.TRAINED_CONTEXT_TOKENS]) == (4096, 131072)
    assert told[Means.GPU_SHARE] == 0.809


def test_loading_and_unloading_are_the_documented_requests() -> None:
    fake = Ollama()
    with fake.serving() as server:
        server.load("gemma4")
        server.load("gemma4")
        server.unload("gemma4")
        server.unload("gemma4")
    assert fake.asked == [
        {"model": "gemma4", "stream": False},
        {"model": "gemma4", "keep_alive": 0, "stream": False},
    ]


def test_a_model_that_does_not_fit_is_said_in_the_servers_words() -> None:
    fake = Ollama()
    fake.refuses = True
    with fake.serving() as server, pytest.raises(AdvisorError, match=r"more system memory"):
        server.load("gemma4")


@pytest.mark.parametrize(("before", "restored"), [(FOREVER, -1), (timedelta(hours=24), 86400)])
def test_a_longer_keep_alive_is_given_back(before: timedelta, restored: int) -> None:
    fake = Ollama()
    with fake.serving() as server:
        fake.expires_at = datetime.now(UTC) + before
        with server.as_found("gemma4"):
            request = server.request("gemma4", Completion("hello", 2, 1))
            assert b'"num_ctx":4096' in request.body, "not loaded anew"
            fake.generate({"model": "gemma4"})
    last = fake.asked[-1]
    assert last["options"] == {"num_ctx": 4096}
    assert last["keep_alive"] == pytest.approx(restored, abs=30)


@pytest.mark.parametrize("before", [None, timedelta(seconds=20)])
def test_a_shorter_one_or_none_is_left_to_the_server(before: timedelta | None) -> None:
    fake = Ollama()
    with fake.serving() as server:
        fake.expires_at = before and datetime.now(UTC) + before
        with server.as_found("gemma4"):
            fake.generate({"model": "gemma4"})
    assert fake.asked == [{"model": "gemma4"}]


def test_a_server_that_is_gone_in_the_meantime_does_not_hide_what_happened() -> None:
    fake = Ollama()
    fake.expires_at = datetime.now(UTC) + FOREVER
    with ExitStack() as after:
        with fake.serving() as server:
            after.enter_context(server.as_found("gemma4"))
        with pytest.raises(AdvisorError, match="nothing listens"):
            server.unload("gemma4")


def test_unloading_that_never_ends_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama, "UNLOADING_TIMEOUT_S", 0.0)
    fake = Ollama()
    with fake.serving() as server:
        fake.expires_at = datetime.now(UTC) + DEFAULT
        fake.stubborn = True
        with pytest.raises(AdvisorError, match="still loaded"):
            server.unload("gemma4")
