"""Does a real benchmark lose anything that it had finished when it is killed at any time?

    python benchmarks/killed_runs.py --kills 30 --json benchmarks/results/killed_runs.json

starts `advisor bench` on the server of known timing again and again, always with the same
history, and kills it (SIGKILL) at a random moment after its first stage has begun. The next command
must take the run in with every stage that had ended, and with the requests of each. A stage has
ended for certain when the progress tells of a later one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from timed_server import timed_server

from advisor.history.store import RunStore

LOADS = (1, 2, 3, 4)
MAX_TIME_S, SPAN_S = 1.0, 7.0
AT_STAGE = re.compile(rf" (\d+)/{len(LOADS) + 1} ")


def killed_bench(url: str, folder: Path, after_s: float) -> tuple[bool, int]:
    """Kills a benchmark so long after its first stage has begun; whether it was still running, and
    how many stages had ended for certain."""
    command = [
        *(sys.executable, "-m", "advisor", "bench", "--url", url),
        *("--concurrency", ",".join(map(str, LOADS)), "--max-time", f"{MAX_TIME_S}s"),
        *("--input-tokens", "16", "--output-tokens", "8"),
    ]
    program = subprocess.Popen(
        command,
        env={**os.environ, "ADVISOR_DATA_DIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stderr is not None
    ended, timer = 0, None
    for line in program.stderr:
        if found := AT_STAGE.search(line):
            ended = max(ended, int(found.group(1)) - 1)
            if timer is None:
                timer = threading.Timer(after_s, program.send_signal, [signal.SIGKILL])
                timer.start()
        elif line.startswith("evaluate"):
            ended = len(LOADS)
    return program.wait() == -signal.SIGKILL, min(ended, len(LOADS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    found: Counter[str] = Counter()
    lost = 0
    with (
        tempfile.TemporaryDirectory() as temporary,
        timed_server("--prefill-us", "50", "--step-us", "2000") as url,
    ):
        folder, known, kills = Path(temporary), set[str](), 0
        started = time.monotonic()
        while kills < options.kills:
            was_killed, ended = killed_bench(url, folder, draw.uniform(0.0, SPAN_S))
            kills += was_killed
            store = RunStore(folder)
            new = {run.id for run in store.history().runs} - known
            known |= new
            stages = 0
            for run_id in new:
                bench = store.load(run_id).bench
                samples = store.load_samples(run_id)
                assert bench is not None
                stages = len(bench.stages)
                for stage, held in zip(bench.stages, samples.stages, strict=False):
                    assert sum(each.counted for each in held.requests) == stage.requests
            state = f"{stages} stages" if new else "nothing"
            found[state if was_killed else "not killed in time"] += 1
            lost += len(new) > 1 or stages < ended
            print(f"{kills:3} {ended} ended, kept: {state}", file=sys.stderr, flush=True)
        assert not list((folder / "unfinished").iterdir())
        record = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": f"python benchmarks/killed_runs.py --kills {kills} --seed {options.seed}",
            "system": platform.platform(),
            "kills": kills,
            "runs_that_lost_a_finished_stage": lost,
            "found_afterwards": dict(sorted(found.items())),
            "seconds": round(time.monotonic() - started),
        }
    print(json.dumps(record, indent=2))
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
