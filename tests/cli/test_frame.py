"""The frame: which command, which exit code, one line of cause and remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from advisor.cli.main import COMMANDS, with_command
from advisor.cli.schema import DOCUMENTS, json_schema


def advisor(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_help_names_every_command() -> None:
    shown = advisor("--help").stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    finished = advisor(name, "--help")
    assert finished.returncode == 0
    assert "Usage: advisor" in finished.stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([], ["run"]),
        (["-q"], ["-q", "run"]),
        (["--api", "x"], ["run", "--api", "x"]),
        (["-v", "--json"], ["-v", "run", "--json"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
        (["bench", "--json"], ["bench", "--json"]),
    ],
)
def test_without_a_command_it_runs(typed: list[str], meant: list[str]) -> None:
    assert with_command(typed) == meant


def test_an_unknown_command_names_the_nearest() -> None:
    finished = advisor("prob")
    assert finished.returncode == 2
    assert finished.stderr.splitlines() == [
        "advisor: There is no command 'prob'. Did you mean 'probe'?"
    ]


def test_an_unknown_option_is_one_line() -> None:
    finished = advisor("bench", "--no-such-option")
    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 1


def test_broken_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / "advisor.toml").write_text("[bench\n")
    finished = advisor("history", cwd=tmp_path)
    assert finished.returncode == 2
    assert "advisor.toml" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_schema_lists_its_names() -> None:
    assert advisor("schema").stdout.split() == list(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_schema_is_a_json_schema(name: str) -> None:
    document = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(document)
    assert json.dumps(document).count(f'"{name}"') >= 1


def test_an_unknown_schema_names_the_nearest() -> None:
    finished = advisor("schema", "advisor.bensch/1")
    assert finished.returncode == 2
    assert "advisor.bench/1" in finished.stderr


def test_characters_that_a_stream_lacks_do_not_end_the_program() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "advisor", "advise", "--scenario", "configs/guide.toml"],
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert b"?" in finished.stdout
    assert not finished.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
@pytest.mark.parametrize("asked", [("schema",), ("schema", "buy"), ("models", "devices")])
def test_a_full_disk_is_no_bug(asked: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "advisor", *asked],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert finished.returncode == 1
    assert finished.stderr.startswith("advisor: the disk is full: ")
    assert len(finished.stderr.splitlines()) == 1
