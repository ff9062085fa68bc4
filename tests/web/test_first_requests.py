"""Are types safe to use by many threads from the first moment? msgspec crashes where they are not.

Each case is a program of its own, which changes threads as often as Python can.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dashboard_at import GUIDE, some_runs

TESTS = Path(__file__).parent
AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-6)

def at_once(work, *, threads=4):
    together, failed = threading.Barrier(threads), []
    def run():
        together.wait()
        try:
            work()
        except Exception as error:
            failed.append(error)
    started = [threading.Thread(target=run) for _ in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    if failed:
        raise failed[0]
"""
FLEET = """
from pathlib import Path
from advisor.documents import know_types
from advisor.history.exchange.read import read_bundle
know_types()
at_once(lambda: read_bundle(Path(sys.argv[2])))
"""
DASHBOARD = """
import requests
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dashboard_at import dashboard_at
from advisor.advice.scenario import read_tables
from advisor.history.store import RunStore
tables = read_tables(Path(sys.argv[3]))
with dashboard_at(RunStore(Path(sys.argv[2]))) as url:
    def ask():
        for path in ("history", "runs/run-5", "prices?q=gpt-4o-mini"):
            requests.get(f"{url}/api/v1/{path}", timeout=60).raise_for_status()
        order = {"scenario": tables}
        requests.post(f"{url}/api/v1/advice", json=order, timeout=60).raise_for_status()
    at_once(ask, threads=8)
"""


@pytest.mark.parametrize("attempt", range(3))
def test_bundles_that_come_at_the_same_moment(tmp_path: Path, attempt: int) -> None:
    some_runs(tmp_path)
    bundle = tmp_path / "bundle"
    advisor = [sys.executable, "-m", "advisor", "--quiet", "export", "run-1", f"--output={bundle}"]
    subprocess.run(
        advisor, env={**os.environ, "ADVISOR_DATA_DIR": str(tmp_path)}, check=True, timeout=60
    )
    ended = subprocess.run(
        [sys.executable, "-c", AT_ONCE + FLEET, str(TESTS), str(bundle)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr


def test_requests_that_come_at_the_same_moment(tmp_path: Path) -> None:
    some_runs(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", AT_ONCE + DASHBOARD, str(TESTS), str(tmp_path), str(GUIDE)],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
