"""A month of three boxes and a real run on top: listed, compared, drift explained, told."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boxes import SHORT, advisor, fleet_file
from made_up_runs import made_up

from advisor.fleet.document import WORKED
from advisor.history.store import RunStore

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server

DAYS = 30
SPEEDS = {"a" * 16: 100.0, "b" * 16: 80.0, "c" * 16: 40.0}
SLOWED, SINCE = "b" * 16, 20
"""On this machine, since this day, a new version of the server writes a tenth less."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The history after the month, and after one real measurement by the fleet."""
    folder = tmp_path_factory.mktemp("month")
    store = RunStore(folder / "home")
    first = datetime.now(UTC) - timedelta(days=DAYS)
    for day in range(DAYS):
        for number, (machine, speed) in enumerate(SPEEDS.items()):
            slowed = machine == SLOWED and day >= SINCE
            noise = 1 + 0.004 * ((7 * day + 3 * number) % 5 - 2)
            run = made_up(
                f"{machine[0]}-{day:02d}",
                speed * noise * (0.9 if slowed else 1.0),
                machine=machine,
                server=("ollama", "0.9.4" if slowed else "0.9.3"),
                started_at=(first + timedelta(days=day)).isoformat(timespec="seconds"),
            )
            store.save(run)
    with timed_server("--prefill-us", "100", "--step-us", "2000") as url:
        file = fleet_file(folder, [{"name": "real", "url": url}], bench=SHORT)
        done = advisor(folder / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 0, done.stderr
    (host,) = json.loads(done.stdout)["hosts"]
    assert host["outcome"] in WORKED
    assert host["model"] == "timed"
    yield folder / "home"


def asked(home: Path, *arguments: str) -> Any:
    done = advisor(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_all_of_it_is_listed_and_narrowed(home: Path) -> None:
    assert len(asked(home, "history")["runs"]) == 3 * DAYS + 1
    assert len(asked(home, "history", "--machine", "aaaa", "--since", "7d")["runs"]) == 6
    (real,) = asked(home, "history", "--tag", "host:real")["runs"]
    assert real["origin"] is None


def test_boxes_are_ranked_and_compared(home: Path) -> None:
    sides = [f"machine:{machine}" for machine in SPEEDS]
    ranking = asked(home, "compare", *sides, "--rank", "--sort", "decode")
    assert [row["side"] for row in ranking["rows"]] == sides
    lines = asked(home, "compare", sides[0], sides[2])["lines"]
    (decode,) = [line for line in lines if line["metric"] == "decode_tok_per_s"]
    assert decode["verdict"] == "worse"
    assert decode["ratio"] == pytest.approx(0.4, rel=0.02)


def test_the_drift_is_found_on_its_box_alone_and_explained(home: Path) -> None:
    (drift,) = asked(home, "history", "drift", "--machine", SLOWED)["measured"]
    assert (drift["metric"], drift["words"]) == ("decode_tok_per_s", "slower")
    assert drift["since"] in (f"b-{SINCE - 1}", f"b-{SINCE}")
    assert [(each["what"], each["after"]) for each in drift["causes"]] == [
        ("server version", "0.9.4")
    ]
    machines = asked(home, "fleet", "show", "--drift")["machines"]
    found = {each["machine"]: each["drift"]["measured"] for each in machines}
    assert [machine for machine in SPEEDS if found[machine]] == [SLOWED]


def test_each_machine_is_shown_once_with_its_age(home: Path) -> None:
    machines = {each["machine"]: each for each in asked(home, "fleet", "show")["machines"]}
    assert set(SPEEDS) < set(machines) and len(machines) == len(SPEEDS) + 1
    assert machines["a" * 16]["age_days"] == pytest.approx(1.0, abs=0.1)
    (real,) = [each for each in machines.values() if each["hosts"] == ["real"]]
    assert real["age_days"] < 0.1
    shown = advisor(home, "fleet", "show", "--drift").stdout
    assert "slower" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_dashboards_find_every_box(home: Path) -> None:
    told = advisor(home, "history", "metrics").stdout
    for machine in SPEEDS:
        assert re.search(rf'advisor_decode\w*{{[^}}]*machine="{machine}', told), told[:2000]
