"""Are a llama.cpp router's models listed, loaded and unloaded as documented?

Routes after llama.cpp tools/server/README.md, "Using multiple models" (read 2026-11-25).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_servers import Route, as_json, serving

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.dialects import llamacpp
from advisor.servers.discovery import connect
from advisor.servers.told import Counters, Means
from advisor.servers.wire import Server

NAME = "ggml-org/gemma-3-4b-it-GGUF:Q4_K_M"
QUERY = "?model=ggml-org%2Fgemma-3-4b-it-GGUF%3AQ4_K_M&autoload=false"


class Router:
    """A router with one model, whose state takes one look to change."""

    def __init__(self, *, fails: bool = False) -> None:
        self.states = ["unloaded"]
        self.fails = fails

    def list_models(self, _: dict[str, object]) -> Route:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status: dict[str, object] = {"value": state, "args": ["llama-server", "-ctx", "4096"]}
        if state == "unloaded" and self.fails:
            status |= {"failed": True, "exit_code": 1}
        return as_json({"data": [{"id": NAME, "status": status}]})

    def load(self, body: dict[str, object]) -> Route:
        assert body == {"model": NAME}
        self.states = ["loading", "unloaded" if self.fails else "loaded"]
        return as_json({"success": True})

    def unload(self, body: dict[str, object]) -> Route:
        assert body == {"model": NAME}
        self.states = ["unloaded"]
        return as_json({"success": True})

    @contextmanager
    def serving(self) -> Iterator[Server]:
        props = {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 4}
        routes = {
            "/v1/models": self.list_models,
            "/models/load": self.load,
            "/models/unload": self.unload,
            f"/props{QUERY}": as_json(props),
            f"/metrics{QUERY}": (200, "text/plain", b"llamacpp:prompt_tokens_total 5\n"),
        }
        with serving(routes, name="llama.cpp") as url:
            yield connect(url)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp, "ASKED_EVERY_S", 0.01)


def test_a_model_is_loaded_and_unloaded_and_told_so() -> None:
    with Router().serving() as server:
        assert server.kind == "llama.cpp"
        assert [model.loaded for model in server.models()] == [False]
        assert server.settings(NAME) == []
        assert server.load(NAME) is None
        assert [model.loaded for model in server.models()] == [True]
        assert server.load(NAME) is None
        assert server.unload(NAME) is None
        assert [model.loaded for model in server.models()] == [False]


def test_settings_and_totals_are_asked_for_by_model() -> None:
    with Router().serving() as server:
        server.load(NAME)
        told = {each.means: each.value for each in server.settings(NAME)}
        assert (told[Means.CONTEXT_TOKENS], told[Means.STREAMS]) == (4096, 4)
        counters = server.counters(NAME)
    assert isinstance(counters, Counters)
    assert (counters.prompt_tokens, counters.generated_tokens) == (5, None)


def test_a_model_that_fails_to_load_is_an_error_with_its_code() -> None:
    router = Router(fails=True)
    router.states = ["loaded"]
    with router.serving() as server:
        router.states = ["unloaded"]
        with pytest.raises(AdvisorError, match=f"could not load '{NAME}': it ended with code 1"):
            server.load(NAME)


def test_a_refusal_is_passed_on() -> None:
    models = as_json({"data": [{"id": NAME, "status": {"value": "unloaded"}}]})
    refused = as_json({"error": {"message": "limit reached"}}, 400)
    routes = {"/v1/models": models, "/models/load": refused}
    with serving(routes, name="llama.cpp") as url:
        server = connect(url)
        with pytest.raises(AdvisorError, match="limit reached"):
            server.load(NAME)
        assert isinstance(server.counters(NAME), Unknown)
