"""`advisor compare` as it is typed: what it prints and how it ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import CompletedProcess

import program
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from made_up_runs import made_up

from advisor.history.store import RunStore

STEPS = (1.0, 1.005, 0.995, 1.002, 0.998)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    store = RunStore(place)
    for name, decode in (("before", 100.0), ("after", 88.0)):
        for number, step in enumerate(STEPS):
            run = made_up(f"{name}{number}", decode * step, machine=f"box-{name}")
            store.save(run)
            store.tag(run.id, name)
    return place


def typed(folder: Path, *arguments: str) -> CompletedProcess[str]:
    environment = {**os.environ, "ADVISOR_DATA_DIR": str(folder), "COLUMNS": "80"}
    return program.typed("compare", *arguments, environment=environment)


def test_it_says_what_is_slower_and_by_how_much(folder: Path) -> None:
    done = typed(folder, "tag:before", "tag:after")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "decode_tok_per_s" in line)
    assert "0.88×" in line and "- slower" in line
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_crossed_limit_ends_with_3(folder: Path) -> None:
    done = typed(folder, "tag:before", "tag:after", "--fail-on", "decode_tok_per_s<-5%", "--json")
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    assert document["crossed"][0]["change"] == pytest.approx(-0.12, abs=0.01)
    assert typed(folder, "tag:after", "tag:before", "--fail-on", "ttft_ms>5%").returncode == 0


def test_machines_are_ranked(folder: Path) -> None:
    done = typed(folder, "machine:box-after", "machine:box-before", "--rank", "--sort", "decode")
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines() if "machine:" in line]
    assert rows == ["machine:box-before", "machine:box-after"]
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "wrong",
    [
        ("latest",),
        ("latest", "latest"),
        ("latest", "nowhere"),
        ("before0", "after0", "--fail-on", "x<1%"),
        ("before0", "after0", "--sort", "decode"),
        ("before0", "after0", "--rank", "--sort", "beauty"),
        ("before0", "after0", "--allow", "colour"),
    ],
)
def test_what_cannot_be_compared_is_one_line_and_2(folder: Path, wrong: tuple[str, ...]) -> None:
    done = typed(folder, *wrong)
    assert done.returncode == 2, done.stdout
    assert done.stdout == "" and len(done.stderr.strip().splitlines()) == 1
