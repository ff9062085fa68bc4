"""The embedded engine: the real llama.cpp server in a child process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tiny_models import tiny

from advisor.errors import AdvisorError, InputError
from advisor.models.synthetic import write_synthetic
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.obtain import serving
from advisor.servers.wire import Endpoint
from advisor.servers.wish import Host, User, Wish


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embedded") / "tiny.gguf"
    return write_synthetic(tiny(), "Q4_0", path).path


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(tiny_model, threads=1, slots=2, context_tokens=1_024) as running:
        yield running


def _ask(endpoint: Endpoint, path: str, body: dict[str, Any] | None = None) -> Any:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            content = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), content)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return json.loads(answer.read())
    finally:
        connection.close()


def _complete(endpoint: Endpoint, prompt: str, tokens: int, **more: Any) -> Any:
    wanted = {"prompt": prompt, "n_predict": tokens, "ignore_eos": True, "cache_prompt": False}
    return _ask(endpoint, "/completion", wanted | {"temperature": 1.0, "seed": 1} | more)


def _is_gone(pid: int, within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_tells_where_it_is_and_how_it_was_started(engine: EmbeddedEngine) -> None:
    assert engine.endpoint.host == "127.0.0.1"
    assert engine.load_s > 0
    assert engine.engine_version[0].isdigit()
    settings = engine.settings
    assert (settings.threads, settings.slots, settings.context_tokens) == (1, 2, 1_024)
    if sys.platform == "linux":
        assert settings.device == "cpu"
        assert "CPU only" in settings.note
    props = _ask(engine.endpoint, "/props")
    assert props["total_slots"] == 2
    assert props["default_generation_settings"]["n_ctx"] == 1_024


def test_model_has_a_plain_name(engine: EmbeddedEngine) -> None:
    (served,) = _ask(engine.endpoint, "/v1/models")["data"]
    assert served["id"] == engine.model_name == "tiny"
    assert engine.model.quantization == "Q4_0"


@pytest.mark.parametrize("tokens", [1, 128])
def test_as_many_tokens_as_were_asked(engine: EmbeddedEngine, tokens: int) -> None:
    answer = _complete(engine.endpoint, "the quick brown fox", tokens)
    assert answer["tokens_predicted"] == tokens
    assert answer["stop_type"] == "limit"


def test_greedy_decoding_runs_to_the_end_too(engine: EmbeddedEngine) -> None:
    answer = _complete(engine.endpoint, "the quick brown fox", 200, temperature=0.0)
    assert answer["tokens_predicted"] == 200


def test_generated_text_is_whole_and_varied(engine: EmbeddedEngine) -> None:
    text = _complete(engine.endpoint, "the quick brown fox", 128)["content"]
    assert text.isascii()
    assert len(set(text)) > 15


def test_prompts_have_countable_tokens(engine: EmbeddedEngine) -> None:
    counts = [
        _complete(engine.endpoint, "measure twice and cut once " * times, 1)["tokens_evaluated"]
        for times in (1, 2, 4, 8)
    ]
    per_repetition = counts[1] - counts[0]
    assert counts == [counts[0] + per_repetition * more for more in (0, 1, 3, 7)]
    assert 5 <= per_repetition <= 15


def test_any_text_can_be_a_prompt(engine: EmbeddedEngine) -> None:
    answer = _complete(engine.endpoint, "Zahlen 1234, größer, 漢字 \N{GRINNING FACE}!", 64)
    assert answer["tokens_evaluated"] > 10
    assert answer["tokens_predicted"] == 64
    assert len(set(answer["content"])) > 15


def test_equal_prompts_are_not_answered_from_a_cache(engine: EmbeddedEngine) -> None:
    for _ in range(2):
        answer = _complete(engine.endpoint, "one and the same prompt " * 10, 4)
        assert answer["timings"]["cache_n"] == 0
        assert answer["timings"]["prompt_n"] == answer["tokens_evaluated"]


def test_chat_works(engine: EmbeddedEngine) -> None:
    chat = {
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 32,
        "ignore_eos": True,
    }
    answer = _ask(engine.endpoint, "/v1/chat/completions", chat)
    assert answer["usage"]["completion_tokens"] == 32


@pytest.mark.parametrize("quantization", ["Q4_K_M", "Q8_0", "F16"])
@pytest.mark.parametrize("family", ["qwen2", "qwen3"])
def test_every_family_and_type_runs(tmp_path: Path, family: str, quantization: str) -> None:
    one = tiny(family=family, rope_scaling_factor=1.0, tied_embeddings=family == "qwen3")
    path = write_synthetic(one, quantization, tmp_path / "m.gguf").path
    with EmbeddedEngine(path, threads=1, context_tokens=512) as running:
        answer = _complete(running.endpoint, "the quick brown fox", 16)
    assert answer["tokens_predicted"] == 16
    assert len(set(answer["content"])) > 5


def test_a_real_model_makes_sense(smollm2: Path) -> None:
    with EmbeddedEngine(smollm2, threads=1, context_tokens=512) as running:
        prompt = "The capital of France is"
        answer = _complete(running.endpoint, prompt, 8, temperature=0.0)
    assert "Paris" in answer["content"]


def test_leaving_the_block_ends_the_child(tiny_model: Path) -> None:
    with EmbeddedEngine(tiny_model, threads=1) as running:
        pid = running.pid
        assert pid is not None
        assert psutil.pid_exists(pid)
    assert _is_gone(pid)
    assert running.pid is None
    running.stop()


def test_an_error_in_the_block_ends_the_child(tiny_model: Path) -> None:
    running = EmbeddedEngine(tiny_model, threads=1)
    with pytest.raises(KeyboardInterrupt), running:
        pid = running.pid
        raise KeyboardInterrupt
    assert pid is not None
    assert _is_gone(pid)


def test_the_log_is_kept(tiny_model: Path, tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with EmbeddedEngine(tiny_model, threads=1, log_path=log):
        pass
    assert "model loaded" in log.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_dead_engine_is_named(tiny_model: Path) -> None:
    with EmbeddedEngine(tiny_model, threads=1) as running:
        running.check()
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        with pytest.raises(AdvisorError, match="engine died: ended by SIGKILL"):
            while time.monotonic() < deadline:
                running.check()
                time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_never_outlives_its_parent(tiny_model: Path, ending: signal.Signals) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from advisor.servers.embedded import EmbeddedEngine\n"
        "with EmbeddedEngine(pathlib.Path(sys.argv[1]), threads=1) as engine:\n"
        "    print(engine.pid, flush=True)\n"
        "    time.sleep(120)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tiny_model)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if ending == signal.SIGINT:
            os.killpg(parent.pid, ending)  # Ctrl-C reaches the whole group
        else:
            parent.send_signal(ending)
        parent.wait(30)
        assert _is_gone(pid)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_does_not_stop_the_engine(tiny_model: Path) -> None:
    with EmbeddedEngine(tiny_model, threads=1) as running:
        assert running.pid is not None
        os.kill(running.pid, signal.SIGINT)
        time.sleep(0.2)
        running.check()
        assert _complete(running.endpoint, "still there", 4)["tokens_predicted"] == 4


def test_missing_file_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        EmbeddedEngine(tmp_path / "none.gguf", threads=1).start()


def test_cut_file_starts_nothing(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny_model.read_bytes()[:-100_000])
    running = EmbeddedEngine(path, threads=1)
    with pytest.raises(AdvisorError, match="is damaged"):
        running.start()
    assert running.pid is None


def test_model_of_an_unknown_family_is_refused_by_the_engine(
    tiny_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(tiny_model.read_bytes().replace(b"llama", b"lloma", 1))
    running = EmbeddedEngine(path, threads=1)
    with pytest.raises(AdvisorError, match=r"cannot serve odd\.gguf.*lloma.*Its log is"):
        running.start()
    assert running.pid is None


def test_a_slow_start_is_given_up(tiny_model: Path) -> None:
    running = EmbeddedEngine(tiny_model, threads=1, start_timeout_s=0.01)
    with pytest.raises(AdvisorError, match=r"did not become ready.*within 0\.01 s"):
        running.start()
    assert running.pid is None


def test_the_idle_power_can_be_read_before_the_model_is_loaded(
    tiny_model: Path, tmp_path: Path
) -> None:
    """`before_load` is called once, and no engine runs by then."""
    children_then: list[list[psutil.Process]] = []
    host = Host(
        physical_cores=1,
        memory_available_bytes=2**30,
        memory_bandwidth_bytes_per_s=None,
        disk_free_bytes=2**30,
        has_gpu=False,
        streams=1,
        context_tokens=512,
        cache_folder=tmp_path,
        log_folder=tmp_path,
    )
    user = User(tell=lambda _: None, agrees=lambda _: False)
    before = len(psutil.Process().children(recursive=True))

    def note(gpu_share: object) -> None:
        children_then.append(psutil.Process().children(recursive=True))

    with serving(Wish(model=str(tiny_model)), host, user, before_load=note) as ready:
        assert ready.embedded
        assert len(psutil.Process().children(recursive=True)) == before + 1
    assert [len(children) for children in children_then] == [before]
