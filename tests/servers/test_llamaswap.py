"""Is llama-swap spoken to as documented, and are the servers behind it read through it?

Routes after github.com/mostlygeek/llama-swap internal/server (`/v1/models`, `/running`,
`/upstream`, `/api/version`) and docs/kb/guides/model-runtime/ttl-and-unloading.md (read
2026-11-25).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_servers import Route, as_json, listed, serving
from streams import LLAMACPP_CHAT, sse, text, usage

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.discovery import connect
from advisor.servers.told import Counters, Means

OK: Route = (200, "text/plain", b"OK")
PROPS = as_json({"default_generation_settings": {"n_ctx": 4096, "params": {}}, "total_slots": 2})
METRICS: Route = (200, "text/plain", b"llamacpp:tokens_predicted_total 7\n")


class Swap:
    """A llama-swap with two models of llama.cpp, `qwen` and `org/glm`."""

    def __init__(self, *, old: bool = False) -> None:
        self.running: dict[str, str] = {}
        self.old = old
        self.asked: list[str] = []

    def list_running(self, _: dict[str, object]) -> Route:
        command = "/opt/llama-server --port 9001 -ngl 20 --cache-type-k q8_0 --api-key hidden"
        return as_json(
            {
                "running": [
                    {"model": name, "state": state, "cmd": command, "proxy": "", "ttl": 300}
                    for name, state in self.running.items()
                ]
            }
        )

    def complete(self, body: dict[str, object]) -> Route:
        self.running[str(body["model"])] = "ready"
        return 200, "text/event-stream", sse(text("a"), text("b", "length"), usage(1, 2))

    def unload(self, name: str | None) -> Route:
        if name is None:
            self.running.clear()
        elif self.old:
            return 404, "text/plain", b"404 page not found"
        else:
            self.running.pop(name, None)
        return OK

    @contextmanager
    def serving(self) -> Iterator[str]:
        names = ("qwen", "org/glm")
        models = {"data": [{"id": name, "owned_by": "llama-swap"} for name in names]}
        version = {} if self.old else {"/api/version": as_json({"version": "v190"})}
        routes = {
            "/v1/models": as_json(models),
            "/running": self.list_running,
            "/v1/completions": self.complete,
            "/unload": lambda _: self.unload(None),
            **{
                f"/api/models/unload/{name}": lambda _, name=name: self.unload(name)
                for name in names
            },
            **{f"/upstream/{name}/v1/models": listed("llamacpp") for name in names},
            **{f"/upstream/{name}/props": PROPS for name in names},
            **{f"/upstream/{name}/metrics": METRICS for name in names},
            **version,
        }
        with serving(routes) as url:
            yield url


def test_it_is_told_from_the_servers_that_it_starts() -> None:
    with Swap().serving() as url:
        server = connect(url)
    assert (server.kind, server.version) == ("llama-swap", "v190")


def test_its_list_tells_what_runs() -> None:
    swap = Swap()
    swap.running["qwen"] = "ready"
    swap.running["org/glm"] = "starting"
    with swap.serving() as url:
        models = connect(url).models()
    assert [(model.name, model.loaded) for model in models] == [("qwen", True), ("org/glm", False)]


@pytest.mark.parametrize("name", ["qwen", "org/glm"])
def test_a_model_is_loaded_by_asking_it_and_unloaded_by_name(name: str) -> None:
    swap = Swap()
    with swap.serving() as url:
        server = connect(url)
        assert server.load(name) is None
        assert swap.running == {name: "ready"}
        swap.running["other"] = "ready"
        assert server.unload(name) is None
        assert swap.running == {"other": "ready"}
        assert server.unload(name) is None


def test_an_old_one_that_unloads_all_at_once_does_so_only_where_nothing_else_runs() -> None:
    swap = Swap(old=True)
    swap.running = {"qwen": "ready", "other": "ready"}
    with swap.serving() as url:
        server = connect(url)
        assert isinstance(server.version, Unknown)
        assert isinstance(server.unload("qwen"), Unknown)
        assert set(swap.running) == {"qwen", "other"}
        del swap.running["other"]
        assert server.unload("qwen") is None
        assert swap.running == {}


def test_settings_and_totals_are_those_of_the_server_behind() -> None:
    swap = Swap()
    with swap.serving() as url:
        server = connect(url)
        assert server.settings("qwen") == []
        assert isinstance(server.counters("qwen"), Unknown)
        swap.running["qwen"] = "ready"
        told = {each.means: each.value for each in server.settings("qwen")}
        assert told[Means.KEEP_ALIVE_S] == 300
        assert (told[Means.CONTEXT_TOKENS], told[Means.STREAMS]) == (4096, 2)
        assert (told[Means.GPU_LAYERS], told[Means.KV_CACHE_TYPE]) == (20, "q8_0")
        assert "hidden" not in str(server.settings("qwen"))
        counters = server.counters("qwen")
    assert isinstance(counters, Counters)
    assert counters.generated_tokens == 7


def test_timers_of_llama_cpp_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    from streams import http, reads

    with Swap().serving() as url:
        reading = connect(url).read(reads(http(LLAMACPP_CHAT)))
    assert (reading.output_tokens, reading.cached_input_tokens) == (4, 0)
    assert reading.timings is not None
    assert reading.timings.decode_intervals == 3


def test_one_that_does_not_tell_what_runs_is_named() -> None:
    with serving({"/v1/models": listed("llama-swap")}) as url:
        server = connect(url)
        with pytest.raises(AdvisorError, match="does not tell what runs"):
            server.models()
        assert isinstance(server.counters("model-0"), Unknown)
