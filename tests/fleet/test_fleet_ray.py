"""Several boxes of a real Ray cluster, whose nodes all run on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boxes import advisor, box, fleet_file, measured_box
from real_models import missing

from advisor.history.store import RunStore

NODES = ("box-a", "box-b", "slow")
CLUSTER = """
import json, sys
from ray.cluster_utils import Cluster
node = {"num_cpus": 1, "node_ip_address": "127.0.0.2", "object_store_memory": 80 * 2**20}
cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
for name in sys.argv[1:]:
    cluster.add_node(**node, resources={name: 1})
print("at", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster with a node for each of NODES, in a program of its own.

    Ray takes 127.0.0.1 for another name of this machine's outer address; 127.0.0.2 it leaves alone.
    """
    if importlib.util.find_spec("ray") is None:
        missing("Ray (pip install 'local-or-api[ray]')")
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER, *NODES],
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        address = next(line.split()[1] for line in process.stdout if line.startswith("at "))
        yield address
    finally:
        process.stdin.close()
        process.wait(60)


def test_nodes_are_measured_at_once_and_failures_are_theirs_alone(
    cluster: str, tmp_path: Path
) -> None:
    alive = tmp_path / "alive"
    slow = box(tmp_path, "slow", before=f"echo $$ > {alive}; exec sleep 60")
    hosts: list[dict[str, Any]] = [
        {"name": name, "ray": name, "advisor": str(measured_box(tmp_path, name))}
        for name in ("box-a", "box-b")
    ]
    hosts += [
        {"name": "slow", "ray": "slow", "advisor": str(slow)},
        {"name": "gone", "ray": "no-such-node"},
        {"name": "bare", "ray": "box-a", "advisor": "/nowhere/advisor"},
    ]
    file = fleet_file(tmp_path, hosts, ray_address=cluster, limit_min=0.25)
    done = advisor(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {host["name"]: host["outcome"] for host in found["hosts"]} == {
        "box-a": "measured",
        "box-b": "measured",
        "slow": "timed out",
        "gone": "unreachable",
        "bare": "not installed",
    }
    runs = RunStore(tmp_path / "home").history().runs
    assert {run.id for run in runs} == {"run-of-box-a", "run-of-box-b"}
    assert {tag for run in runs for tag in run.tags} == {"host:box-a", "host:box-b"}
    ends = time.monotonic() + 20
    while Path(f"/proc/{int(alive.read_text())}").exists():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    if importlib.util.find_spec("ray") is None:
        missing("Ray (pip install 'local-or-api[ray]')")
    file = fleet_file(
        tmp_path, [{"name": "a", "ray": "a"}], ray_address="127.0.0.1:9", limit_min=0.1
    )
    done = advisor(tmp_path / "home", "fleet", "run", str(file), "--json")
    assert done.returncode == 1, done.stderr
    (host,) = json.loads(done.stdout)["hosts"]
    assert host["outcome"] == "unreachable"
    assert "127.0.0.1:9" in host["what"]
