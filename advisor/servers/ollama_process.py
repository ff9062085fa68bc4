"""How is an installed Ollama started for a measurement, and surely ended afterwards?"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from advisor.errors import AdvisorError
from advisor.servers.client import UnreachableError, fetch, json_object
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.http import printable
from advisor.servers.keeper import PATIENCE_S
from advisor.servers.wire import Endpoint

ASKED_EVERY_S = 0.1


class OllamaProcess:
    """A child `ollama serve` on a free local port of its own; use as a context manager.

    It uses the models that the user's Ollama has. It ends with the context, and with this process
    if that is killed. `log` keeps what it printed.
    """

    def __init__(
        self,
        program: Path,
        *,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        ready_within_s: float = 60.0,
    ) -> None:
        self.log = log or _default_log()
        self._program = program
        self._environment = dict(environment or {})
        self._ready_within_s = ready_within_s
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> OllamaServer:
        """Starts it and waits until it answers. Raises AdvisorError if it does not."""
        endpoint = Endpoint("http", "127.0.0.1", _free_port())
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._keeper = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "advisor.servers.keeper", str(self.log)),
                *(str(self._program), "serve"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                **self._environment,
                "OLLAMA_HOST": f"127.0.0.1:{endpoint.port}",
            },
        )
        try:
            return OllamaServer(endpoint, version=self._wait_until_ready(endpoint))
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends it and its children; harmless if it has ended already."""
        keeper = self._keeper
        if keeper is None:
            return
        if keeper.stdin is not None:
            keeper.stdin.close()
        try:
            keeper.wait(PATIENCE_S + 5)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        self._keeper = None

    def _wait_until_ready(self, endpoint: Endpoint) -> str:
        deadline = time.monotonic() + self._ready_within_s
        while time.monotonic() < deadline:
            if self._keeper is not None and self._keeper.poll() is not None:
                raise self._failed("it ended at once")
            try:
                answer = fetch(endpoint, "/api/version", timeout_s=2.0)
            except UnreachableError:
                time.sleep(ASKED_EVERY_S)
                continue
            version = json_object(answer).get("version")
            if isinstance(version, str):
                return version
            time.sleep(ASKED_EVERY_S)
        raise self._failed(f"it did not answer within {self._ready_within_s:.0f} s")

    def _failed(self, why: str) -> AdvisorError:
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        last = printable(lines[-1]) if lines else ""
        return AdvisorError(
            f"{self._program} could not be started",
            why=f"{why}{': ' if last else ''}{last}",
            remedy=f"See {self.log}.",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _default_log() -> Path:
    from platformdirs import user_log_path

    started = time.strftime("%Y%m%d-%H%M%S")
    return user_log_path("local-or-api", appauthor=False) / f"ollama-{started}.log"
