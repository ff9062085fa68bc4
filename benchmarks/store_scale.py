"""How long do listing, loading and saving take with a hundred thousand or a million runs kept?

    python benchmarks/store_scale.py --runs 1000000 --record RUN.json --json OUT.json
    python benchmarks/store_scale.py --runs 1000000 --record RUN.json --url postgresql://...

`--record` is a real run (`advisor history show latest --json`). It is repeated, by the database
itself, as the runs of 1,000 machines, 40 models and 8 kinds of server over years, a hundredth of
them tagged. Every hundredth and those of two machines have their whole document, the others one of
a kibibyte, so that a million fit on a disk; lists read no documents. Times are medians of
`--repeats`, after one that does not count, in this process with a new connection each, as a command
makes it; `command` is the whole `advisor history` from its start.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from advisor.fleet.machines import machines_of
from advisor.history.compare.compare import compare
from advisor.history.compare.sides import side
from advisor.history.drift.watch import drifts_of
from advisor.history.headline import row_of
from advisor.history.place import place_of
from advisor.history.record import Run
from advisor.history.store import Policy, RunStore, Wanted
from advisor.history.tables import RUNS

MACHINES, MODELS, SERVERS = 1000, 40, 8
STEP_US = 60_000_000
WHOLE_EVERY = 100
COMPARED = (333, 334)
"""Machines whose runs all have their whole document."""
BATCH = 50_000
NUMBERS = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last)"
    " SELECT {} FROM s",
    "postgresql": "SELECT {} FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) "
    "AS s(n)",
}


def fill(store: RunStore, run: Run, runs: int) -> float:
    """Puts so many variations of a run into the tables; how long it took in seconds."""
    store.open()
    database = store._database
    document = msgspec.json.encode(run).decode()
    short = document[:1024]
    row = row_of(run)
    varied = {
        "id": "'s' || (100000000 + n)",
        "started_us": f"{row['started_us']} - (:runs - n) * {STEP_US}",
        "machine_id": f"'m' || (100000 + {_rest('n * 7919', MACHINES)})",
        "model_name": f"'model-' || (100 + {_rest('n * 104729', MODELS)}) || '-8b-instruct'",
        "server_kind": f"'server' || {_rest('n * 15485863', SERVERS)}",
    }
    names = [column.name for column in RUNS.columns]
    values = [varied.get(name, f":{name}") for name in names]
    given = {name: row.get(name) for name in names if name not in varied}
    started = time.monotonic()
    for first in range(1, runs + 1, BATCH):
        span = {"first": first, "last": min(first + BATCH - 1, runs)}
        with database.writing() as connection:
            numbers = NUMBERS[connection.dialect.name]
            if connection.dialect.name == "postgresql":
                values = [
                    f"CAST(:{name} AS {_type(name, connection)})" if name in given else value
                    for name, value in zip(names, values, strict=True)
                ]
            connection.execute(
                text(f"INSERT INTO runs ({', '.join(names)}) {numbers.format(', '.join(values))}"),
                {**span, **given, "runs": runs},
            )
            whole = (
                f"CASE WHEN {_rest('n', WHOLE_EVERY)} = 0 "
                f"OR {_rest('n * 7919', MACHINES)} IN {COMPARED} THEN CAST(:{{0}} AS text) "
                "ELSE CAST(:{1} AS text) END"
            )
            connection.execute(
                text(
                    "INSERT INTO documents (run_id, sha256, content) "
                    + numbers.format(
                        f"{varied['id']}, {whole.format('whole_sha', 'short_sha')}, "
                        f"{whole.format('whole', 'short')}"
                    )
                ),
                {
                    **span,
                    "whole": document,
                    "short": short,
                    "whole_sha": hashlib.sha256(document.encode()).hexdigest(),
                    "short_sha": hashlib.sha256(short.encode()).hexdigest(),
                },
            )
            tagged = numbers.format(f"{varied['id']}, 'weekly', {varied['started_us']}")
            seventh = f"WHERE {_rest('n', 100)} = 7"
            connection.execute(
                text(f"INSERT INTO tags (run_id, tag, started_us) {tagged} {seventh}"),
                {**span, "runs": runs},
            )
    if store.place.file is None:
        with database.writing() as connection:
            connection.execute(text("ANALYZE"))
    return time.monotonic() - started


def _type(column: str, connection: Connection) -> str:
    return str(RUNS.c[column].type.compile(connection.dialect)).partition(" COLLATE")[0]


def _rest(number: str, by: int) -> str:
    """The rest of a division, without the sign that PostgreSQL's driver takes for a parameter."""
    return f"({number} - {number} / {by} * {by})"


