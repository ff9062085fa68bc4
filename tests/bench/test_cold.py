"""Are cold starts and switches measured on real servers, and everybody else's models left alone?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_models import smollm2
from real_servers import MODEL, ollama_054, ollama_093

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))

from fake_servers import as_json, listed, serving

from advisor.bench import cold as cold_module
from advisor.bench.cold import ColdOrder, measure_cold
from advisor.bench.cold_document import ColdStart, Load
from advisor.errors import InputError
from advisor.servers.address import parse_url
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.dialects.vllm import VllmServer
from advisor.servers.discovery import pick_model
from advisor.servers.obtain import serving as obtained
from advisor.servers.others import why_in_use
from advisor.servers.serving import Serving
from advisor.servers.wire import Server
from advisor.servers.wish import Host, User, Wish

__all__ = ["ollama_054", "ollama_093", "smollm2"]

SECOND = "second"


def host(folder: Path) -> Host:
    return Host(1, 4 << 30, None, 4 << 30, False, 1, 512, folder / "cache", folder / "log")


def asked(answers: bool, questions: list[str] | None = None) -> User:
    def agrees(question: str) -> bool:
        if questions is not None:
            questions.append(question)
        return answers

    return User(tell=lambda _: None, agrees=agrees)


def served(server: Server, name: str) -> Serving:
    model = next(each for each in server.models() if each.name == pick_model(server, name))
    return Serving(server, model, served_as=model.name)


def cold_of(
    ready: Serving, folder: Path, user: User, switch_to: str | None = None
) -> tuple[ColdStart | None, dict[str, str]]:
    order = ColdOrder(switch_to)
    cold, unknown, _ = measure_cold(order, ready, Wish(), host(folder), user)
    return cold, unknown


def is_complete(load: Load) -> bool:
    times = load.first_request
    return load.load_s is not None and times is not None and (times.ttft_ms or 0) > 0


@pytest.fixture
def ollama(ollama_093: OllamaServer) -> Iterator[OllamaServer]:
    """Without a model in memory, before and after."""
    ollama_093.unload(MODEL)
    yield OllamaServer(ollama_093.endpoint, version=ollama_093.version)
    ollama_093.unload(MODEL)


@pytest.fixture
def second(ollama: OllamaServer, smollm2: Path, tmp_path: Path) -> Iterator[str]:
    """Another model on the same Ollama: the same weights in another file."""
    from ollama import Client

    file = tmp_path / "second.gguf"
    shutil.copyfile(smollm2, file)
    with file.open("ab") as grown:
        grown.write(bytes(32))
    client = Client(ollama.endpoint.url, timeout=60)
    client.create(SECOND, files={"second.gguf": client.create_blob(file)})
    yield f"{SECOND}:latest"
    client.delete(SECOND)


@pytest.mark.parametrize("version", ["ollama_093", "ollama_054"])
def test_an_idle_ollama_model_is_loaded_asked_and_unloaded(
    version: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ollama = request.getfixturevalue(version)
    ollama.unload(MODEL)
    cold, unknown = cold_of(served(ollama, MODEL), tmp_path, asked(False))
    assert cold is not None, unknown
    assert (cold.of, cold.was_loaded) == ("model", False)
    assert len(cold.loads) == 2
    assert all(is_complete(load) for load in cold.loads)
    assert cold.warm_request is not None
    assert cold.warm_requests == 5
    assert cold.unload_s is not None
    shares = [load.disk_cache_share for load in cold.loads]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert shares[0] is not None or "cold_start.loads[0].disk_cache_share" in unknown


def test_a_pinned_model_is_unloaded_after_a_yes_only_and_pinned_again(
    ollama: OllamaServer, tmp_path: Path
) -> None:
    ollama._ask("pin", {"model": MODEL, "keep_alive": -1}, 60)
    questions: list[str] = []
    cold, unknown = cold_of(served(ollama, MODEL), tmp_path, asked(False, questions))
    assert cold is None
    assert "was asked to stay loaded for ever" in unknown["cold_start"]
    assert "Unload models for --cold all the same?" in questions[0]
    assert why_in_use(ollama, MODEL) == "was asked to stay loaded for ever"
    with ollama.as_found(MODEL):
        cold, unknown = cold_of(served(ollama, MODEL), tmp_path, asked(True))
    assert cold is not None, unknown
    assert cold.was_loaded is True
    assert why_in_use(ollama, MODEL) == "was asked to stay loaded for ever"


def test_an_interrupt_leaves_a_model_loaded_as_it_was_found(
    ollama: OllamaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        assert served(ollama, MODEL).model.loaded is True
        ollama.unload(MODEL)
        raise KeyboardInterrupt

    ollama._ask("pin", {"model": MODEL, "keep_alive": -1}, 60)
    monkeypatch.setattr(cold_module, "ask_once", interrupt)
    with pytest.raises(KeyboardInterrupt), ollama.as_found(MODEL):
        cold_of(served(ollama, MODEL), tmp_path, asked(True))
    assert why_in_use(ollama, MODEL) == "was asked to stay loaded for ever"


def test_a_model_is_left_alone_while_another_program_is_connected(
    ollama: OllamaServer, tmp_path: Path
) -> None:
    ollama.load(MODEL)
    assert why_in_use(ollama, MODEL) is None
    connect = (
        "import socket, time; held = socket.create_connection(('127.0.0.1', PORT)); "
        "print('connected', flush=True); time.sleep(60)"
    ).replace("PORT", str(ollama.endpoint.port))
    other = subprocess.Popen([sys.executable, "-c", connect], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        cold, unknown = cold_of(served(ollama, MODEL), tmp_path, asked(False))
    finally:
        other.kill()
        other.wait()
    assert cold is None
    assert "another program is connected" in unknown["cold_start"]
    assert served(ollama, MODEL).model.loaded is True


def test_a_switch_goes_there_and_back_and_leaves_only_what_was_loaded(
    ollama: OllamaServer, second: str, tmp_path: Path
) -> None:
    cold, unknown = cold_of(served(ollama, MODEL), tmp_path, asked(False), switch_to=SECOND)
    assert cold is not None, unknown
    there, back = cold.switches
    assert (there.from_model, there.to_model) == (f"{MODEL}:latest", second)
    assert (back.from_model, back.to_model) == (second, f"{MODEL}:latest")
    assert there.load_s is not None
    assert there.first_token_s is not None
    assert there.first_token_s > there.load_s
    assert there.kept_loaded in (True, False)
    assert served(ollama, SECOND).model.loaded is False


def test_a_second_model_that_is_not_there_is_said_before_anything_is_unloaded(
    ollama: OllamaServer, tmp_path: Path
) -> None:
    ollama.load(MODEL)
    ready = served(ollama, MODEL)
    with pytest.raises(InputError, match="has no model 'absent'"):
        cold_of(ready, tmp_path, asked(True), switch_to="absent")
    with pytest.raises(InputError, match="Name another"):
        cold_of(ready, tmp_path, asked(True), switch_to=MODEL)
    assert served(ollama, MODEL).model.loaded is True


def test_the_embedded_engine_is_ended_and_started_again(smollm2: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.gguf", tmp_path / "other.gguf"
    for file in (first, second):
        shutil.copyfile(smollm2, file)
    wish, user = Wish(model=str(first)), asked(False)
    with obtained(wish, host(tmp_path), user) as ready:
        order = ColdOrder(str(second))
        cold, unknown, after = measure_cold(order, ready, wish, host(tmp_path), user)
        assert after.server.models()
    assert cold is not None
    assert cold.of == "process"
    assert all(is_complete(load) for load in cold.loads)
    assert cold.unload_s is not None
    assert [switch.to_model for switch in cold.switches] == ["other", "first"]
    assert not any(switch.kept_loaded for switch in cold.switches)
    disk, cache = (load.disk_cache_share for load in cold.loads)
    if disk is None:
        assert "cold_start.loads[0].disk_cache_share" in unknown
    else:
        assert cache is not None
        assert disk <= cache


def test_a_server_that_cannot_unload_says_so(tmp_path: Path) -> None:
    with serving({"/v1/models": listed("vllm")}) as url:
        ready = served(VllmServer(parse_url(url), kind="vllm"), "model-0")
        cold, unknown = cold_of(ready, tmp_path, asked(True))
    assert cold is None
    assert "vllm" in unknown["cold_start"].lower()


def test_a_server_on_another_machine_is_left_alone(tmp_path: Path) -> None:
    with serving({"/v1/models": as_json({"data": [{"id": "m"}]})}) as url:
        elsewhere = OpenAIServer(parse_url(url.replace("127.0.0.1", "127.0.0.2")))
        with serving({}) as _:
            why = why_in_use(elsewhere, "m")
    assert why is not None
    assert "another machine" in why
