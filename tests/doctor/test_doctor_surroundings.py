"""Containers, limits, virtual machines and WSL."""

from __future__ import annotations

import pytest
from well_machine import facts, only, place

from advisor.doctor.surroundings import surroundings


def test_a_whole_machine_is_ok() -> None:
    assert only(surroundings(facts())).status == "ok"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (place(container="podman"), "a container (podman)"),
        (place(vm="kvm"), "a virtual machine (kvm)"),
        (place(vm="unnamed"), "a virtual machine"),
        (place(wsl=True, vm="hyper-v"), "WSL"),
        (place(container="docker", wsl=True), "a container (docker) in WSL"),
    ],
)
def test_what_stands_around_is_named(where, said: str) -> None:
    finding = only(surroundings(facts(environment=where)))
    assert (finding.status, finding.what) == ("limited", f"this is {said}")


def test_limits_are_told_with_what_is_left_and_how_docker_gives_more() -> None:
    share = place(
        container="docker",
        usable_cpus=2.0,
        usable_memory_bytes=2**32,
        limited_by=("cgroup processor quota", "cgroup memory limit"),
    )
    limits, shell = surroundings(facts(environment=share))
    assert limits.what == "this process may use 2 of 16 processors, 4.0 GiB"
    assert "cgroup processor quota and cgroup memory limit" in limits.why
    assert limits.fix is not None and limits.fix.startswith("docker update ")
    assert "docker" in shell.what


def test_limits_outside_docker_have_no_command() -> None:
    share = place(usable_cpus=2.0, limited_by=("processor affinity",))
    assert only(surroundings(facts(environment=share))).fix is None


def test_wsl_says_where_its_share_is_set() -> None:
    (found,) = surroundings(facts(environment=place(vm="hyper-v", wsl=True)))
    assert ".wslconfig" in found.why
