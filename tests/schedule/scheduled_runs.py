"""How does a test run what a scheduler starts? In an environment as bare as a scheduler's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tiny_models import tiny

from advisor.models.synthetic import write_synthetic

MADE_UP_LOAD = Path(__file__).with_name("made_up_load")
ADVISOR = (sys.executable, "-P", "-m", "advisor")
SHORT = (
    *("--input-tokens", "32", "--output-tokens", "8", "--concurrency", "1"),
    *("--max-time", "3s", "--power-w", "50"),
)


def bare(home: Path, load: str) -> dict[str, str]:
    """What systemd or cron would set, and a load of the processors: `quiet` or `busy`."""
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(MADE_UP_LOAD),
        "MADE_UP_LOAD": load,
    }


def start(home: Path, load: str, *arguments: str) -> subprocess.Popen[str]:
    """`advisor ARGUMENTS` with its data in home/data."""
    return subprocess.Popen(
        [*ADVISOR, *arguments],
        env={**bare(home, load), "ADVISOR_DATA_DIR": str(home / "data")},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, load: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    process = start(home, load, *arguments)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def tiny_model(folder: Path) -> Path:
    """A GGUF of random weights that computes in no time."""
    return write_synthetic(tiny(), "Q4_0", folder / "tiny model.gguf").path
