"""A scheduled run measures when it may, and leaves a record whatever happens to it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from itertools import chain, repeat
from pathlib import Path

import jsonschema
import msgspec
import pytest
from made_up_jobs import job
from scheduled_runs import SHORT, bare, run, start, tiny_model

from advisor.bench.session import Order
from advisor.cli.schema import json_schema
from advisor.errors import AdvisorError
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.schedule import perform as room
from advisor.schedule.clock import Clock, Moment
from advisor.schedule.cron import Cron
from advisor.schedule.job import read_mark
from advisor.schedule.lock import Attempt, locked
from advisor.schedule.look import Seen
from advisor.schedule.perform import DIED, STOPPED, TAKEN, Performer, Task
from advisor.schedule.spread import start_delay_s
from advisor.schedule.systemd import service_unit
from advisor.servers.wish import User, Wish

QUIET = Seen(others_busy_percent=0.0)
NOBODY = User(tell=lambda _: None, agrees=lambda _: False)


@pytest.fixture(autouse=True)
def runs_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def kept(home: Path) -> list[Run]:
    """All records, newest first."""
    store = RunStore(home / "data")
    return [store.load(each.id) for each in store.history().runs]


def reasons(record: Run) -> tuple[str, ...]:
    assert record.kind == "skip"
    assert record.skip is not None
    assert record.bench is None
    return record.skip.reasons


@pytest.mark.alone
def test_the_timers_command_measures_in_a_clean_environment(tmp_path: Path, model: Path) -> None:
    """The command is read back from the unit, and run with what systemd gives and no more."""
    made = job("--model", str(model), *SHORT, data_folder=str(tmp_path / "data"))
    installed = read_mark(service_unit(made))
    assert installed is not None
    done = subprocess.run(
        [*installed.command(), "--json"],
        env=bare(tmp_path, "quiet"),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=200,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.run/1"))
    (record,) = kept(tmp_path)
    assert record.id == document["id"]
    assert record.kind == "bench"
    assert record.tags == ("schedule:bench",)
    assert record.bench is not None
    assert record.bench.stages[0].output_tokens == 8
    assert RunStore(tmp_path / "data").load_samples(record.id).stages
    listed = run(tmp_path, "quiet", "history", "--json")
    (line,) = json.loads(listed.stdout)["runs"]
    assert line["tags"] == ["schedule:bench"]
    assert line["skipped"] is None


def test_a_busy_machine_is_a_record_that_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, "busy", "schedule", "run", "--wait", "1s", "--synthetic", "llama-3.2-1b")
    assert done.returncode == 0, done.stderr
    assert "Not measured: other programs keep the processors" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    (record,) = kept(tmp_path)
    (reason,) = reasons(record)
    assert reason.startswith("other programs keep the processors")
    assert record.skip is not None
    assert record.skip.waited_s >= 1
    shown = " ".join(run(tmp_path, "busy", "history").stdout.split())
    assert "skipped:" in shown


def test_a_server_that_is_gone_is_a_record_and_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, "quiet", "schedule", "run", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "nothing listens" in done.stderr
    (record,) = kept(tmp_path)
    assert "nothing listens" in reasons(record)[0]


def waiting(home: Path) -> subprocess.Popen[str]:
    """A run that waits for a busy machine."""
    process = start(home, "busy", "schedule", "run", "--synthetic", "llama-3.2-1b")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Waiting"):
            return process
    raise AssertionError("it does not wait")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_told_to_stop_while_waiting_is_a_record(tmp_path: Path, number: int) -> None:
    process = waiting(tmp_path)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (record,) = kept(tmp_path)
    assert reasons(record) == (STOPPED,)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_being_told_to_stop_while_measuring_keeps_what_was_measured(
    tmp_path: Path, model: Path
) -> None:
    options = ("--model", str(model), "--concurrency", "1", "--power-w", "50")
    process = start(tmp_path, "quiet", "schedule", "run", *options, "--max-time", "100s")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(("warm-up", "measure")) and "TTFT" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (record,) = kept(tmp_path)
    assert record.kind == "bench"
    assert record.partial
    assert record.bench is not None
    assert record.bench.stages[0].stopped_by == "interrupted"


def test_a_killed_run_is_found_by_the_next_one(tmp_path: Path) -> None:
    process = waiting(tmp_path)
    process.kill()
    process.communicate()
    assert kept(tmp_path) == []
    run(tmp_path, "busy", "schedule", "run", "--wait", "1s", "--synthetic", "llama-3.2-1b")
    newest, oldest = kept(tmp_path)
    assert reasons(oldest) == (DIED,)
    assert oldest.started_at <= newest.started_at
    assert reasons(newest) != (DIED,)


def test_another_run_at_work_is_waited_for_and_then_given_up_on(tmp_path: Path) -> None:
    other = Attempt(schedule="other", started_at="2026-11-25T03:00:00+00:00")
    with locked(tmp_path / "data", other) as lock:
        assert lock is not None
        done = run(tmp_path, "quiet", "schedule", "run", "--wait", "1s")
    assert done.returncode == 0, done.stderr
    assert TAKEN in " ".join(done.stdout.split())
    (record,) = kept(tmp_path)
    assert reasons(record) == (TAKEN,)


def task(home: Path, model: Path, **changes: object) -> Task:
    order = Order(
        wish=Wish(model=str(model)),
        concurrencies=(1,),
        max_time_s=3.0,
        power_w=50.0,
    )
    values = {"schedule": "t", "order": order, "data_folder": home / "data", "wait_s": 0.0}
    return Task(**{**values, "limit_s": 600.0, **changes})  # type: ignore[arg-type]


def performer(*moments: Moment) -> Performer:
    """At these moments, the last one for ever, and never asleep."""
    times = chain(moments, repeat(moments[-1] if moments else Moment(0, 0)))
    return Performer(NOBODY, lambda _: None, Clock(lambda: next(times), lambda _: None))


def test_a_machine_that_slept_meanwhile_marks_the_run(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "look", lambda _: QUIET)
    monkeypatch.setattr(room, "on_battery", lambda: True)
    awake, asleep = Moment(0, 0), Moment(400, 100)
    done = performer(*[awake] * 6, asleep).perform(task(tmp_path, model))
    (record,) = kept(tmp_path)
    assert record.id == done.run.id
    assert record.partial
    assert record.bench is not None
    told = " ".join(record.bench.warnings)
    assert "slept" in told
    assert "300 s" in told
    assert "battery" in told
    assert not done.interrupted


def test_the_time_for_the_whole_run_is_bounded(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a slow box had measured anything by then or not, the record tells of the limit."""
    monkeypatch.setattr(room, "look", lambda _: QUIET)
    long = Order(wish=Wish(model=str(model)), concurrencies=(1, 2), max_time_s=300.0, power_w=50.0)
    try:
        performer().perform(task(tmp_path, model, order=long, limit_s=8.0))
    except AdvisorError as error:
        assert "within 8 s" in str(error)
    (record,) = kept(tmp_path)
    assert record.partial
    told = record.bench.warnings if record.bench else reasons(record)
    assert any("limit" in each or "within 8 s" in each for each in told)


