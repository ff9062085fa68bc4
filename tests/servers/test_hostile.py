"""Does a server that does wrong cost bounded time and memory, and is it named without harm?"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
import tracemalloc
import unicodedata
from pathlib import Path

import pytest
from hostile import (
    EVIL,
    MARK,
    MOVED,
    SOUND_STREAMS,
    WRONG_LISTS,
    WRONG_STREAMS,
    Behaviour,
    for_ever,
    hostile,
    says,
    told,
)

from advisor.bench import calibrate, session
from advisor.bench.engine import run_load
from advisor.bench.load import Exchange, Limits, Load, Prepared
from advisor.cli.main import main
from advisor.errors import AdvisorError
from advisor.history.store import RunStore
from advisor.machine import probe as probing
from advisor.servers import answers, discovery
from advisor.servers.address import parse_url
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.discovery import connect
from advisor.servers.http import encode
from advisor.servers.wire import Completion, Reading, Server

BOMB_GZIP = gzip.compress(b" " * 30_000_000, 9)
KEY = "sk-very-secret-7f3a"
QUICK = ("--concurrency", "1", "--max-time", "2s", "--power-w", "50")
QUICK += ("--input-tokens", "16", "--output-tokens", "16")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Commands that lose no time where time is not the question; the folder of their records."""
    real = probing.probe
    monkeypatch.setattr(probing, "probe", lambda **more: real(measure_bandwidth=False))
    monkeypatch.setattr(session, "_disturbance", lambda **_: [])
    monkeypatch.setattr(calibrate, "PAUSES_S", (0.0,))
    monkeypatch.setattr(calibrate, "FIRST_ANSWER_S", 3.0)
    monkeypatch.setattr(discovery, "LOCAL_PORTS", ())
    monkeypatch.setattr(answers, "QUESTION_TIMEOUT_S", 1.0)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def is_harmless(text: str) -> bool:
    """Whether nothing in it acts on a terminal."""
    return all(c == "\n" or unicodedata.category(c)[0] != "C" for c in text)


class Few:
    """Drives a number of like requests."""

    def __init__(self, server: Server, count: int) -> None:
        completion = Completion(prompt="one two", output_tokens=16, seed=1)
        self.data = encode(server.request("m", completion), server.endpoint)
        self.left = count

    def request(self) -> Prepared:
        self.left -= 1
        return Prepared(self.data, 2, 16, 1)

    def ended(self, exchange: Exchange) -> int | None:
        return exchange.transcript.closed_ns if self.left > 0 else None

    def tick(self, now_ns: int, load: Load) -> bool:
        return True

    def idle(self) -> None:
        return


def loaded(url: str, streams: int = 1, **limits: float) -> tuple[Server, Load]:
    server, load = connect(url), Load()
    bounds = Limits(**{"load_s": 2.0, "silence_s": 1.0, **limits})  # type: ignore[arg-type]
    run_load(server.endpoint, Few(server, streams), [0] * streams, limits=bounds, load=load)
    return server, load


def read(server: Server, load: Load) -> Reading:
    return server.read(load.exchanges[0].transcript)


@pytest.mark.parametrize("name", WRONG_STREAMS)
def test_a_wrong_stream_has_a_name(name: str) -> None:
    behaviour, names = WRONG_STREAMS[name]
    started = time.monotonic()
    with hostile(behaviour) as there:
        reading = read(*loaded(there.url))
    assert reading.error in names
    assert is_harmless(reading.error_detail)
    assert len(reading.error_detail) <= 300
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("name", SOUND_STREAMS)
def test_an_unusual_stream_is_read_right(name: str) -> None:
    with hostile(says(SOUND_STREAMS[name])) as there:
        reading = read(*loaded(there.url))
    assert (reading.error, reading.input_tokens, reading.output_tokens) == (None, 12, 16)


def test_many_endless_streams_share_one_bound() -> None:
    behaviour, _ = WRONG_STREAMS["endless stream"]
    with hostile(behaviour) as there:
        _, load = loaded(there.url, 8, load_bytes=20_000_000, load_s=60)
    assert load.is_full
    assert load.received_bytes < 400_000_000
    assert load.cut or len(load.exchanges) == 8


