"""How soon is each page of the dashboard there with ten thousand runs kept?

    python benchmarks/dashboard_scale.py --runs 10000 --record RUN.json --json OUT.json

`--record` is a real run (`advisor history show latest --json`), repeated as `store_scale.py` does,
as the runs of 1,000 machines and 40 models. `advisor serve` is a process of its own; times are from
the request's first byte to the answer's last on this machine, in milliseconds: the very first
request after the server says that it is ready, then the median of `--repeats` of each page.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import requests
from store_scale import fill

from advisor.documents import to_json
from advisor.history.record import Run
from advisor.history.store import RunStore

SIZES = {
    "first page": "/",
    "history": "/history",
    "history, filtered": "/history?model=model-105",
    "a run": "/runs/latest",
    "drift of a machine": "/drift?machine=m100333",
    "api: history": "/api/v1/history",
    "metrics": "/metrics",
}


def main() -> None:
    """Fills a history, serves it, asks for each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    run = msgspec.json.decode(given.record.read_bytes(), type=Run)
    with tempfile.TemporaryDirectory() as folder:
        fill(RunStore(Path(folder)), run, given.runs)
        found = measured(Path(folder), given.repeats)
    for name, took_ms in found.items():
        print(f"{name:24} {took_ms:8.1f} ms")
    if given.json:
        given.json.write_bytes(to_json({"runs": given.runs, "ms": found}))


def measured(folder: Path, repeats: int) -> dict[str, float]:
    """Milliseconds for each page of the history in a folder."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "advisor", "serve", "--port", "0"],
        env={**os.environ, "ADVISOR_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip().rstrip("/")
        found = {"very first request": took_ms(url + "/")}
        for name, path in SIZES.items():
            took_ms(url + path)
            found[name] = statistics.median(took_ms(url + path) for _ in range(repeats))
        return found
    finally:
        server.terminate()
        server.wait(30)


def took_ms(url: str) -> float:
    """How long one answer takes."""
    started = time.perf_counter()
    answer = requests.get(url, timeout=60)
    ended = time.perf_counter()
    answer.raise_for_status()
    return 1e3 * (ended - started)


if __name__ == "__main__":
    main()
