"""`advisor probe` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from fakes_nvml import fake_nvml, no_nvml

__all__ = ["fake_nvml", "no_nvml"]


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    """The probe is kept there, to tell what has changed at the next one."""
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))


def advisor(environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "advisor", *arguments]
    environment = {**environment, "ADVISOR_DATA_DIR": os.environ["ADVISOR_DATA_DIR"]}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_json_is_one_document_and_nothing_else(no_nvml):
    done = advisor(no_nvml, "probe", "--json", "--no-bandwidth")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == "advisor.machine/1"


def test_a_mismatched_driver_says_reboot_and_is_no_failure(fake_nvml):
    done = advisor(fake_nvml(FAKE_INIT="18"), "probe", "--no-bandwidth")
    assert done.returncode == 0
    assert "reboot" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("probe", "--no-bandwidth"), ("-q", "probe", "--no-bandwidth")]
)
def test_a_card_is_shown_by_name(fake_nvml, arguments):
    done = advisor(fake_nvml(), *arguments)
    assert done.returncode == 0, done.stderr
    assert "NVIDIA GeForce RTX 4090" in done.stdout


def test_an_unknown_option_is_bad_usage(no_nvml):
    done = advisor(no_nvml, "probe", "--everything")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
