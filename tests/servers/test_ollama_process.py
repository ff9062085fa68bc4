"""Does what we start end when we end, and nothing else?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from real_servers import MODEL

from advisor.errors import AdvisorError
from advisor.servers.dialects.ollama import OllamaServer, PullProgress
from advisor.servers.ollama_process import OllamaProcess

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
        pytest.raises(AdvisorError, match=r"could not be started: it ended at once.*ollama\.log"),
        OllamaProcess(Path(sys.executable), log=log),
    ):
        pass
    assert log.exists()


def test_a_real_ollama_ends_with_its_context(ollama_093: OllamaServer) -> None:
    """Started like the fixture's, beside it; the fixture's goes on."""
    program = _program_listening_on(ollama_093.endpoint.port)
    environment = {
        name: value
        for name, value in program.environ().items()
        if name.startswith(("OLLAMA_", "LD_", "SHIM_", "HOME"))
    }
    log = Path(environment["HOME"]) / "second.log"
    with OllamaProcess(Path(program.exe()), log=log, environment=environment) as second:
        assert second.version == "0.9.3"
        assert second.endpoint.port != ollama_093.endpoint.port
        family = [_program_listening_on(second.endpoint.port)]
        assert [model.name for model in second.models()] == [f"{MODEL}:latest"]
    assert _gone(family)
    assert ollama_093.models()


def test_a_model_that_does_not_exist_cannot_be_pulled(ollama_093: OllamaServer) -> None:
    steps: list[PullProgress] = []
    with pytest.raises(AdvisorError, match="could not pull 'no/such:model'"):
        ollama_093.pull("no/such:model", steps.append)


def _program_listening_on(port: int) -> psutil.Process:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            return psutil.Process(connection.pid)
    raise AssertionError(f"nothing listens on {port}")
