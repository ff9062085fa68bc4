"""How does a server of our own run: started, asked until it is ready, and ended however we end?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from advisor.errors import AdvisorError
from advisor.servers.client import UnreachableError, fetch
from advisor.servers.discovery import connect
from advisor.servers.http import printable
from advisor.servers.keeper import PATIENCE_S
from advisor.servers.starting.recipe import Recipe
from advisor.servers.wire import Server

ASKED_EVERY_S = 0.1
TOLD_EVERY_S = 1.0
_TAIL_BYTES = 4096
_SHOWN_CHARACTERS = 48
"""The end of a log's line tells more than its beginning, and must fit on the live line."""


class ServerProcess:
    """A server as a child process; use as a context manager, or `start` and `stop` it.

    It ends with the context, and with this process if that is killed: its keeper is in a session
    of its own, so whatever ends this one's group leaves somebody to end the server. `log` keeps
    what it printed, over every start. `load_s` is how long the last one took until it was ready.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        log: Path | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.recipe = recipe
        self.log = log or _default_log(recipe.kind)
        self.load_s = 0.0
        self._tell = tell
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Server:
        """Starts it and waits until it is ready.

        Raises AdvisorError if it ends or is not ready in time, and leaves nothing running then.
        """
        recipe = self.recipe
        self.log.parent.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        self._keeper = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "advisor.servers.keeper", str(self.log)),
                *(str(recipe.program), *recipe.arguments),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **recipe.environment},
            start_new_session=True,
        )
        try:
            server = self._when_ready(self._keeper)
        except BaseException:
            self.stop()
            raise
        self.load_s = time.perf_counter() - started
        return server

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

    def _when_ready(self, keeper: subprocess.Popen[bytes]) -> Server:
        recipe = self.recipe
        began = told = time.monotonic()
        while (now := time.monotonic()) < began + recipe.ready_within_s:
            if keeper.poll() is not None:
                raise self._failed(f"it ended after {now - began:.1f} s")
            if self._is_ready(keeper):
                return connect(recipe.endpoint.url, recipe.kind)
            if now - told >= TOLD_EVERY_S:
                told = now
                said = _end_of(self._last_line())
                self._tell(f"Starting {recipe.kind}: {now - began:.0f} s, {said}")
            time.sleep(ASKED_EVERY_S)
        raise self._failed(f"it was not ready within {recipe.ready_within_s:.0f} s")

    def _is_ready(self, keeper: subprocess.Popen[bytes]) -> bool:
        try:
            answer = fetch(self.recipe.endpoint, self.recipe.health_path, timeout_s=2.0)
        except UnreachableError:
            return False
        return answer.status == 200 and _listens(keeper.pid, self.recipe.port)

    def _failed(self, why: str) -> AdvisorError:
        last = self._last_line()
        return AdvisorError(
            f"{self.recipe.program} could not be started",
            why=f"{why}{': ' if last else ''}{last}",
            remedy=f"See {self.log}. {self.recipe.remedy}".strip(),
        )

    def _last_line(self) -> str:
        """The last that it printed; a progress bar's last state counts as a line."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(self.log.stat().st_size - _TAIL_BYTES, 0))
                lines = log.read().replace(b"\r", b"\n").split(b"\n")
        except OSError:
            return ""
        return next((printable(line) for line in reversed(lines) if line.strip()), "")


def _end_of(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"…{line[1 - _SHOWN_CHARACTERS :]}"


def _listens(keeper_pid: int, port: int) -> bool:
    """Whether who listens on the port is a child of the keeper; true where that cannot be seen."""
    import psutil

    try:
        for process in psutil.Process(keeper_pid).children(recursive=True):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return True
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        pass
    return False


def _default_log(kind: str) -> Path:
    from platformdirs import user_log_path

    started = time.strftime("%Y%m%d-%H%M%S")
    return user_log_path("local-or-api", appauthor=False) / f"{kind}-{started}.log"
