"""One load and nothing else, by this project's own measurement: what the other tools do too.

    python one_load.py URL STREAMS SECONDS INPUT_TOKENS OUTPUT_TOKENS FOLDER

Everything that `advisor bench` does with a load is done: calibration, the load, reading, statistics
and the record with its raw samples. Left out are the machine's probe, its idle power, and the
second mix of which the whole server's rates are solved.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from advisor.bench.document import Model
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.documents import to_json
from advisor.servers.discovery import connect

NEVER_PRECISE_ENOUGH = 1e-5


def main() -> None:
    url, streams, seconds, input_tokens, output_tokens, folder = sys.argv[1:]
    plan = BenchPlan(
        model="timed",
        workload=fixed(int(input_tokens), int(output_tokens)),
        concurrencies=(int(streams),),
        max_time_s=float(seconds),
        precision=NEVER_PRECISE_ENOUGH,
        second_mix=False,
        fit_to_time=False,
    )
    run = run_bench(
        plan, server=connect(url), machine_id="", measured_on="", model=Model(name="timed")
    )
    Path(folder, "document.json").write_bytes(to_json(run.document))
    Path(folder, "samples.json").write_bytes(msgspec.json.encode(run.samples))


if __name__ == "__main__":
    main()
