"""How is a command run on a node of a Ray cluster, and what does its failure mean?

A node is named by a resource that it alone has: the one that Ray gives every node by itself
(`node:10.0.0.5`), or one that it was started with (`ray start --resources='{"gpu-7": 1}'`).
See https://docs.ray.io/en/latest/ray-core/scheduling/resources.html. Each host's connection to Ray
is a program of its own (`ray_driver.py`), which can be ended whatever Ray is waiting for.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import AdvisorError
from advisor.fleet.failure import HostError
from advisor.fleet.program import Ended, Patience, run_program
from advisor.fleet.ray_driver import LOST, NO_CLUSTER, NO_NODE, NOT_FOUND

DRIVER = "advisor.fleet.ray_driver"


@dataclass(frozen=True, slots=True)
class OnRay:
    """The node that has `resource`, in the cluster at `address`."""

    resource: str
    address: str

    def run(
        self,
        command: Sequence[str],
        output: Path,
        patience: Patience,
        on_line: Callable[[str], None],
    ) -> Ended:
        """Runs the command there, its output in a file here. Raises HostError."""
        driver = [sys.executable, "-P", "-m", DRIVER, self.address, self.resource, *command]
        ended = run_program(
            driver, output, patience, on_line, environment={"RAY_USAGE_STATS_ENABLED": "0"}
        )
        why = ended.said[-1] if ended.said else ""
        if ended.code == NO_CLUSTER:
            raise HostError(
                "unreachable",
                f"no Ray cluster answers at {self.address}",
                why=why,
                remedy="Start it (`ray start --head`), or correct ray_address.",
            )
        if ended.code == NO_NODE:
            raise HostError(
                "unreachable",
                f"no node of the cluster has the resource {self.resource}",
                remedy="`ray status` shows the nodes; start Ray on this one, or correct the name.",
            )
        if ended.code == LOST:
            raise HostError(
                "connection lost",
                "the node was lost, or its worker ended",
                why=why,
                remedy="What it had measured is in its own history; run it again.",
            )
        if ended.code == NOT_FOUND:
            raise HostError(
                "not installed",
                f"there is no {command[0]} there that can be started",
                remedy="Install local-or-api there, or name it in the fleet file: "
                'advisor = "/path/to/advisor".',
            )
        return ended


def check_ray() -> None:
    """Raises AdvisorError if Ray is not installed here."""
    if importlib.util.find_spec("ray") is None:
        raise AdvisorError(
            "hosts by `ray` need Ray, which is not installed",
            remedy="Install it: pip install 'local-or-api[ray]'",
        )
