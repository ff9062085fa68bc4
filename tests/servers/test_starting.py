"""Does what we start end when we end, and nothing else?"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fake_servers import listed, serving
from real_servers import MODEL, ollama_process

from advisor.errors import AdvisorError
from advisor.servers.dialects.ollama import OllamaServer, PullProgress
from advisor.servers.starting.ollama import ollama
from advisor.servers.starting.process import ServerProcess
from advisor.servers.starting.recipe import Recipe, free_port

LONG = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {inner!r}]); {outer}"
SLEEP = "import time; time.sleep(600)"


def _gone(processes: list[psutil.Process], within_s: float = 20) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return not alive


def _family(pid: int, size: int) -> list[psutil.Process]:
    """The process and its descendants once there are `size` of them."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        if len(family) >= size:
            return family
        time.sleep(0.05)
    raise AssertionError(f"{pid} has no family of {size}")


def _keeper(log: Path, program: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "advisor.servers.keeper", str(log)]
    return subprocess.Popen([*command, sys.executable, "-c", program], stdin=subprocess.PIPE)


def test_the_program_and_its_children_end_when_standard_input_closes(tmp_path: Path) -> None:
    program = LONG.format(inner=SLEEP, outer="print('ready', flush=True); time.sleep(600)")
    keeper = _keeper(tmp_path / "log", program)
    family = _family(keeper.pid, 3)
    keeper.stdin.close()
    assert _gone(family)
    assert b"ready" in (tmp_path / "log").read_bytes()


def test_the_program_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    starter_code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-m', 'advisor.servers.keeper', {log!r}, "
        f"sys.executable, '-c', {SLEEP!r}], stdin=subprocess.PIPE)\n"
        "time.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", starter_code])
    family = _family(starter.pid, 3)
    starter.kill()
    starter.wait()
    assert _gone(family)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_changes_nothing_but_a_lost_terminal_ends_it(tmp_path: Path) -> None:
    keeper = _keeper(tmp_path / "log", SLEEP)
    family = _family(keeper.pid, 2)
    time.sleep(0.5)
    os.kill(keeper.pid, signal.SIGINT)
    time.sleep(0.3)
    assert all(process.is_running() for process in family)
    os.kill(keeper.pid, signal.SIGHUP)
    assert _gone(family)
    keeper.stdin.close()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_the_children_of_a_program_that_crashed_end_too(tmp_path: Path) -> None:
    keeper = _keeper(tmp_path / "log", LONG.format(inner=SLEEP, outer="time.sleep(600)"))
    family = _family(keeper.pid, 3)
    family[1].kill()
    assert _gone(family)
    keeper.stdin.close()


def test_the_keeper_ends_with_its_program(tmp_path: Path) -> None:
    keeper = _keeper(tmp_path / "log", "raise SystemExit(7)")
    assert keeper.wait(20) == 7
    keeper.stdin.close()


def test_a_program_that_cannot_serve_is_named_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "ollama.log"
    with (
        pytest.raises(AdvisorError, match=r"could not be started: it ended after .*ollama\.log"),
        ServerProcess(ollama(Path(sys.executable)), log=log),
    ):
        pass
    assert log.exists()


def test_a_server_is_ready_once_it_says_so_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[str] = []
    process = ServerProcess(_loading_for(2.5), log=tmp_path / "log", tell=told.append)
    with process as server:
        assert (server.kind, [model.name for model in server.models()]) == ("vllm", ["made-up"])
        assert process.load_s >= 2.5
        family = _family(_listener(server.endpoint.port).pid, 2)
    assert _gone(family)
    assert "Starting vllm: 1 s, Loading weights: 50 %" in told


def test_it_can_be_started_again_on_the_same_port(tmp_path: Path) -> None:
    process = ServerProcess(_loading_for(0), log=tmp_path / "log")
    try:
        first = process.start()
        family = _family(_listener(first.endpoint.port).pid, 2)
        process.stop()
        assert _gone(family, within_s=5)
        second = process.start()
        assert second.endpoint == first.endpoint
    finally:
        process.stop()


