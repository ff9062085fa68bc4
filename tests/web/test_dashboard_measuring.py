"""Is a measurement started from a page, watched, ended, and kept?"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from dashboard_at import dashboard_at, some_runs

from advisor.history.store import RunStore
from advisor.web.dashboard.pages.measure import arguments_of

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server

STAND_IN = """
import json, os, signal, sys, time
told = {"arguments": sys.argv[1:], "environment": {
    key: os.environ.get(key) for key in ("ADVISOR_PROGRESS", "ADVISOR_LANG", "ADVISOR_DATA_DIR")}}
open(os.environ["STAND_IN_TOLD"], "w").write(json.dumps(told))
stopped = []
signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
def say(**line):
    print(json.dumps(line), file=sys.stderr, flush=True)
say(event="said", text="begins <b>")
if "--model=broken" in sys.argv:
    print("advisor: there is no model 'broken'", file=sys.stderr, flush=True)
    sys.exit(2)
for look in range(600):
    say(event="measuring", phase="measure", stage=1, stages=2, load="× 1", elapsed_s=look / 10,
        remaining_s=5.0, output_tok_per_s=40.0 + look, ttft_ms=12.0, requests=look)
    time.sleep(0.05)
    if stopped or ("--max-time=1s" in sys.argv and look > 5):
        break
print(json.dumps({"schema": "advisor.bench/1", "id": "run-1"}))
sys.exit(130 if stopped else 0)
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """What the stand-in for the program was told."""
    monkeypatch.setenv("STAND_IN_TOLD", str(tmp_path / "told.json"))
    return lambda: json.loads((tmp_path / "told.json").read_text())


@pytest.fixture
def url(tmp_path: Path, told: object) -> Iterator[str]:
    """A dashboard whose measurements are made up, by a program that behaves as the real one."""
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    store = some_runs(tmp_path / "data")
    with dashboard_at(store, program=(sys.executable, str(program))) as url:
        yield url


def ordered(at: str, /, **order: str) -> requests.Response:
    return requests.post(f"{at}/api/v1/measurement", json=order, timeout=30)


def now(url: str) -> Any:
    return requests.get(f"{url}/api/v1/measurement", timeout=30).json()


def until(url: str, *states: str) -> Any:
    for _ in range(600):
        found = now(url)
        if found["state"] in states:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_it_is_watched_to_its_end(url: str, told: Callable[[], Any], tmp_path: Path) -> None:
    started = ordered(url, command="bench", max_time="1s", concurrency="1,2")
    assert started.status_code == 202
    assert started.json()["state"] == "running"
    with requests.get(f"{url}/api/v1/measurement/events", stream=True, timeout=30) as events:
        assert events.headers["Content-Type"].startswith("text/event-stream")
        told_lines = [line for line in events.iter_lines() if line.startswith(b"data: ")]
    seen = [json.loads(line[6:]) for line in told_lines]
    assert [each["state"] for each in seen][-1] == "done"
    looks = [each for each in seen if each.get("look")]
    assert looks[0]["look"]["phase"] == "measure" and looks[0]["rates"]
    assert seen[-1]["run"] == "run-1" and seen[-1]["error"] is None
    assert seen[-1]["said"] == ["begins <b>"]
    assert told()["arguments"] == ["bench", "--json", "--concurrency=1,2", "--max-time=1s"]
    environment = told()["environment"]
    assert environment["ADVISOR_PROGRESS"] == "json"
    assert environment["ADVISOR_DATA_DIR"] == str(tmp_path / "data")


def test_one_at_a_time_and_pages_that_compute_wait(url: str) -> None:
    ordered(url, command="bench")
    assert ordered(url, command="bench").status_code == 409
    for path in ("/what-if", "/drift", "/compare?side=run-1&side=run-2", "/api/v1/drift"):
        assert requests.get(url + path, timeout=30).status_code == 409
    for path in ("/", "/history", "/runs/run-1", "/measure", "/metrics"):
        assert requests.get(url + path, timeout=30).ok
    requests.post(f"{url}/api/v1/measurement/stop", json={}, timeout=30)
    until(url, "interrupted")
    assert requests.get(f"{url}/drift", timeout=30).ok


def test_what_was_measured_is_kept_when_it_is_stopped(url: str) -> None:
    ordered(url, command="bench")
    while not now(url)["rates"]:
        time.sleep(0.05)
    stopping = requests.post(f"{url}/api/v1/measurement/stop", json={}, timeout=30)
    assert stopping.json()["state"] in ("stopping", "interrupted")
    ended = until(url, "interrupted", "failed", "done")
    assert (ended["state"], ended["run"], ended["error"]) == ("interrupted", "run-1", None)


def test_why_it_failed_is_said(url: str) -> None:
    ordered(url, model="broken")
    assert until(url, "failed")["error"] == "advisor: there is no model 'broken'"
    assert "there is no model" in requests.get(f"{url}/measure", timeout=30).text


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_it_ends_with_the_server(tmp_path: Path, told: Callable[[], Any]) -> None:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN + "\nopen(os.environ['STAND_IN_TOLD'] + '.end', 'w')")
    program.write_text(
        STAND_IN.replace(
            "sys.exit(130", "open(os.environ['STAND_IN_TOLD'] + '.end', 'w').close()\nsys.exit(130"
        )
    )
    with dashboard_at(RunStore(tmp_path), program=(sys.executable, str(program))) as url:
        ordered(url, command="bench")
        while not now(url)["rates"]:
            time.sleep(0.05)
    assert Path(os.environ["STAND_IN_TOLD"] + ".end").exists()


def test_options_are_given_so_that_none_becomes_another() -> None:
    fields = {"command": "run", "model": "--max-usd=9", "api": " x ", "other": "--pull", "url": ""}
    assert arguments_of(fields) == ["run", "--json", "--model=--max-usd=9", "--api=x"]
    assert arguments_of({"command": "bench", "api": "x"}) == ["bench", "--json"]


@pytest.mark.parametrize(
    "order",
    [{"command": "schedule"}, {"model": "a\nb"}, {"model": "\x1b[31m"}, {"url": "u" * 501}],
)
def test_a_wrong_order_starts_nothing(url: str, order: dict[str, str]) -> None:
    assert ordered(url, **order).status_code == 400
    assert now(url)["state"] == "idle"


def test_a_real_measurement_is_made_and_shown(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    # A request takes two thirds of a second, so the measurement lasts for many looks at it.
    with timed_server("--ttft-ms", "10", "--itl-ms", "40") as server, dashboard_at(store) as url:
        order = {"concurrency": "1", "max_time": "5s", "input_tokens": "16", "output_tokens": "16"}
        ordered(url, command="bench", url=server, **order)
        looks = set()
        while (found := now(url))["state"] == "running":
            looks.add((found.get("look") or {}).get("phase"))
            time.sleep(0.1)
        assert (found["state"], found["error"]) == ("done", None), found
        assert "measure" in looks
        assert found["run"] == store.history().runs[0].id
        page = requests.get(f"{url}/runs/{found['run']}", timeout=30)
        assert "What was measured" in page.text
