"""How is a command run on a node of a Ray cluster?

A node is named by a resource that it alone has: the one that Ray gives every node by itself
(`node:10.0.0.5`), or one that it was started with (`ray start --resources='{"gpu-7": 1}'`).
See https://docs.ray.io/en/latest/ray-core/scheduling/resources.html. The cluster is another
program's and stays as it is; no usage statistics are sent for what is done here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError
from advisor.fleet.failure import HostError
from advisor.fleet.program import LARGEST_OUTPUT, Ended, Patience

LOOK_EVERY_S = 0.5
SHARE = 0.001
"""Of the node's resource: enough to be sent there, and little enough to be no burden."""
NOT_FOUND = 127
INSTALL = "Install it: pip install 'local-or-api[ray]'"
_connecting = threading.Lock()


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
        ray = _connected(self.address)
        if self.resource not in ray.cluster_resources():
            raise HostError(
                "unreachable",
                "no node of the cluster has it",
                why=f"there is no resource {self.resource}",
                remedy="`ray status` shows the nodes; start Ray on this one, or correct the name.",
            )
        task = ray.remote(num_cpus=0, resources={self.resource: SHARE}, max_retries=0, max_calls=1)(
            _on_the_node()
        )
        going = task.remote(list(command), LARGEST_OUTPUT)
        on_line("measuring, Ray tells no more")
        try:
            while not ray.wait([going], timeout=LOOK_EVERY_S)[0]:
                patience.check()
            code, content, said = ray.get(going)
        except HostError:
            ray.cancel(going)
            ray.wait([going], timeout=LOOK_EVERY_S)
            raise
        except ray.exceptions.RayError as error:
            raise HostError(
                "connection lost",
                "the node was lost, or its worker ended",
                why=str(error).strip().splitlines()[-1][:200],
                remedy="What it had measured is in its own history; run it again.",
            ) from None
        if code == NOT_FOUND:
            raise HostError(
                "not installed",
                f"there is no {command[0]} there that can be started",
                remedy="Install local-or-api there, or name it in the fleet file: "
                'advisor = "/path/to/advisor".',
            )
        output.write_bytes(content)
        return Ended(code, tuple(said))


def check_ray() -> None:
    """Raises AdvisorError if Ray is not installed here."""
    _ray()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise AdvisorError(
            "hosts by `ray` need Ray, which is not installed", remedy=INSTALL
        ) from None
    return ray


def _connected(address: str) -> Any:
    """Ray, connected to the cluster once for all hosts."""
    ray = _ray()
    with _connecting:
        if not ray.is_initialized():
            try:
                ray.init(address=address, logging_level="ERROR", log_to_driver=False)
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                raise HostError(
                    "unreachable",
                    f"no Ray cluster answers at {address}",
                    why=str(error).strip().splitlines()[0][:200] if str(error) else "",
                    remedy="Start it (`ray start --head`), or correct ray_address.",
                ) from None
    return ray


def _on_the_node() -> Callable[[list[str], int], tuple[int, bytes, list[str]]]:
    """What the node does. It is sent there whole, so that its Ray needs nothing of this program."""

    def run(command: list[str], largest: int) -> tuple[int, bytes, list[str]]:
        import subprocess
        import tempfile

        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=told
                )
            except OSError as error:
                return 127, b"", [str(error)]
            try:
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
            out.seek(0)
            told.seek(0, 2)
            told.seek(max(0, told.tell() - 4_000))
            lines = told.read().decode("utf-8", "replace").splitlines()
            return code, out.read(largest), [line.strip()[:500] for line in lines[-12:]]

    return run
