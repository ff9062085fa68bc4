"""Boxes for tests: each with a history of its own and a server of known timing to measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from advisor.history.store import RunStore

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from made_up_runs import made_up

SHORT = {
    "concurrency": 1,
    "input_tokens": 32,
    "output_tokens": 8,
    "max_time": "3s",
    "power_w": 50,
}


def box(folder: Path, name: str, *, before: str = "") -> Path:
    """The program `advisor` of a box: what `before` does, then the real one with its own data."""
    program = folder / name / "advisor"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(
        f"#!/bin/sh\n{before}\nexport ADVISOR_DATA_DIR={folder / name / 'data'}\n"
        f'exec {sys.executable} -P -m advisor "$@"\n'
    )
    program.chmod(0o755)
    return program


def measured_box(folder: Path, name: str, *, before: str = "") -> Path:
    """The same of a box that has been measured: `bench` names that run at once."""
    run = made_up(f"run-of-{name}", 50.0, machine=f"{len(name):016x}")
    RunStore(folder / name / "data").save(run)
    said = f'if [ "$1" = bench ]; then echo \'{{"id": "{run.id}"}}\'; exit 0; fi'
    return box(folder, name, before=f"{before}\n{said}")


def toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def fleet_file(folder: Path, hosts: list[dict[str, Any]], **common: Any) -> Path:
    """A fleet file of these hosts."""
    lines = [f"{key} = {toml(value)}" for key, value in common.items()]
    for host in hosts:
        lines += ["[[host]]", *(f"{key} = {toml(value)}" for key, value in host.items())]
    path = folder / "fleet.toml"
    path.write_text("\n".join(lines))
    return path


def environment(home: Path) -> dict[str, str]:
    """That of whoever measures the fleet."""
    home.mkdir(exist_ok=True)
    return {**os.environ, "ADVISOR_DATA_DIR": str(home), "COLUMNS": "80"}


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """`advisor ARGUMENTS` with its history in `home`."""
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", *arguments],
        env=environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def advisor(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    process = start(home, *arguments)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
