"""`--start` as a user runs it: the server is ours, is measured, and is gone however we end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import psutil
import pytest
from real_installed import llama_server_program
from real_models import smollm2

from advisor.cli.schema import json_schema

__all__ = ["llama_server_program", "smollm2"]

SMALL = ("--input-tokens", "32", "--output-tokens", "8", "--concurrency", "1", "--max-time", "4s")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "advisor", "bench", *arguments]


def environment(home: Path, *programs: Path) -> dict[str, str]:
    """Nothing but these programs and the system's is installed."""
    path = os.pathsep.join([*(str(program.parent) for program in programs), "/usr/bin", "/bin"])
    return {**os.environ, "ADVISOR_DATA_DIR": str(home), "HOME": str(home), "PATH": path}


def advisor(
    home: Path, *arguments: str, programs: tuple[Path, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(home, *programs),
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_an_installed_llama_server_is_started_measured_and_ended(
    tmp_path: Path, llama_server_program: Path, smollm2: Path
) -> None:
    done = advisor(
        tmp_path,
        *("--start", "llama.cpp", "--model", str(smollm2), "--cold", "--json", *SMALL),
        programs=(llama_server_program,),
    )
    assert done.returncode == 0, done.stderr
    bench = json.loads(done.stdout)
    jsonschema.validate(bench, json_schema("advisor.bench/1"))
    assert bench["server"]["kind"] == "llama.cpp"
    assert "embedded" not in bench["measured_on"]
    assert bench["stages"][0]["output_tokens"] == 8
    assert bench["first_request"]["load_s"] > 0
    assert "llama.cpp was started for this measurement and ended after it" in bench["warnings"]
    assert bench["cold_start"]["of"] == "process"
    assert [load["load_s"] > 0 for load in bench["cold_start"]["loads"]] == [True, True]
    assert not _listening(bench["server"]["url"])


@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_a_started_server_ends_with_the_program_however_that_ends(
    how: str, tmp_path: Path, llama_server_program: Path, smollm2: Path
) -> None:
    program = subprocess.Popen(
        command("--start", "llama.cpp", "--model", str(smollm2), "--max-time", "300s"),
        env=environment(tmp_path, llama_server_program),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    server = _descendant(program.pid, "llama-server")
    program.send_signal(getattr(signal, how))
    program.wait(60)
    _, alive = psutil.wait_procs([server], timeout=20)
    assert not alive


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--start", "vllm", "--model", "m"), "vllm is not installed here"),
        (("--start", "lmstudio"), "Start it yourself with `lms server start`"),
        (("--switch-to", "other"), "Give --cold too"),
        (("--start", "ollama", "--url", "http://127.0.0.1:1"), "Give one of the two"),
        (("--start", "llama.cpp", "--model", "/nowhere.gguf"), "there is no file /nowhere.gguf"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = advisor(tmp_path, *arguments, *SMALL)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def _descendant(pid: int, name: str) -> psutil.Process:
    """The program's child of that name, once there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children(recursive=True):
            if child.name() == name:
                return child
        time.sleep(0.05)
    raise AssertionError(f"{pid} has started no {name}")


def _listening(url: str) -> bool:
    port = int(url.rpartition(":")[2])
    return any(
        connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
        for connection in psutil.net_connections("tcp")
    )
