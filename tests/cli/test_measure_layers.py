"""`advisor models predict --measure` as a user runs it, with the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from program import typed
from tiny_models import tiny

from advisor.bench import by_layers
from advisor.cli.schema import json_schema
from advisor.models.synthetic import write_synthetic

_BOX = 'kind = "cpu"\nmemory_gib = 24\nbandwidth_gb_per_s = 50\n'


def words(*arguments: object) -> list[str]:
    return ["models", "predict", *map(str, arguments), "--measure"]


def surroundings(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ADVISOR_DATA_DIR": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "COLUMNS": "80",
    }


def advisor(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return typed(*words(*arguments), folder=folder, environment=surroundings(folder))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_synthetic(tiny(layers=24), "Q4_0", tmp_path / "deep.gguf").path


def left(folder: Path) -> list[Path]:
    return list((folder / "cache").rglob("by-layers-*"))


def test_two_copies_of_a_file_tell_its_speed_and_vanish(tmp_path: Path, model: Path) -> None:
    done = advisor(tmp_path, model, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.prediction/1"))
    assert document["basis"] == "layers"
    for key in ("decode_tok_per_s", "output_tok_per_s", "prefill_tok_per_s"):
        assert 0 < document[key]["p10"] < document[key]["p50"] < document[key]["p90"]
    assert "copies of 1 and 12 of its 24 layers" in document["assumptions"][0]
    assert "Writing a copy with 12 layers" in done.stderr
    assert left(tmp_path) == []


def test_in_words_it_says_what_was_run(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_layers, "MOST_ROUNDS_S", 1.0)
    done = advisor(tmp_path, model, "--context", 300)
    assert done.returncode == 0, done.stderr
    assert "measured by layers" in done.stdout
    assert "of the whole, which was not run" in done.stdout


def test_interrupted_it_leaves_nothing(tmp_path: Path, model: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "advisor", *words(model, "--context", 1500)],
        env=surroundings(tmp_path),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    deadline = time.monotonic() + 120
    while not left(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert b"Traceback" not in said
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--machine", "box.toml"), "--measure is for this machine"),
        (("--concurrency", 4), "--measure is for one request at a time"),
    ],
)
def test_what_it_is_not_for_is_one_line(
    tmp_path: Path, more: tuple[object, ...], said: str
) -> None:
    (tmp_path / "box.toml").write_text(_BOX)
    done = advisor(tmp_path, "llama-3.1-8b:Q4_K_M", *more)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
