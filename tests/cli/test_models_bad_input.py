"""What a user sees of broken model files, odd servers, and boxes or disks that are too small."""

from __future__ import annotations

import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from program import typed

from advisor.models import remote
from advisor.models.catalogue import find
from advisor.models.synthetic import write_synthetic
from tests.answering import served


def _environment(folder: Path) -> dict[str, str]:
    data, cache = folder / "data", folder / "cache"
    return {
        **os.environ,
        "ADVISOR_DATA_DIR": str(data),
        "XDG_CACHE_HOME": str(cache),
        "NO_PROXY": "127.0.0.1",
    }


def _advisor(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return typed(*map(str, arguments), folder=folder, environment=_environment(folder))


def _advisor_with_room_for(
    most_file_bytes: int, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    limits = (most_file_bytes, most_file_bytes)
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        env=_environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )


def _refused(done: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    """One line on standard error, no traceback, nothing on standard output."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("advisor:")]
    assert said in line


def _string(text: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text


def _header(tensors: int, keys: int, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + rest


_NAMED = _string(b"general.architecture") + struct.pack("<I", 8)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "whole.gguf"
    write_synthetic(find("smollm2-135m"), "Q4_0", path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_header(2**63, 0), "9,223,372,036,854,775,808 tensors"),
        (_header(1, 2**63), "9,223,372,036,854,775,808"),
        (_header(0, 1, _string(b"general.architecture", 2**62)), "damaged"),
        (
            _header(0, 1, _NAMED + _string(b"", 2**40)),
            "damaged",
        ),
        (
            _header(0, 1, _NAMED + _string(b"rwkv99") + bytes(64)),
            "rwkv99",
        ),
    ],
    ids=["tensors", "keys", "key length", "string length", "architecture"],
)
def test_headers_that_lie(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "lie.gguf"
    path.write_bytes(content)
    _refused(_advisor(tmp_path, "models", "show", path), 2, said)


@pytest.mark.parametrize("kept_bytes", [3, 20, 5_000, 1_000_000])
def test_headers_cut_short(tmp_path: Path, whole: bytes, kept_bytes: int) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[:kept_bytes])
    _refused(_advisor(tmp_path, "models", "predict", path, "--json"), 2, "cut.gguf")


@contextmanager
def _server(behaviour: str, content: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            over = threading.Event()
            if behaviour == "redirects":
                self.send_response(302)
                self.send_header("Location", self.path + "x")
                self.end_headers()
                return
            partial = behaviour in {"stalls", "trickles", "hangs up"}
            self.send_response(206 if partial else 200)
            kind = "text/html" if behaviour == "page" else "application/octet-stream"
            self.send_header("Content-Type", kind)
            if partial:
                self.send_header("Content-Range", f"bytes 0-{2**20 - 1}/{len(content)}")
            self.send_header("Content-Length", str(2**20 if partial else len(content)))
            self.end_headers()
            if behaviour == "stalls":
                self.wfile.write(content[:100])
                over.wait(2)
            elif behaviour == "trickles":
                for at in range(20):
                    self.wfile.write(content[at : at + 1])
                    over.wait(0.15)
            elif behaviour == "hangs up":
                self.wfile.write(content[:100])
            else:
                self.wfile.write(content[:4096])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    with served(server) as url:
        yield f"{url}/model.gguf"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience for servers."""
    monkeypatch.setattr(remote, "TIMEOUT_S", (2.0, 0.5))
    monkeypatch.setattr(remote, "LONGEST_S", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("behaviour", "code", "said"),
    [
        ("page", 2, "is a web page"),
        ("ignores ranges", 2, "ignores ranges"),
        ("redirects", 1, "redirects"),
        ("stalls", 1, "sent nothing more in time"),
        ("trickles", 1, "did not come within 1 s"),
        ("hangs up", 1, "was cut off"),
    ],
)
def test_servers_that_misbehave(
    tmp_path: Path, whole: bytes, behaviour: str, code: int, said: str
) -> None:
    with _server(behaviour, whole) as url:
        done = _advisor(tmp_path, "models", "predict", url)
    _refused(done, code, said)


def _left(folder: Path) -> list[Path]:
    return [path for path in (folder / "cache").rglob("*") if path.is_file()]


def test_a_disk_that_is_full_before_the_model_is_whole(tmp_path: Path) -> None:
    asked = ("bench", "--synthetic", "smollm2-135m:Q8_0")
    done = _advisor_with_room_for(50_000_000, tmp_path, *asked)
    _refused(done, 1, "cannot be written to")
    assert not _left(tmp_path)


def test_a_model_that_the_box_cannot_hold(tmp_path: Path) -> None:
    done = _advisor(tmp_path, "bench", "--synthetic", "deepseek-v3:F16")
    _refused(done, 1, "does not fit this machine's memory")
    assert not _left(tmp_path)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_write_leaves_nothing(tmp_path: Path, asked: signal.Signals) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "advisor", "bench", "--synthetic", "llama-3.2-3b:F16"],
        env=_environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end_s = time.monotonic() + 60
        while not any(path.suffix == ".partial" for path in _left(tmp_path)):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < end_s
            time.sleep(0.02)
        running.send_signal(asked)
        written, told = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode in (130, -signal.SIGINT)  # CPython: -m, within an exec
    assert "interrupted" in told
    assert "Traceback" not in told
    assert not written
    assert not _left(tmp_path)


def test_an_address_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    _refused(_advisor(tmp_path, "models", "show", "http://[::1/x.gguf"), 2, "is no address")


@pytest.mark.parametrize("number", ["nan", "inf", "-1"])
@pytest.mark.parametrize(
    "asked",
    [
        ("models", "--power-w"),
        ("models", "--usd-per-kwh"),
        ("buy", "--scenario", "x", "--model", "x", "--machine", "x", "--tok-per-s"),
        ("history", "prune", "--keep-days"),
        ("bench", "--usd-per-kwh"),
        ("bench", "--power-w"),
    ],
    ids=" ".join,
)
def test_a_number_that_counts_nothing_is_refused_by_its_option(
    tmp_path: Path, asked: tuple[str, ...], number: str
) -> None:
    _refused(_advisor(tmp_path, *asked, number), 2, asked[-1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen3-14b:Q4_K_M", "advisor models show qwen3-14b:Q4_K_M"),
        ("qwen3-14b:Q4_K_M", "advisor models predict qwen3-14b:Q4_K_M"),
        ("qwen3", "advisor models --search qwen3"),
        ("pedict", "Did you mean 'predict'?"),
    ],
)
def test_what_is_no_command_of_models_is_told_what_to_type(
    tmp_path: Path, name: str, said: str
) -> None:
    _refused(_advisor(tmp_path, "models", name), 2, said)
