"""The machine is looked at as it is: its cards, who holds them, and what servers work on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes_nvml import Environment, fake_nvml, no_nvml, run_python
from tiny_models import tiny

from advisor.doctor.facts import Quiet
from advisor.documents import Unknown
from advisor.machine.document import GpuProcess
from advisor.machine.occupied import CardUse
from advisor.models.synthetic import write_synthetic
from advisor.schedule.in_flight import counted, requests_in_flight
from advisor.schedule.look import look, server_processes, strangers
from advisor.servers.client import fetch
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.metrics import samples
from advisor.servers.wire import Endpoint
from advisor.servers.wish import Wish

__all__ = ["fake_nvml", "no_nvml"]

CARDS = """
import json
from advisor.doctor.facts import Quiet
from advisor.documents import Unknown
from advisor.machine.occupied import cards_in_use
told = lambda value: None if isinstance(value, Unknown) else value
print(json.dumps([
    [card.name, told(card.busy_percent), told(card.holders) and
     [[each.pid, each.memory_bytes] for each in card.holders]]
    for card in cards_in_use()
]))
"""
SPINNING = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"vllm:num_requests_running 0\\nvllm:num_requests_waiting 0\\n")

    def log_message(self, *_):
        return

server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
while True:
    pass
"""
VLLM = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m {x}"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m {x}"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 7.0
vllm:kv_cache_usage_perc{engine="0"} 0.5
"""


def test_cards_tell_how_busy_they_are_and_who_holds_them(
    fake_nvml: Callable[..., Environment],
) -> None:
    seen = run_python(CARDS, fake_nvml(FAKE_GPUS="2", FAKE_BUSY_PERCENT="37", FAKE_PID="77"))
    assert [(busy, holders) for _, busy, holders in seen] == [(37.0, [[77, 512 << 20]])] * 2
    assert seen[0][0] == "NVIDIA GeForce RTX 4090"


def test_a_driver_that_refuses_is_no_busy_card(fake_nvml: Callable[..., Environment]) -> None:
    (card,) = run_python(CARDS, fake_nvml(FAKE_NO_PERMISSION="1"))
    assert card[2] is None


def test_without_a_card_nothing_is_held(no_nvml: Environment) -> None:
    assert run_python(CARDS, no_nvml) == []


def test_an_amd_card_tells_how_busy_it_is(tmp_path: Path, no_nvml: Environment) -> None:
    device = tmp_path / "sys/class/drm/card0/device"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x1002\n")
    (device / "gpu_busy_percent").write_text("63\n")
    program = CARDS.replace(
        "cards_in_use()", f"cards_in_use(__import__('pathlib').Path({str(tmp_path)!r}))"
    )
    ((_, busy, holders),) = run_python(program, no_nvml)
    assert (busy, holders) == (63.0, None)


def test_who_is_not_the_server_is_a_stranger() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        cards = (
            CardUse(
                "a",
                0.0,
                (
                    GpuProcess(pid=sleeper.pid, memory_bytes=1 << 30),
                    GpuProcess(pid=os.getpid(), memory_bytes=5 << 30),
                ),
            ),
            CardUse(
                "b",
                0.0,
                (
                    GpuProcess(pid=sleeper.pid, memory_bytes=2 << 30),
                    GpuProcess(pid=12345678, memory_bytes=None),
                ),
            ),
            CardUse("c", Unknown("-"), Unknown("-")),
        )
        ((name, size_bytes),) = strangers(cards, frozenset({os.getpid()}))
    finally:
        sleeper.kill()
        sleeper.wait()
    assert name.startswith("python")
    assert size_bytes == 3 << 30
    assert strangers(cards, Unknown("another user's")) == ()


def test_the_servers_processes_are_the_listener_and_its_children() -> None:
    program = (
        "import socket, subprocess, sys, time; s = socket.create_server(('127.0.0.1', 0)); "
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        "print(s.getsockname()[1], c.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    child = 0
    try:
        assert server.stdout is not None
        port, child = (int(each) for each in server.stdout.readline().split())
        ours = OpenAIServer(Endpoint("http", "127.0.0.1", port), kind="generic")
        elsewhere = OpenAIServer(Endpoint("http", "192.0.2.1", port), kind="generic")
        assert server_processes([ours]) == {server.pid, child}
        assert server_processes([elsewhere]) == frozenset()
        closed = OpenAIServer(Endpoint("http", "127.0.0.1", 9), kind="generic")
        assert isinstance(server_processes([ours, closed]), Unknown)
    finally:
        if child:
            os.kill(child, 9)
        server.kill()
        server.wait()


def test_gauges_are_added_and_others_are_not() -> None:
    names = ("vllm:num_requests_running", "vllm:num_requests_waiting")
    assert counted(samples(VLLM.encode()), names) == 3
    for said in ("", "vllm:num_requests_running NaN\n", "vllm:num_requests_running -1\n"):
        assert isinstance(counted(samples(said.encode()), names), Unknown)


@pytest.fixture
def metrics():
    """A server that answers with the metrics in `VLLM` and knows no other path."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/metrics"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(VLLM.encode() if found else b"{}")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint("http", "127.0.0.1", server.server_port)
    server.shutdown()


