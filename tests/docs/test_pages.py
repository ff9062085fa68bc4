"""The documentation's code: every command of every page runs, every block of data parses.

A block that cannot run here says why in a comment before it; its commands are parsed all the same,
so that no page names an option that does not exist. Where a block measures or asks a model, a
made-up server answers. What serves until it is stopped is stopped once it says that it listens.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import click
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))
sys.path.insert(0, str(Path(__file__).parents[1] / "agent"))

from made_up_runs import made_up
from pages import PAGES, ROOT, Block, Command, blocks, commands, matches
from program import typed
from real_models import missing
from scripted_model import scripted
from slow_engine import slow_engine
from test_exports import CLOSED

from advisor.bench.document import Samples
from advisor.cli.main import advisor, with_command
from advisor.history.store import RunStore

MACHINES = ("3f2a", "9c41", "77b0")
"""Beginnings of the ids of machines that pages compare."""


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A working folder with the files that pages name, and an environment with some runs."""

    folder: Path
    environment: dict[str, str]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A sandbox of its own for each page."""
    work = tmp_path / "work"
    shutil.copytree(ROOT / "configs", work / "configs")
    for copy in ("ours.toml", "team.toml"):
        shutil.copy(ROOT / "configs/guide.toml", work / copy)
    candidate = next(each for each in blocks(ROOT / "docs/howto/candidate.md"))
    (work / "box.toml").write_text(candidate.text, encoding="utf-8")
    (work / "ours.jsonl").write_text('{"prompt": "Where is my order?"}\n' * 20, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "advisor"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m advisor "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    _remember_runs(tmp_path / "data")
    _lay_out_others(work, tmp_path)
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ADVISOR_DATA_DIR": str(tmp_path / "data"),
        "COLUMNS": "80",
        "LANG": "C.UTF-8",
    }
    return Sandbox(work, environment)


def _lay_out_others(work: Path, home: Path) -> None:
    """A key to sign with and the list of signers, and results of other tools."""
    for result in ("llama-bench.json", "localscore.json"):
        shutil.copy(ROOT / "tests/history/results" / result, work / result)
    if shutil.which("ssh-keygen") is None:
        return
    (home / ".ssh").mkdir(mode=0o700)
    key = home / ".ssh" / "id_ed25519"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "comment", "-f", str(key)]
    subprocess.run(make, check=True)
    kind, public, _ = key.with_suffix(".pub").read_text(encoding="utf-8").split()
    signer = f'ann@example.org namespaces="bundle@local-or-api" {kind} {public}\n'
    (work / "team_signers").write_text(signer, encoding="utf-8")


def _remember_runs(place: Path) -> None:
    store = RunStore(place)
    for side, (name, decode) in enumerate((("before", 100.0), ("after", 80.0))):
        for number, step in enumerate((1.0, 1.005, 0.995, 1.002, 0.998)):
            moment = f"2026-1{side}-0{number + 1}"
            run = made_up(
                f"{moment.replace('-', '')}T0142{number:02}Z-{name}",
                decode * step,
                machine=f"{MACHINES[side]}{'0' * 12}",
                started_at=f"{moment}T01:42:00+00:00",
            )
            store.save(run)
            store.tag(run.id, name)
    moment = "2026-11-25T01:42:00+00:00"
    machine = f"{MACHINES[2]}{'0' * 12}"
    third = made_up("20261125T014200Z-third", 90.0, machine=machine, started_at=moment)
    store.save(third, Samples(id=third.id, stages=(CLOSED,)))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_data_parses(page: Path) -> None:
    for block in blocks(page):
        if block.kind == "toml":
            tomllib.loads(block.text)
        if block.kind == "json":
            json.loads(block.text)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """What makes `bench` and `ask` use made-up servers, and takes little time."""
    price = [("price", {"model": "openai/gpt-4"})]
    told = "GPT-4 costs $30 per million input tokens [r1 input_usd_per_mtok]."
    with slow_engine("llama3.2", 0.002) as engine, scripted(price, told, price, told) as model:
        yield {
            "ADVISOR_BENCH_URL": engine,
            "ADVISOR_BENCH_MAX_TIME": "1s",
            "ADVISOR_ASK_URL": model.url,
        }


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_run(page: Path, sandbox: Sandbox, servers: dict[str, str]) -> None:
    for block in blocks(page):
        if block.kind not in {"console", "sh"} or block.not_run:
            continue
        if "ssh-keygen" in block.text and shutil.which("ssh-keygen") is None:
            missing("OpenSSH's ssh-keygen")
        environment = {**sandbox.environment, **(servers if block.with_server else {})}
        for command in commands(block):
            if _INSTALLS.search(command.line):
                _check_extras(command.line)
            elif _SERVES.search(command.line):
                _serve(command.line, sandbox.folder, environment)
            else:
                _run(command, sandbox.folder, environment)


_INSTALLS = re.compile(r"\bpip\b.* install ")
_SERVES = re.compile(r"^advisor (?:serve|schedule serve|mcp --http)\b")
_OURS_ALONE = re.compile(r"advisor [^|<>&;$`*?~{}()\\]*")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
_READY = re.compile("http://|waiting")


def _run(command: Command, folder: Path, environment: dict[str, str]) -> None:
    line = command.line.replace("/var/lib/node_exporter/textfile/", "")
    line = line.replace("http://box:11434", environment.get("ADVISOR_BENCH_URL", "-"))
    ran = _ran(line, folder, environment)
    told = f"{command.line}\n{ran.stdout}\n{ran.stderr}"
    assert ran.returncode == command.exit_code, told
    if command.output is not None:
        assert matches(ran.stdout, command.output), told


def _ran(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """By the shell, or in this process where the shell would only start ours."""
    if _OURS_ALONE.fullmatch(line):
        words = shlex.split(line, comments=True)
        return typed(*words[1:], folder=folder, environment=environment)
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _serve(line: str, folder: Path, environment: dict[str, str]) -> None:
    """Runs it at a free port until it says that it is there, and interrupts it."""
    process = subprocess.Popen(
        shlex.split(_PORT.sub("0", line), comments=True),
        cwd=folder,
        env={**environment, "ADVISOR_SERVE_PORT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for each in process.stdout:
        said += each
        if _READY.search(each):
            process.send_signal(signal.SIGINT)
            break
    said += process.stdout.read()
    assert process.wait(60) in (0, 130), f"{line}\n{said}"
    assert _READY.search(said), f"{line}\n{said}"
    assert "Traceback" not in said, said


def _check_extras(line: str) -> None:
    """Not installed here: the extras that a page names must be there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"\[([\w,]+)\]", line)
    assert set(",".join(named).split(",")) - {""} <= set(project["optional-dependencies"]), line


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_that_do_not_run_here_parse(page: Path) -> None:
    for block in blocks(page):
        if block.kind in {"console", "sh"} and block.not_run:
            for line in _ours(block):
                words = shlex.split(line, comments=True)
                _parse(with_command(list(takewhile(lambda word: word not in ">|", words))[1:]))


def _ours(block: Block) -> list[str]:
    return [each.line for each in commands(block) if each.line.split()[0] == "advisor"]


def _parse(arguments: list[str]) -> None:
    """Parses a command line of ours without running it; a wrong one raises."""
    outer = advisor.make_context("advisor", arguments)
    command: click.Command = advisor
    while isinstance(command, click.Group) and (rest := [*outer._protected_args, *outer.args]):
        name, inner, rest = command.resolve_command(outer, rest)
        assert inner is not None
        command = inner
        with contextlib.suppress(click.exceptions.NoArgsIsHelpError):
            outer = inner.make_context(name, rest, parent=outer)
