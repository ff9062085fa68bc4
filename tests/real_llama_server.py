"""A real `llama-server` as a process, built once from package-registry wheels and then kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from real_servers import _RUNTIME_093, _STAND_IN_054, _built, _compile, _unpack, download

from advisor.servers.client import UnreachableError, fetch
from advisor.servers.discovery import connect
from advisor.servers.wire import Endpoint, Server

LLAMA_OPTIONS = ("--metrics", "-np", "2", "-c", "2048", "-t", "1", "-ngl", "14", "-ctk", "f16")
"""Two slots of 1,024 tokens. No layer lies on a GPU that is not there, whatever is asked."""


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory, smollm2: Path) -> Iterator[Server]:
    """A running llama-server of early 2025 with SmolLM2-135M."""
    with running_llama_server(smollm2, tmp_path_factory.mktemp("llama-server")) as (server, _):
        yield server


@contextmanager
def running_llama_server(model: Path, home: Path) -> Iterator[tuple[Server, psutil.Process]]:
    """One of its own, and its process, which a test may kill."""
    folder = _built("llama-server-2.6.0", _build)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = Endpoint("http", "127.0.0.1", port)
    keeper = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "advisor.servers.keeper", str(home / "server.log")),
            *(str(folder / "llama-server"), "-m", str(model)),
            *("--host", "127.0.0.1", "--port", str(port), *LLAMA_OPTIONS),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LD_LIBRARY_PATH": str(folder)},
    )
    try:
        _await(endpoint, keeper, home)
        (process,) = psutil.Process(keeper.pid).children()
        yield connect(endpoint.url), process
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(30)


def _await(endpoint: Endpoint, keeper: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and keeper.poll() is None:
        try:
            if fetch(endpoint, "/health", timeout_s=5).status == 200:
                return
        except UnreachableError:
            pass
        time.sleep(0.1)
    raise AssertionError((home / "server.log").read_text(errors="replace")[-2000:])


def _build(folder: Path, downloads: Path) -> None:
    download(downloads, "bigdl-core-cpp==2.6.0", *_RUNTIME_093[:5])
    wanted = ("/libs/libggml", "/libs/libllama.so", "/libs/llama-server")
    _unpack(downloads, folder, *wanted)
    (folder / "libggml-sycl.so").unlink()
    _compile(_STAND_IN_054, folder / "libggml-sycl.so")