def test_vllm_tells_what_it_works_on(metrics: Endpoint) -> None:
    assert requests_in_flight("vllm", metrics) == 3
    assert isinstance(requests_in_flight("sglang", metrics), Unknown)
    assert isinstance(requests_in_flight("ollama", metrics), Unknown)


def test_a_server_that_is_gone_is_unknown() -> None:
    assert isinstance(requests_in_flight("vllm", Endpoint("http", "127.0.0.1", 9)), Unknown)


def test_a_real_llama_cpp_tells_of_a_request_while_it_works_on_it(tmp_path: Path) -> None:
    path = write_synthetic(tiny(), "Q4_0", tmp_path / "tiny.gguf").path
    with EmbeddedEngine(
        path, threads=1, slots=2, context_tokens=4096, log_path=tmp_path / "log"
    ) as engine:
        server = LlamaCppServer(engine.endpoint, kind="llama.cpp")
        assert requests_in_flight("llama.cpp", server.endpoint) == 0
        body = {"prompt": "Hello", "n_predict": 3000, "ignore_eos": True, "stream": False}
        asking = threading.Thread(
            target=fetch,
            args=(engine.endpoint, "/completion"),
            kwargs={"body": json.dumps(body).encode(), "timeout_s": 60.0},
        )
        asking.start()
        seen: list[int | Unknown] = []
        while asking.is_alive():
            seen.append(requests_in_flight("llama.cpp", server.endpoint))
            time.sleep(0.02)
        asking.join()
        assert 1 in seen
        assert requests_in_flight("llama.cpp", server.endpoint) == 0


def test_a_server_that_spins_while_it_waits_is_not_taken_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers as a vLLM with nothing to do, and burns one processor."""

    def second_of_a_busy_machine() -> Quiet:
        time.sleep(1.0)
        return Quiet(
            wakes=1,
            late_p50_ms=0,
            late_p99_ms=0,
            others_busy_percent=80.0,
            steal_percent=None,
            busiest=(),
        )

    monkeypatch.setattr("advisor.schedule.look.watch", second_of_a_busy_machine)
    program = tmp_path / "spin.py"
    program.write_text(SPINNING)
    server = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        idle = look(Wish(url=url, kind="vllm"))
        silent = look(Wish(url=url, kind="generic"))
    finally:
        server.kill()
        server.wait()
    assert idle.servers[0].requests == 0
    assert idle.others_busy_percent < 80.0
    assert isinstance(silent.servers[0].requests, Unknown)
    assert silent.others_busy_percent == 80.0


def test_a_look_at_this_very_machine_finds_numbers() -> None:
    seen = look(Wish(synthetic="llama-3.2-1b"))
    assert 0 <= seen.others_busy_percent <= 100
    assert seen.servers == ()
    assert seen.strangers == ()
