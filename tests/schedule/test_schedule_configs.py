"""The examples to copy are valid where they go, and say the same as what is installed."""

from __future__ import annotations

import copy
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from made_up_jobs import job
from published_schemas import compose_validator, kubernetes_validator

from advisor.cli.main import advisor
from advisor.schedule.systemd import service_unit, timer_unit
from advisor.schedule.when import parse_when

CONFIGS = Path(__file__).parents[2] / "configs" / "schedule"


def settings(unit: str) -> dict[str, str]:
    lines = [line for line in unit.splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def understood(arguments: list[str]) -> None:
    """Has `advisor schedule NAME OPTIONS` parsed as it would be run, without running it."""
    group, name, *options = arguments
    root = click.Context(advisor)
    schedule = advisor.get_command(root, group)
    assert isinstance(schedule, click.Group)
    command = schedule.get_command(root, name)
    assert command is not None
    command.make_context(name, options, parent=root)


@pytest.fixture
def cluster() -> dict[str, Any]:
    documents = yaml.safe_load_all((CONFIGS / "cronjob.yaml").read_text())
    return {each["kind"]: each for each in documents}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    program = tmp_path / ".local/bin/advisor"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = [str(CONFIGS / f"advisor-bench.{kind}") for kind in ("timer", "service")]
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *units],
        env={**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_units_say_what_the_installed_ones_say() -> None:
    service = (CONFIGS / "advisor-bench.service").read_text()
    timer = (CONFIGS / "advisor-bench.timer").read_text()
    apart = {"ExecStart", "Description"}
    made = job(when=parse_when("week", "03:00"))
    for example, installed in ((service, service_unit(made)), (timer, timer_unit(made))):
        ours, theirs = settings(example), settings(installed)
        assert ours.keys() == theirs.keys()
        assert {key for key in ours if ours[key] != theirs[key]} <= apart
    _, *arguments = shlex.split(settings(service)["ExecStart"])
    understood(arguments)


def test_kubernetes_takes_the_objects(cluster: dict[str, Any]) -> None:
    kubernetes_validator("cronjob-batch-v1").validate(cluster["CronJob"])
    kubernetes_validator("persistentvolumeclaim-v1").validate(cluster["PersistentVolumeClaim"])


@pytest.mark.parametrize("key", ["concurrencyPolicy", "jobTemplate", "startingDeadlineSeconds"])
def test_a_misspelt_key_would_be_refused(cluster: dict[str, Any], key: str) -> None:
    broken = copy.deepcopy(cluster["CronJob"])
    broken["spec"][f"{key}x"] = broken["spec"].pop(key)
    assert not kubernetes_validator("cronjob-batch-v1").is_valid(broken)


def test_the_cluster_runs_one_at_a_time_bounded_and_keeps_the_runs(cluster: dict[str, Any]) -> None:
    spec = cluster["CronJob"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    work = spec["jobTemplate"]["spec"]
    assert work["activeDeadlineSeconds"] == job().longest_s
    pod = work["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    understood(container["args"])
    assert container["volumeMounts"][0]["mountPath"] == container["env"][0]["value"]
    claim = pod["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert claim == cluster["PersistentVolumeClaim"]["metadata"]["name"]


def test_compose_takes_the_file() -> None:
    document = yaml.safe_load((CONFIGS / "compose.yaml").read_text())
    validator = compose_validator()
    validator.validate(document)
    scheduler = document["services"]["scheduler"]
    understood(scheduler["command"])
    assert (CONFIGS / scheduler["build"]["context"] / scheduler["build"]["dockerfile"]).is_file()
    broken = copy.deepcopy(document)
    broken["services"]["scheduler"]["stop_grace"] = "1s"
    assert not validator.is_valid(broken)