def questions(place: Callable[[], RunStore], run: Run, runs: int) -> dict[str, Callable[[], Any]]:
    """What is asked, by name."""
    newest_us = row_of(run)["started_us"]
    middle_us = newest_us - runs // 2 * STEP_US
    whole = f"s{100_000_000 + runs // WHOLE_EVERY * WHOLE_EVERY}"
    old = f"s{100_000_000 + runs // 2 // WHOLE_EVERY * WHOLE_EVERY}"
    machine, other = (f"m{100_000 + each}" for each in COMPARED)
    saved = iter(range(10**6))

    def listing(**wanted: Any) -> Callable[[], Any]:
        return lambda: place().history(Wanted(limit=40, **wanted))

    def compared() -> Any:
        sides = [side(f"machine:{each}", place()) for each in (machine, other)]
        return compare(sides, tables={}, origin="the options")

    def save() -> None:
        place().save(msgspec.structs.replace(run, id=f"saved-{time.time_ns()}-{next(saved)}"))

    return {
        "list the newest 40": listing(),
        "list a machine": listing(machine=machine),
        "list a model": listing(model="model-117-8b-instruct"),
        "list models by a part of the name": listing(model="MODEL-12"),
        "list a machine's model on a server": listing(
            machine=machine, model="model-117", server="server3"
        ),
        "list a tag": listing(tag="weekly"),
        "list a week in the middle": listing(
            since_us=middle_us, until_us=middle_us + 7 * 86_400_000_000
        ),
        "list what is not there": listing(model="no such model"),
        "a machine's 1,000 newest": lambda: place().history(Wanted(machine=machine, limit=1000)),
        "the newest of each machine": lambda: machines_of(place()),
        "compare the 50 newest of two machines": compared,
        "what changed on a machine": lambda: drifts_of(place(), machine),
        "load the newest": lambda: place().load(whole),
        "load by a beginning of the id": lambda: place().load(old),
        "save one run": save,
    }


def measure(ask: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Median and worst of so many, in milliseconds; one before does not count. `cpu_ms` is what
    this process computed meanwhile, which other programs on the machine lengthen less."""
    times_ms, cpu_ms = [], []
    for _ in range(repeats + 1):
        started, used = time.perf_counter(), time.process_time()
        ask()
        times_ms.append((time.perf_counter() - started) * 1e3)
        cpu_ms.append((time.process_time() - used) * 1e3)
    return {
        "median_ms": round(statistics.median(times_ms[1:]), 2),
        "worst_ms": round(max(times_ms[1:]), 2),
        "cpu_ms": round(statistics.median(cpu_ms[1:]), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--url", help="an empty PostgreSQL database instead of a file")
    parser.add_argument("--folder", type=Path, help="where to make the file; default: temporary")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    run = msgspec.json.decode(options.record.read_bytes(), type=Run)
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder = Path(temporary)

        def place() -> RunStore:
            return RunStore(folder, url=options.url)

        filled_s = fill(place(), run, options.runs)
        print(f"{options.runs:,} runs in {filled_s:.0f} s", file=sys.stderr, flush=True)
        found = {}
        for name, ask in questions(place, run, options.runs).items():
            found[name] = measure(ask, options.repeats)
            print(f"{found[name]['median_ms']:10.1f} ms  {name}", flush=True)
        environment = {**os.environ, "ADVISOR_DATA_DIR": str(folder)}
        if options.url:
            environment["ADVISOR_STORE_URL"] = options.url
        command = [sys.executable, "-m", "advisor", "history"]
        found["command"] = measure(
            lambda: subprocess.run(command, env=environment, check=True, capture_output=True), 5
        )
        print(f"{found['command']['median_ms']:10.1f} ms  advisor history", flush=True)
        started = time.perf_counter()
        going = len(place().prunable(Policy(keep=20, keep_days=365)))
        pruning_s = time.perf_counter() - started
        file = place_of(folder).file
        record = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": "python benchmarks/store_scale.py "
            f"--runs {options.runs} --record RUN.json --repeats {options.repeats}"
            + (" --url postgresql://..." if options.url else ""),
            "database": "postgresql" if options.url else "sqlite",
            "runs": options.runs,
            "cpus": os.cpu_count(),
            "load_average": os.getloadavg()[0],
            "system": platform.platform(),
            "record_bytes": len(msgspec.json.encode(run)),
            "file_bytes": file.stat().st_size if file and file.exists() else None,
            "filled_s": round(filled_s, 1),
            "what_prune_would_delete": {"runs": going, "seconds": round(pruning_s, 2)},
            "times": found,
        }
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
