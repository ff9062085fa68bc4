"""Are real Ollamas, old and new, asked for settings, loaded, unloaded and left as they were?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psutil
import pytest
from mid_stream import read_with

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import exchange, fetch, json_object
from advisor.servers.concerns import Demand, concerns
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.listener import Program, program_at
from advisor.servers.told import Means, Value
from advisor.servers.wire import Completion, TokenSource

NAME = "smollm2:latest"


@pytest.fixture(params=["ollama_093", "ollama_054"])
def ollama(request: pytest.FixtureRequest) -> Iterator[OllamaServer]:
    server: OllamaServer = request.getfixturevalue(request.param)
    server.contexts.clear()
    server.unload(NAME)
    yield server
    server.contexts.clear()
    server.unload(NAME)


def told(server: OllamaServer) -> dict[Means, Value | Unknown]:
    return {each.means: each.value for each in server.settings(NAME)}


def held(server: OllamaServer) -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = json_object(fetch(server.endpoint, "/api/ps"))["models"]
    return models


def eventually(holds: Callable[[], bool]) -> None:
    """Ollama sets until when a model is kept a moment after its answer."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def generate(server: OllamaServer, **body: object) -> None:
    asked = msgspec.json.encode({"model": "smollm2", "stream": False, **body})
    assert fetch(server.endpoint, "/api/generate", body=asked, timeout_s=60).status == 200


def test_a_model_is_loaded_once_and_unloaded(ollama: OllamaServer) -> None:
    assert held(ollama) == []
    assert ollama.load("smollm2") is None
    assert [each["model"] for each in held(ollama)] == [NAME]
    time.sleep(1.0)
    before = held(ollama)[0]["expires_at"]
    assert ollama.load("SmolLM2") is None
    time.sleep(0.5)
    assert held(ollama)[0]["expires_at"] == before, "a loaded model is left alone"
    assert ollama.unload("smollm2") is None
    assert held(ollama) == []
    assert ollama.unload("smollm2") is None


def test_a_model_that_is_not_there_cannot_be_loaded(ollama: OllamaServer) -> None:
    with pytest.raises(AdvisorError, match=r"could not load 'no-such-model'.*not found"):
        ollama.load("no-such-model")


def test_settings_are_those_that_the_model_runs_with(ollama: OllamaServer) -> None:
    assert told(ollama)[Means.TRAINED_CONTEXT_TOKENS] == 8192
    assert Means.STREAMS not in told(ollama), "not loaded, so nothing is known yet"
    generate(ollama, options={"num_ctx": 640})
    running = told(ollama)
    assert running[Means.CONTEXT_TOKENS] == 640
    assert isinstance(running[Means.STREAMS], int)
    assert running[Means.GPU_SHARE] == 0.0
    assert Means.GPU_LAYERS not in running, "asked for, but nothing lies on a GPU"
    found = concerns(ollama.settings(NAME), Demand(600, 100, running[Means.STREAMS]))
    assert found == ["context 640 truncates this workload (600 tokens in, 100 out)"]


def test_a_loaded_model_keeps_its_context_and_how_long_it_stays(ollama: OllamaServer) -> None:
    """Asked with another context Ollama loads a model anew, which is in somebody's use."""
    generate(ollama, options={"num_ctx": 640}, keep_alive=-1)
    program = program_at(ollama.endpoint)
    with ollama.as_found("smollm2"):
        request = ollama.request("smollm2", Completion("hello there", 4, 1))
        reading = ollama.read(exchange(ollama.endpoint, request, timeout_s=60))
        assert (reading.output_tokens, reading.error) == (4, None)
        generate(ollama, options={"num_ctx": 640}, keep_alive="5m")
        eventually(lambda: held(ollama)[0]["expires_at"] < "2200")
    eventually(lambda: held(ollama)[0]["expires_at"] > "2200")
    assert isinstance(program, Program)
    assert program_at(ollama.endpoint).children == program.children, "the same runner"


def test_what_ollama_does_not_tell_is_read_of_its_process(ollama: OllamaServer) -> None:
    program = program_at(ollama.endpoint)
    assert isinstance(program, Program)
    assert program.name == "ollama-lib"
    assert "OLLAMA_MODELS" in program.environment
    names = {each.name for each in ollama.settings()}
    assert "OLLAMA_MODELS" not in names, "only what changes speed is taken"


def test_counters_do_not_exist_and_it_says_so(ollama: OllamaServer) -> None:
    assert ollama.counters("smollm2") == Unknown("Ollama keeps no totals of its own")


def test_a_runner_killed_in_the_middle_of_a_stream_is_a_named_error(ollama: OllamaServer) -> None:
    ollama.load("smollm2")

    def kill_runner() -> None:
        port = ollama.endpoint.port
        (server,) = {
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == "LISTEN" and connection.laddr.port == port
        }
        for runner in psutil.Process(server).children():
            runner.kill()

    reading = read_with(ollama, "smollm2", kill_runner)
    assert reading.error in ("error_body", "no_end_marker", "reset", "truncated")
    assert 3 < len(reading.event_ns) == reading.output_tokens < 400
    assert reading.token_source is TokenSource.ESTIMATED
    assert ollama.load("smollm2") is None
    request = ollama.request("smollm2", Completion("hello there", 4, 1))
    assert ollama.read(exchange(ollama.endpoint, request, timeout_s=60)).output_tokens == 4