def test_signals_are_put_back_afterwards(tmp_path: Path, model: Path, monkeypatch) -> None:
    busy = Seen(others_busy_percent=99)
    monkeypatch.setattr(room, "look", lambda _: busy)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    performer().perform(task(tmp_path, model))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_machine_starts_at_its_own_time_within_the_spread() -> None:
    delays = [start_delay_s(600, name) for name in ("a", "b", "c")]
    assert delays == [start_delay_s(600, name) for name in ("a", "b", "c")]
    assert len(set(delays)) == 3
    assert all(0 <= each < 600 for each in delays)


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock is not installed")
def test_crons_line_runs_in_a_plain_shell(tmp_path: Path) -> None:
    """Through flock, timeout and the shell's quoting, on this machine as busy as it is."""
    (tmp_path / "data").mkdir()
    made = job("--model", "no such model's 50%.gguf", data_folder=str(tmp_path / "data"))
    (step,) = Cron().run_now(msgspec.structs.replace(made, wait_s=1))
    done = subprocess.run(step.arguments, capture_output=True, text=True, timeout=120, check=False)
    (record,) = kept(tmp_path)
    said = " ".join((*reasons(record), done.stderr))
    assert "no such model's 50%.gguf" in said or "busy" in said


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        ('[bench]\nurl = "http://127.0.0.1:9"\n', 9),
        (
            '[bench]\nurl = "http://127.0.0.1:9"\n[schedule.run]\nurl = "http://127.0.0.1:7"\n',
            7,
        ),
    ],
)
def test_settings_of_bench_hold_for_scheduled_runs_too(
    tmp_path: Path, settings: str, port: int
) -> None:
    (tmp_path / "advisor.toml").write_text(settings)
    done = run(tmp_path, "quiet", "schedule", "run")
    assert done.returncode == 1
    assert f"http://127.0.0.1:{port}" in done.stderr
