"""Runs one command on one node of a Ray cluster: `python -m ... ADDRESS RESOURCE COMMAND ...`.

Its standard output is the command's; so is its exit code, if it is none of those below. The cluster
is somebody else's and stays as it is. When it is told to end, it ends the command there first.
"""

from __future__ import annotations

import importlib
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

NO_CLUSTER, NO_NODE, LOST, NOT_FOUND, INTERRUPTED = 200, 201, 202, 127, 130
CONNECT_S = 10.0
LOOK_EVERY_S = 0.5
CANCEL_S = 10.0
LARGEST_OUTPUT = 1024 * 2**20
SHARE = 0.001
"""Of the node's resource: enough to be sent there, and little enough to be no burden."""

Task = Callable[[list[str], int], tuple[int, bytes, list[str]]]


def main(address: str, resource: str, command: list[str]) -> int:
    """The command's exit code, or why there is none."""
    ray: Any = importlib.import_module("ray")
    if not _answers(address):
        print("nobody takes connections there", file=sys.stderr)
        return NO_CLUSTER
    try:
        ray.init(address=address, logging_level="ERROR", log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        print(str(error).strip().replace("\n", " ")[:300], file=sys.stderr)
        return NO_CLUSTER
    if resource not in ray.cluster_resources():
        return NO_NODE
    return _on_node(ray, resource, command)


def _on_node(ray: Any, resource: str, command: list[str]) -> int:
    options = {"num_cpus": 0, "resources": {resource: SHARE}, "max_retries": 0}
    going = ray.remote(**options)(_task()).remote(command, LARGEST_OUTPUT)
    print("measuring; Ray tells no more", file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while not ray.wait([going], timeout=LOOK_EVERY_S)[0]:
            pass
        code, content, said = ray.get(going)
    except KeyboardInterrupt:
        ray.cancel(going)
        ray.wait([going], timeout=CANCEL_S)
        return INTERRUPTED
    except ray.exceptions.RayError as error:
        print(str(error).strip().splitlines()[-1][:300], file=sys.stderr)
        return LOST
    for line in said:
        print(line, file=sys.stderr)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return int(code)


def _answers(address: str) -> bool:
    """Whether somebody listens at HOST:PORT; other forms are left to Ray, which waits long."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return True
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except OSError:
        return False
    return True


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _task() -> Task:
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
                while process.poll() is None:
                    try:
                        process.wait(0.2)
                    except subprocess.TimeoutExpired:
                        continue
            finally:
                if process.poll() is None:
                    process.terminate()
            out.seek(0)
            told.seek(0, 2)
            told.seek(max(0, told.tell() - 4_000))
            lines = told.read().decode("utf-8", "replace").splitlines()
            return int(process.returncode), out.read(largest), [each[:500] for each in lines[-12:]]

    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
