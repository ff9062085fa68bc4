"""How is a model served when no server runs here?

llama.cpp's own server (`xllamacpp`) in a child process of this Python, so that neither its crash
nor its log nor a Ctrl-C can hurt the process that measures. What the child does is in
`embedded_child`.

Its threads spin while they wait for each other, at every layer of every token: another program
that keeps a core busy can slow decoding ten times and more. A speed taken then is no speed of the
machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlsplit

import msgspec

from advisor.errors import AdvisorError
from advisor.models.metadata import Metadata, read_metadata
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.embedded_child import Order, Report
from advisor.servers.wire import Endpoint

START_TIMEOUT_S = 300.0

_STOP_TIMEOUT_S = 3.0
_POLL_S = 0.05
_MOST_LOG_BYTES = 1 << 20
_ERROR_MARK = " E "


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the engine was started, for the record. `context_tokens` is one slot's.

    `device` says what computes ("cpu", "metal"); `instruction_sets` is the engine's own account
    of what it was built with and `note` what follows for the speed.
    """

    threads: int
    slots: int
    context_tokens: int
    device: str
    instruction_sets: str
    note: str


class EmbeddedEngine:
    """A llama.cpp server of our own, for as long as the `with` block lasts.

    `context_tokens` is per slot. `threads` is best the number of physical cores. The log is kept
    at `log_path` (a new file in the temporary directory unless given). After `start` (or inside
    the `with` block) `endpoint`, `server`, `engine_version`, `settings` and `load_s` (from the
    start of the process until the server answers) can be read.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        threads: int,
        slots: int = 1,
        context_tokens: int = 4_096,
        log_path: Path | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self.model_path = model_path
        self.log_path = log_path or _new_log()
        self._order = Order(
            model_path=str(model_path.absolute()),
            model_name=model_path.stem,
            slots=slots,
            context_tokens=context_tokens,
            threads=threads,
        )
        self._start_timeout_s = start_timeout_s
        self._child: subprocess.Popen[bytes] | None = None

    endpoint: Endpoint
    engine_version: str
    settings: EngineSettings
    load_s: float
    model: Metadata

    @property
    def server(self) -> LlamaCppServer:
        """The engine, as it is spoken to."""
        return LlamaCppServer(self.endpoint, kind="llama.cpp", version=self.engine_version)

    @property
    def model_name(self) -> str:
        """The name under which the server knows the model: its file's, without folder or suffix."""
        return self._order.model_name

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child is not None else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> LlamaCppServer:
        """Starts the child and waits until its server is ready.

        Raises InputError or AdvisorError where the file is no sound GGUF model, AdvisorError where
        the engine cannot load it, dies, or is not ready within the time limit. Nothing is left
        running then.
        """
        self.model = read_metadata(self.model_path)
        started_ns = time.perf_counter_ns()
        try:
            report = self._launch()
            self.endpoint = _endpoint(report.url)
            self._await_health(started_ns)
        except BaseException:
            self.stop()
            raise
        self.load_s = (time.perf_counter_ns() - started_ns) / 1e9
        self.engine_version = report.version
        self.settings = _settings(self._order, report.build)
        return self.server

    def stop(self) -> None:
        """Ends the child, by force if it does not go. Does nothing if none runs."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None and child.stdout is not None
        with contextlib.suppress(OSError):
            child.stdin.close()
        try:
            child.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            child.stdout.close()

    def check(self) -> None:
        """Raises AdvisorError if the engine has died since it was started."""
        if self._child is not None and self._child.poll() is not None:
            raise self._failure("The embedded engine died", _exit_reason(self._child.returncode))

    def _launch(self) -> Report:
        with self.log_path.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "advisor.servers.embedded_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(os.environ),
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        child = self._child
        assert child.stdin is not None and child.stdout is not None
        with contextlib.suppress(OSError):
            child.stdin.write(msgspec.json.encode(self._order) + b"\n")
            child.stdin.flush()
        line = _read_line(child.stdout, self._start_timeout_s)
        if line is None:
            raise self._failure(
                "The embedded engine did not become ready",
                f"the model was not loaded within {self._start_timeout_s:g} s",
            )
        try:
            report = msgspec.json.decode(line, type=Report)
        except msgspec.MsgspecError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_TIMEOUT_S)
            raise self._failure(
                "The embedded engine died while it loaded the model",
                _exit_reason(child.returncode),
            ) from None
        if report.failure:
            raise self._failure(
                f"The embedded engine cannot serve {self.model_path.name}",
                _first_error(self.log_path) or report.failure,
            )
        return report

    def _await_health(self, started_ns: int) -> None:
        deadline_ns = started_ns + int(self._start_timeout_s * 1e9)
        while time.perf_counter_ns() < deadline_ns:
            self.check()
            if _is_healthy(self.endpoint):
                return
            time.sleep(_POLL_S)
        raise self._failure(
            "The embedded engine did not become ready",
            f"it gave no healthy answer within {self._start_timeout_s:g} s",
        )

    def _failure(self, what: str, why: str) -> AdvisorError:
        return AdvisorError(
            what, why=why, remedy=f"Its log is {self.log_path}; another model may work."
        )


def _new_log() -> Path:
    handle, name = tempfile.mkstemp(".log", "advisor-engine-")
    os.close(handle)
    return Path(name)


def _endpoint(url: str) -> Endpoint:
    parts = urlsplit(url)
    return Endpoint(parts.scheme, parts.hostname or "127.0.0.1", parts.port or 80)


def _is_healthy(endpoint: Endpoint) -> bool:
    import requests

    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"{endpoint.url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The parent's environment without what would steer the engine past our settings."""
    return {key: value for key, value in inherited.items() if not key.startswith("LLAMA_ARG_")}


def _settings(order: Order, build: str) -> EngineSettings:
    on_metal = sys.platform == "darwin"
    features = [part.split("=")[0].strip() for part in build.split("|") if part.endswith("= 1 ")]
    if on_metal:
        note = "computes on the GPU through Metal"
    else:
        note = "computes on the CPU only: this wheel uses no GPU"
        if "AVX2" in build and "AVX512 = 1" not in build:
            note += ", and it is built without AVX-512"
    return EngineSettings(
        threads=order.threads,
        slots=order.slots,
        context_tokens=order.context_tokens,
        device="metal" if on_metal else "cpu",
        instruction_sets=" ".join(feature.rsplit(":", 1)[-1].strip() for feature in features),
        note=note,
    )


def _read_line(stream: IO[bytes], timeout_s: float) -> bytes | None:
    """The next line of `stream`, empty at its end, or None if none came in time."""
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(timeout_s)
    return lines[0] if lines else None


def _exit_reason(code: int | None) -> str:
    if code is None:
        return "it no longer answers"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _first_error(log_path: Path) -> str | None:
    """What the engine complained of first, which is the cause of what it complained of next."""
    with contextlib.suppress(OSError), log_path.open("rb") as log:
        for line in log.read(_MOST_LOG_BYTES).decode("utf-8", "replace").splitlines():
            if _ERROR_MARK in line:
                return " ".join(line.split(_ERROR_MARK, 1)[1].split())
    return None