def test_single_bytes_cost_what_they_take() -> None:
    with hostile(for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.0005)) as there:
        _, load = loaded(there.url, exchange_bytes=64_000, load_s=30)
    assert load.exchanges[0].transcript.failure == "too_large"
    assert sum(len(data) for _, data in load.exchanges[0].transcript.received) < 64_000


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_a_wrong_server_is_one_line(
    name: str, quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    with hostile(WRONG_LISTS[name], everywhere=True) as there:
        assert run("servers", "--url", there.url) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 700
    assert is_harmless(shown.err)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "name", ["error with escapes", "slow body", "endless stream", "usage huge", "two lengths"]
)
def test_a_benchmark_of_a_wrong_server_is_one_line(
    name: str, quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    behaviour, names = WRONG_STREAMS[name]
    with hostile(behaviour) as there:
        assert run("-q", "bench", "--url", there.url, *QUICK) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert any(each in shown.err for each in names)
    assert is_harmless(shown.err)


@pytest.mark.parametrize("name", ["error in a 200", "length too long", "usage negative"])
def test_the_rest_of_the_run_is_kept(
    name: str, quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    behaviour, names = WRONG_STREAMS[name]
    with hostile(behaviour, every=7) as there:
        assert run("-q", "bench", "--url", there.url, *QUICK, "--json") == 0
    shown = capsys.readouterr()
    assert is_harmless(shown.out)
    document = json.loads(shown.out)
    stage = document["stages"][0]
    assert set(stage["errors"]) <= names
    assert stage["errors"]
    assert stage["decode_tok_per_s"]["n"] > 0
    assert document["partial"] is True


@pytest.mark.parametrize(
    "behaviour",
    [
        for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b'{"models": [' + b" " * 65_536),
        for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" ", 0.05),
        says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + BOMB_GZIP),
        says(told(b"200 OK", b'{"models":' + b"[" * 100_000)),
        says(told(b"500 Oops", EVIL)),
    ],
    ids=["endless", "slow", "gzip bomb", "deep", "escapes"],
)
def test_ollamas_library_is_bounded_too(
    behaviour: Behaviour,
) -> None:
    started = time.monotonic()
    tracemalloc.start()
    with (
        hostile(behaviour, everywhere=True) as there,
        pytest.raises(AdvisorError) as caught,
        OllamaServer(parse_url(there.url))._asked_to("list", 1.0, 2.0) as library,
    ):
        library.list()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert is_harmless(str(caught.value))
    assert time.monotonic() - started < 30
    assert peak < 150_000_000


def test_a_models_name_cannot_act_on_the_terminal(
    quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hostile(says(b""), every=10**9, model=f"evil{MARK}\x9b2J") as there:
        for more in ((), ("--json",)):
            assert run("servers", "--url", there.url, *more) == 0
        assert run("-q", "bench", "--url", there.url, *QUICK) == 0
    shown = capsys.readouterr()
    assert is_harmless(shown.out + shown.err)
    assert "evil" in shown.out


def test_keys_do_not_follow_a_redirect(
    quick: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_SERVER_KEY", KEY)
    with hostile(says(b""), everywhere=True) as other:
        moved: Behaviour = says(MOVED % f"127.0.0.1:{other.port}".encode())
        with hostile(moved, everywhere=True) as there:
            assert run("servers", "--url", there.url) == 1
            assert run("-q", "bench", "--url", there.url, "--server", "ollama", *QUICK) == 1
            assert f"Authorization: Bearer {KEY}" in there.heads[0]
        with hostile(moved) as there:
            assert run("-q", "bench", "--url", there.url, *QUICK) == 1
    assert other.heads == []
    assert KEY not in capsys.readouterr().err


def test_a_key_that_a_server_repeats_is_hidden(
    quick: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_SERVER_KEY", KEY)
    repeated = told(b"429 Slow down", f'{{"error": "key {KEY} is used too often"}}'.encode())
    with hostile(says(repeated), everywhere=True) as there:
        assert run("servers", "--url", there.url) == 1
    with hostile(says(repeated), every=7) as there:
        assert run("-q", "bench", "--url", there.url, *QUICK, "--json") == 0
    shown = capsys.readouterr()
    assert "is used too often" in shown.out
    kept = RunStore().document("latest").decode()
    assert KEY not in shown.out + shown.err + kept


PEAK = """
import sys
from pathlib import Path
from advisor.cli.main import main
from advisor.machine import probe
real = probe.probe
probe.probe = lambda **more: real(measure_bandwidth=False)
try:
    main(sys.argv[1:])
except SystemExit as ended:
    status = Path("/proc/self/status").read_text()
    print(ended.code, status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory in kilobytes is Linux's")
@pytest.mark.parametrize("name", ["endless stream", "endless line"])
def test_memory_stays_bounded(name: str, tmp_path: Path) -> None:
    behaviour, _ = WRONG_STREAMS[name]
    with hostile(behaviour, every=2) as there:
        done = subprocess.run(
            [sys.executable, "-c", PEAK, "-q", "bench", "--url", there.url, *QUICK],
            env={"PATH": "/usr/bin:/bin", "ADVISOR_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    code, peak_kb = done.stdout.splitlines()[-1].split()
    assert code in ("0", "1"), done.stderr
    assert "Traceback" not in done.stderr
    assert int(peak_kb) < 1_200_000
