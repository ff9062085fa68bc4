"""systemd finds nothing to say about our units, and reads the arguments that were meant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from made_up_jobs import UNKIND, WHENS, job

from advisor.schedule.job import Job
from advisor.schedule.systemd import service_unit, timer_unit

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def verified(folder: Path, timer: str, service: str) -> str:
    """All that `systemd-analyze verify` says; it exits with 0 on a misspelt key."""
    (folder / "advisor-bench.timer").write_text(timer)
    (folder / "advisor-bench.service").write_text(service)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "advisor-bench.timer", "advisor-bench.service"],
        cwd=folder,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"{done.returncode}")


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_nothing_is_said_against_them(tmp_path: Path, when) -> None:
    made: Job = job(*UNKIND, when=when)
    assert verified(tmp_path, timer_unit(made), service_unit(made)) == ""


@pytest.mark.parametrize("key", ["FixedRandomDelay", "KillSignal", "OOMScoreAdjust", "Persistent"])
def test_a_misspelt_key_would_be_noticed(tmp_path: Path, key: str) -> None:
    timer, service = timer_unit(job()), service_unit(job())
    said = verified(tmp_path, timer.replace(key, f"{key}x"), service.replace(key, f"{key}x"))
    assert f"{key}x" in said


def test_the_timer_catches_up_and_spreads_and_the_service_is_bounded() -> None:
    timer, service = timer_unit(job()), service_unit(job())
    for line in ("Persistent=true", "RandomizedDelaySec=600", "FixedRandomDelay=true"):
        assert f"\n{line}\n" in timer
    assert f"\nTimeoutStartSec={7200 + 3600 + 300}\n" in service
    assert "\nKillSignal=SIGINT\n" in service
    assert "ConditionACPower" not in timer + service