def test_one_that_is_not_ready_in_time_is_ended_and_its_log_named(tmp_path: Path) -> None:
    recipe = replace(_loading_for(600), ready_within_s=1.5, remedy="Do this.")
    with (
        pytest.raises(AdvisorError) as caught,
        ServerProcess(recipe, log=tmp_path / "engine.log"),
    ):
        pass
    said = str(caught.value)
    assert "was not ready within 2 s: Loading weights: 50 %" in said
    assert f"See {tmp_path / 'engine.log'}. Do this." in said
    assert _nothing_listens(recipe.port)


def test_it_ends_with_an_error_of_the_measurement(tmp_path: Path) -> None:
    families = []
    with (
        pytest.raises(ZeroDivisionError),
        ServerProcess(_loading_for(0), log=tmp_path / "log") as server,
    ):
        families.append(_family(_listener(server.endpoint.port).pid, 2))
        raise ZeroDivisionError
    assert _gone(families[0])


@pytest.mark.parametrize("loading_s", [0, 600], ids=["serving", "loading"])
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_ends_when_the_measuring_program_is_interrupted_or_killed(
    how: str, loading_s: float, tmp_path: Path
) -> None:
    recipe = _loading_for(loading_s)
    measuring = (
        "import time\n"
        "from pathlib import Path\n"
        "from advisor.servers.starting.process import ServerProcess\n"
        "from advisor.servers.starting.recipe import Recipe\n"
        f"recipe = Recipe('vllm', Path({str(recipe.program)!r}), {recipe.arguments!r}, "
        f"{recipe.port}, '/health', 600)\n"
        f"with ServerProcess(recipe, log=Path({str(tmp_path / 'log')!r})):\n"
        "    time.sleep(600)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", measuring], stderr=subprocess.DEVNULL, start_new_session=True
    )
    family = _family(program.pid, 4)
    os.killpg(program.pid, getattr(signal, how))
    program.wait(30)
    assert _gone(family)


def test_who_else_takes_the_port_is_not_taken_for_the_server(tmp_path: Path) -> None:
    """Another program answers there, healthy; ours cannot listen and ends."""
    with serving({"/health": (200, "text/plain", b"ok"), "/v1/models": listed("vllm")}) as url:
        port = int(url.rpartition(":")[2])
        recipe = replace(_loading_for(0, port), ready_within_s=20)
        with (
            pytest.raises(AdvisorError, match="it ended after"),
            ServerProcess(recipe, log=tmp_path / "log"),
        ):
            pass


def test_a_real_ollama_ends_with_its_context(ollama_093: OllamaServer) -> None:
    """Started like the fixture's, beside it; the fixture's goes on."""
    program = _listener(ollama_093.endpoint.port)
    environment = {
        name: value
        for name, value in program.environ().items()
        if name.startswith(("OLLAMA_", "LD_", "SHIM_", "HOME"))
    }
    log = Path(environment["HOME"]) / "second.log"
    with ollama_process(Path(program.exe()), log, environment) as second:
        assert second.version == "0.9.3"
        assert second.endpoint.port != ollama_093.endpoint.port
        family = [_listener(second.endpoint.port)]
        assert [model.name for model in second.models()] == [f"{MODEL}:latest"]
    assert _gone(family)
    assert ollama_093.models()


def test_a_model_that_does_not_exist_cannot_be_pulled(ollama_093: OllamaServer) -> None:
    steps: list[PullProgress] = []
    with pytest.raises(AdvisorError, match="could not pull 'no/such:model'"):
        ollama_093.pull("no/such:model", steps.append)


def _loading_for(loading_s: float, port: int | None = None) -> Recipe:
    port = port or free_port()
    program = str(Path(__file__).with_name("fake_engine.py"))
    return Recipe(
        kind="vllm",
        program=Path(sys.executable),
        arguments=(program, str(port), str(loading_s)),
        port=port,
        health_path="/health",
        ready_within_s=60,
    )


def _nothing_listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _listener(port: int) -> psutil.Process:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            return psutil.Process(connection.pid)
    raise AssertionError(f"nothing listens on {port}")
