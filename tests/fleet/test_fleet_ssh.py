"""Many boxes over a real SSH server: what comes back, and what becomes of those that fail."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from boxes import SHORT, advisor, box, fleet_file, measured_box, start
from real_sshd import Sshd, client_config, sshd

from advisor.cli.schema import json_schema
from advisor.fleet.document import WORKED
from advisor.history.store import RunStore

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as found:
        yield found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with timed_server("--prefill-us", "100", "--step-us", "2000") as found:
        yield found


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found = json.loads(done.stdout)
    jsonschema.validate(found, json_schema("advisor.fleet/1"))
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {host["name"]: host["outcome"] for host in found["hosts"]}


def test_boxes_are_measured_at_once_and_their_runs_come_back(
    server: Sshd, url: str, tmp_path: Path
) -> None:
    names = ["box-a", "box-b", "box-c"]
    hosts: list[dict[str, Any]] = [
        {"name": each, "ssh": server.destination(), "advisor": str(measured_box(tmp_path, each))}
        for each in names[1:]
    ]
    real = {"name": "box-a", "advisor": str(box(tmp_path, "box-a")), "bench": {"url": url}}
    hosts.insert(0, {**real, "ssh": server.destination()})
    file = fleet_file(
        tmp_path, hosts, ssh_config=str(server.config), bench=SHORT, include=["samples"]
    )
    done = advisor(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 0, done.stderr
    found = document(done)
    assert list(outcomes(found)) == names
    assert set(outcomes(found).values()) <= set(WORKED)
    assert (found["measured"], found["failed"]) == (3, 0)
    store = RunStore(tmp_path / "home")
    for host in found["hosts"]:
        assert host["decode_tok_per_s"] > 0
        assert f"host:{host['name']}" in store.marks(host["run"])[0]
        assert store.origin(host["run"]) is not None
        there = RunStore(tmp_path / host["name"] / "data")
        (kept,), (came,) = (each.load(host["run"]).bench.stages for each in (there, store))
        assert came.decode_tok_per_s == kept.decode_tok_per_s
    assert store.load_samples(found["hosts"][0]["run"]).stages
    shown = advisor(tmp_path / "home", "fleet", "show")
    assert shown.returncode == 0, shown.stderr
    assert "box-" in shown.stdout
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())


def test_each_failure_is_named_and_stops_no_other(server: Sshd, tmp_path: Path) -> None:
    """In one fleet: one that works beside six that fail in ways of their own."""
    there = server.destination()
    broken = measured_box(
        tmp_path, "broken", before='if [ "$2" = export ]; then echo no bundle; exit 0; fi'
    )
    alive = tmp_path / "slow-is-alive"
    slow = box(tmp_path, "slow", before=f"echo $$ > {alive}; exec sleep 60")
    no_server = box(tmp_path, "no-server", before="echo 'advisor: no server answers' >&2; exit 1")
    hosts = [
        {"name": "works", "ssh": there, "advisor": str(measured_box(tmp_path, "works"))},
        {"name": "refused", "ssh": "ssh://127.0.0.1:9"},
        {"name": "unreachable", "ssh": "nobody..invalid"},
        {"name": "not-installed", "ssh": there, "advisor": "/nowhere/advisor"},
        {"name": "bad-bundle", "ssh": there, "advisor": str(broken)},
        {"name": "no-server", "ssh": there, "advisor": str(no_server)},
        {"name": "slow", "ssh": there, "advisor": str(slow)},
    ]
    file = fleet_file(tmp_path, hosts, ssh_config=str(server.config), bench=SHORT, limit_min=0.1)
    done = advisor(tmp_path / "home", "fleet", "run", str(file))
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert "1 of 7 measured." in shown
    for told in (
        "nobody takes SSH",
        "cannot be reached",
        "no /nowhere/advisor",
        "not to be trusted",
    ):
        assert told in " ".join(shown.split()), (told, shown)
    lines = [*shown.splitlines(), *done.stderr.splitlines()]
    assert all(len(line) <= 80 for line in lines)
    for line in ("refused: refused", "unreachable: unreachable", "slow: timed out"):
        assert line in done.stderr
    assert "no-server: failed" in done.stderr
    assert len(RunStore(tmp_path / "home").history().runs) == 1
    _ended(int(alive.read_text()))
    alone = advisor(tmp_path / "home", "fleet", "run", str(file), "--host", "refused", "--json")
    assert alone.returncode == 1
    (host,) = document(alone)["hosts"]
    assert host["outcome"] == "refused"
    assert host["what"] and host["why"] and host["remedy"]


def _ended(process_id: int) -> None:
    """What was started there does not outlive whoever asked for it."""
    ends = time.monotonic() + 20
    while Path(f"/proc/{process_id}").exists():
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("key", "known_hosts", "outcome"),
    [("stranger", "known_hosts", "not let in"), ("user", "none", "unknown host key")],
)
def test_who_is_not_let_in_is_told_so(
    server: Sshd, tmp_path: Path, key: str, known_hosts: str, outcome: str
) -> None:
    config = client_config(server.folder, key, known_hosts)
    hosts = [{"name": "closed", "ssh": server.destination()}]
    file = fleet_file(tmp_path, hosts, ssh_config=str(config))
    done = advisor(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 1
    assert outcomes(document(done)) == {"closed": outcome}


def test_what_came_back_is_kept_when_the_rest_is_interrupted(
    server: Sshd, url: str, tmp_path: Path
) -> None:
    slow = box(tmp_path, "slow", before=f"echo $$ > {tmp_path / 'alive'}; exec sleep 60")
    there = server.destination()
    hosts = [
        {"name": "quick", "ssh": there, "advisor": str(measured_box(tmp_path, "quick"))},
        {"name": "slow", "ssh": there, "advisor": str(slow)},
        {"name": "later", "ssh": there, "advisor": str(slow)},
    ]
    file = fleet_file(
        tmp_path, hosts, ssh_config=str(server.config), bench={"url": url}, parallel=2
    )
    process = start(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert process.stderr is not None
    for line in process.stderr:
        if "quick: measured" in line:
            break
    process.send_signal(signal.SIGINT)
    done = _ended_process(process)
    assert done.returncode == 130
    found = document(done)
    assert outcomes(found)["quick"] == "measured"
    assert set(outcomes(found).values()) <= {"measured", "interrupted", "not started"}
    assert len(RunStore(tmp_path / "home").history().runs) == 1
    _ended(int((tmp_path / "alive").read_text()))


def _ended_process(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=90)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_nothing_in_a_fleet_file_is_a_command_of_a_shell(
    server: Sshd, url: str, tmp_path: Path
) -> None:
    """Values reach the program there as they are."""
    told = tmp_path / "told"
    program = tmp_path / "a box's $(touch bad)" / "advisor"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\nexit 1\n')
    program.chmod(0o755)
    model = f"m'; touch {tmp_path / 'bad'}; $(touch {tmp_path / 'bad'}) \"`id`"
    hosts = [
        {
            "name": "odd",
            "ssh": server.destination(),
            "advisor": str(program),
            "bench": {"model": model, "pull": True, "url": url},
        }
    ]
    file = fleet_file(tmp_path, hosts, ssh_config=str(server.config))
    done = advisor(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 1
    assert told.read_text().splitlines() == [
        *("bench", f"--model={model}", "--pull", f"--url={url}", "--json")
    ]
    assert not list(tmp_path.rglob("bad"))
