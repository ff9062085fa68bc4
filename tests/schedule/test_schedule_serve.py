"""The resident scheduler starts runs at their time, tells of them, and stops cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from made_up_jobs import job
from scheduled_runs import bare, start

from advisor.history.store import RunStore
from advisor.schedule.serve import Worker, outcome
from advisor.schedule.when import When

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="containers run Linux")

SERVE = """
import sys
from datetime import datetime, timedelta
import msgspec
from advisor.schedule.job import Job
from advisor.schedule.serve import serve
job = msgspec.json.decode(sys.argv[1], type=Job)
serve(job, next_at=datetime.now().astimezone() + timedelta(seconds=float(sys.argv[2])))
"""
PATIENT = "import os, time; open(os.environ['HOME'] + '/begun', 'w').close(); time.sleep(600)"


def serving(home: Path, load: str, first_s: float, *program: str) -> subprocess.Popen[str]:
    """A resident scheduler whose first run comes so soon, and its next days later."""
    made = job(
        "--synthetic",
        "llama-3.2-1b",
        when=When(hour=3, minute=30, weekday=(datetime.now().astimezone().weekday() + 3) % 7),
        data_folder=str(home / "data"),
        program=program or (sys.executable, "-P", "-m", "advisor"),
    )
    made = msgspec.structs.replace(made, wait_s=1, limit_s=60)
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, msgspec.json.encode(made).decode(), str(first_s)],
        env={**bare(home, load), "ADVISOR_DATA_DIR": str(home / "data")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def next_event(process: subprocess.Popen[str]) -> dict:
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line, "it ended"
    event = json.loads(line)
    assert event.pop("at")
    return event


def rest(process: subprocess.Popen[str]) -> list[dict]:
    out, err = process.communicate(timeout=60)
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_a_run_is_started_told_of_and_kept(tmp_path: Path, monkeypatch) -> None:
    """Without the spread, which would take minutes."""
    told: list[dict] = []
    monkeypatch.setattr("advisor.schedule.serve.SPREAD_S", 0)
    monkeypatch.setenv("MADE_UP_LOAD", "busy")
    for name, value in bare(tmp_path, "busy").items():
        monkeypatch.setenv(name, value)
    made = job("--synthetic", "llama-3.2-1b", data_folder=str(tmp_path / "data"))
    Worker(msgspec.structs.replace(made, wait_s=1), told.append).run()
    assert [each["event"] for each in told] == ["started", "skipped"]
    (kept,) = RunStore(tmp_path / "data").history().runs
    assert told[1]["run"] == kept.id
    assert "busy" in told[1]["reasons"][0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_when_nothing_runs(tmp_path: Path, number: signal.Signals) -> None:
    process = serving(tmp_path, "quiet", 3600)
    waiting = next_event(process)
    assert waiting["event"] == "waiting"
    assert waiting["next"]
    process.send_signal(number)
    events = rest(process)
    assert process.returncode == 0
    assert [each["event"] for each in events] == ["stopping", "stopped"]
    assert events[0]["signal"] == number.name


def test_a_run_at_work_is_ended_in_peace(tmp_path: Path) -> None:
    """It is interrupted as by Ctrl-C, which a real run answers by keeping what it has."""
    process = serving(tmp_path, "quiet", 0.5, sys.executable, "-c", PATIENT)
    assert next_event(process)["event"] == "waiting"
    assert next_event(process)["event"] == "started"
    while not (tmp_path / "begun").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    events = rest(process)
    assert process.returncode == 0
    assert [each["event"] for each in events] == ["stopping", "failed", "stopped"]
    assert "KeyboardInterrupt" in events[1]["said"][-1]


def test_a_run_that_begins_as_it_ends_is_ended_too(tmp_path: Path) -> None:
    told: list[dict] = []

    def say(event: dict) -> None:
        told.append(event)
        if event["event"] == "started":
            worker.end()

    worker = Worker(job(program=(sys.executable, "-c", "import time; time.sleep(600)")), say)
    worker.run()
    assert [each["event"] for each in told] == ["started", "failed"]


def test_a_time_that_was_missed_by_too_much_is_a_record(tmp_path: Path) -> None:
    process = serving(tmp_path, "quiet", -3700)
    try:
        event = next_event(process)
        if event["event"] == "waiting":
            event = next_event(process)
        assert event["event"] == "skipped"
        assert "missed" in event["reasons"][0]
        store = RunStore(tmp_path / "data")
        (kept,) = store.history().runs
        skip = store.load(kept.id).skip
        assert skip is not None
        assert list(skip.reasons) == event["reasons"]
    finally:
        process.send_signal(signal.SIGTERM)
        rest(process)


def test_the_command_serves(tmp_path: Path) -> None:
    process = start(tmp_path, "quiet", "schedule", "serve", "--every", "6h", "--at", "00:30")
    event = next_event(process)
    assert event["event"] == "waiting"
    assert event["next"][14:16] == "30"
    process.send_signal(signal.SIGTERM)
    rest(process)
    assert process.returncode == 0


@pytest.mark.parametrize("out", [b"", b"{", b"[]", b'{"id": 1}', b"\xff"])
def test_a_run_that_says_nothing_sensible_has_failed(out: bytes) -> None:
    event = outcome(1, out, b"one\ntwo\n" * 10)
    assert event["event"] == "failed"
    assert event["code"] == 1
    assert len(event["said"]) == 5
