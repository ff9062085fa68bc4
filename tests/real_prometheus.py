"""A real Prometheus and node_exporter for tests: Debian's, on 127.0.0.1, with data in a folder that
is thrown away."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_models import missing

STARTED_WITHIN_S = 60.0
UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server that answers at `url`."""

    url: str

    def ask(self, path: str, **parameters: Any) -> Any:
        """The `data` of an answer of its HTTP API."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
            found = json.load(answer)
        assert found["status"] == "success", found
        return found["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """What an expression comes to now."""
        return self.ask("query", query=expression)["result"]


def program(name: str) -> str:
    """The path of a program; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        package = "prometheus-node-exporter" if "node" in name else "prometheus"
        missing(f"{name} (Debian's package {package})")
    assert found is not None
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def prometheus(folder: Path, config: dict[str, Any]) -> Iterator[Prometheus]:
    """A server with this configuration, which JSON is as good as YAML for."""
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))
    url = f"127.0.0.1:{free_port()}"
    with _running(
        [
            program("prometheus"),
            f"--config.file={path}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={url}",
            "--log.level=error",
        ],
        f"http://{url}/-/ready",
    ):
        yield Prometheus(f"http://{url}")


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """node_exporter with nothing but the textfile collector, of another user where that is
    possible; its address."""
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    address = f"127.0.0.1:{free_port()}"
    with _running(
        [
            program("prometheus-node-exporter"),
            "--collector.disable-defaults",
            "--collector.textfile",
            f"--collector.textfile.directory={folder}",
            f"--web.listen-address={address}",
            "--log.level=error",
        ],
        f"http://{address}/metrics",
        **user,
    ):
        yield address


def eventually(look: Callable[[], Any], within_s: float = 60.0) -> Any:
    """The first thing that is not empty, or the last empty one."""
    ends = time.monotonic() + within_s
    while not (found := look()) and time.monotonic() < ends:
        time.sleep(0.2)
    return found


@contextmanager
def _running(command: list[str], ready: str, **options: Any) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", **options
    )
    try:
        assert eventually(lambda: _answers(ready) or process.poll() is not None, STARTED_WITHIN_S)
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
