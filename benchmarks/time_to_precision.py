"""How long until the speed is known to within 5 %, compared with what peers do by default?

On the same server, one after the other, each tool runs as it does when nobody tells it how long:

- `advisor`: until its 95 % interval is within 5 % (its default), then a second mix;
- `guidellm`: for 30 s (it has no default; the first example of its README, version 0.8.1);
- `aiperf`: for max(10, 2 x concurrency) requests (its `--request-count`, version 0.13.0).

`load` is the time from the first request to the end of the last, `whole` that of the command.
`interval` is half the width of the 95 % interval of what the requests show, as a share of its
middle: of one stream's decode rate at concurrency 1, of the whole server's output rate above it.
It is computed alike for all tools, from each request's start, first token and end; advisor's
requests before its steady window are left out, peers know no such window. `n` counts requests.

The servers are one of known timing with noise (`timed_server.py`) and `llama-server` with
SmolLM2-135M. Peers are installed on first use.

    python benchmarks/time_to_precision.py [--rounds 3] [--threads 2] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
import psutil
from llama_tools import llama_server, tools, version
from peer_tools import installed
from peer_tools.aiperf import AIPERF
from peer_tools.guidellm import GUIDELLM
from peer_tools.tool import Load, Places
from timed_server import timed_server

from advisor.bench.statistics import half_width_share, median_interval, rate_interval
from advisor.bench.stopping import MOST_SPANS
from advisor.history.store import RunStore

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from real_models import smollm2_path

INPUT_TOKENS, OUTPUT_TOKENS = 64, 64
TIMED = ("--prefill-us", "200", "--step-us", "10000", "--noise", "0.5")
GUIDELLM_STOPS = "kind=max_duration,seconds=30"
LEAST_AIPERF_REQUESTS = 10
LEAST_SPANS = 3
TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One request that was answered in full, in seconds of the tool's clock."""

    start_s: float
    first_s: float
    end_s: float

    @property
    def decode_tok_per_s(self) -> float:
        return (OUTPUT_TOKENS - 1) / (self.end_s - self.first_s)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tool has of one load. `steady_s` is when its warm-up ended, None without one."""

    answers: list[Answer]
    steady_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of one tool. `half_width` is null where the requests allow no interval."""

    server: str
    streams: int
    tool: str
    requests: int
    load_s: float
    whole_s: float
    half_width: float | None


def half_width(seen: Seen, streams: int) -> float | None:
    """Half the interval's width over its middle."""
    return _of_one_stream(seen) if streams == 1 else _of_the_server(seen)


def _of_one_stream(seen: Seen) -> float | None:
    counted = steady(seen)
    if not counted:
        return None
    rates = np.array([answer.decode_tok_per_s for answer in counted])
    interval = median_interval([np.array([rate]) for rate in rates], np.sort(rates))
    return half_width_share(float(np.median(rates)), interval)


def _of_the_server(seen: Seen) -> float | None:
    """From batches of half a request, between the first end (or steadiness) and the last start."""
    answers = seen.answers
    begin = seen.steady_s or min(answer.end_s for answer in answers)
    end = max(answer.start_s for answer in answers)
    duration = median(answer.end_s - answer.start_s for answer in answers)
    spans = min(int((end - begin) / (duration / 2)), MOST_SPANS)
    if spans < LEAST_SPANS:
        return None
    tokens = [np.linspace(each.first_s, each.end_s, OUTPUT_TOKENS) for each in answers]
    amounts, edges = np.histogram(np.concatenate(tokens), np.linspace(begin, end, spans + 1))
    interval = rate_interval(amounts.astype(float), np.diff(edges))
    return half_width_share(float(amounts.sum() / (end - begin)), interval)


def steady(seen: Seen) -> list[Answer]:
    """The answers asked for since the warm-up ended, in the order asked."""
    since = seen.steady_s or 0.0
    return sorted(
        (answer for answer in seen.answers if answer.start_s >= since),
        key=lambda answer: answer.start_s,
    )


def advisor_command(load: Load, places: Places) -> list[str]:
    return [
        *("env", f"ADVISOR_DATA_DIR={places.results}"),
        *(sys.executable, "-m", "advisor", "bench", "--url", load.url, "--json"),
        *("--concurrency", str(load.streams)),
        *("--input-tokens", str(load.input_tokens), "--output-tokens", str(load.output_tokens)),
    ]


def advisor_seen(results: Path) -> Seen:
    """From the raw samples: `sent_us` is the third column of a request, `events_us` the tenth."""
    store = RunStore(results)
    rows = json.loads(msgspec.json.encode(store.load_samples(store.find())))["stages"][0][
        "requests"
    ]
    answers = [
        Answer(row[2] / 1e6, (row[9][0]) / 1e6, sum(row[9]) / 1e6)
        for row in rows
        if row[8] is None and len(row[9]) == OUTPUT_TOKENS
    ]
    return Seen(answers, min((row[2] / 1e6 for row in rows if row[0]), default=None))


def guidellm_command(load: Load, places: Places) -> list[str]:
    command = GUIDELLM.command(load, places)
    command[command.index("--constraint") + 1] = GUIDELLM_STOPS
    return command


def guidellm_seen(results: Path) -> Seen:
    report = json.loads((results / "guidellm.json").read_text(encoding="utf-8"))
    return Seen(
        [
            Answer(
                request["request_start_time"],
                request["request_start_time"] + request["time_to_first_token_ms"] / 1e3,
                request["request_end_time"],
            )
            for request in report["benchmarks"][0]["requests"]["successful"]
        ]
    )


def aiperf_command(load: Load, places: Places) -> list[str]:
    requests = max(LEAST_AIPERF_REQUESTS, 2 * load.streams)
    return AIPERF.command(replace(load, requests=requests), places)


def aiperf_seen(results: Path) -> Seen:
    lines = (results / "profile_export.jsonl").read_text(encoding="utf-8").splitlines()
    answers = []
    for record in map(json.loads, lines):
        start_s = record["metadata"]["request_start_ns"] / 1e9
        ttft_s = record["metrics"]["time_to_first_token"]["value"] / 1e3
        end_s = record["metadata"]["request_end_ns"] / 1e9
        answers.append(Answer(start_s, start_s + ttft_s, end_s))
    return Seen(answers)


COMMANDS: dict[str, Callable[[Load, Places], list[str]]] = {
    "advisor": advisor_command,
    "guidellm": guidellm_command,
    "aiperf": aiperf_command,
}
READERS: dict[str, Callable[[Path], Seen]] = {
    "advisor": advisor_seen,
    "guidellm": guidellm_seen,
    "aiperf": aiperf_seen,
}
PEERS = {"guidellm": GUIDELLM, "aiperf": AIPERF}


def run(tool: str, server: str, url: str, streams: int) -> Outcome:
    """One tool on a running server, from its start to its end."""
    programs = installed.programs(PEERS[tool]) if tool in PEERS else Path(sys.executable).parent
    tokenizer = installed.tokenizer(installed.programs(GUIDELLM))
    load = Load(url, streams, 0, 0.0, INPUT_TOKENS, OUTPUT_TOKENS)
    with tempfile.TemporaryDirectory() as folder:
        places = Places(programs, tokenizer, Path(folder))
        own = dict(PEERS[tool].environment) if tool in PEERS else {}
        began = time.monotonic()
        done = subprocess.run(
            COMMANDS[tool](load, places),
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **own},
            timeout=TIMEOUT_S,
        )
        whole_s = time.monotonic() - began
        if done.returncode:
            sys.exit(f"{tool} failed: {(done.stderr or done.stdout)[-1000:]}")
        seen = READERS[tool](places.results)
    return Outcome(
        server=server,
        streams=streams,
        tool=tool,
        requests=len(steady(seen)),
        load_s=_load_s(seen.answers),
        whole_s=whole_s,
        half_width=half_width(seen, streams) if seen.answers else None,
    )


def _load_s(answers: Sequence[Answer]) -> float:
    if not answers:
        return 0.0
    return max(each.end_s for each in answers) - min(each.start_s for each in answers)


def typical(outcomes: Sequence[Outcome]) -> Outcome:
    """The median of each number over the rounds; no interval where no round allowed one."""
    widths = [each.half_width for each in outcomes if each.half_width is not None]
    return replace(
        outcomes[0],
        requests=round(median(each.requests for each in outcomes)),
        load_s=median(each.load_s for each in outcomes),
        whole_s=median(each.whole_s for each in outcomes),
        half_width=median(widths) if widths else None,
    )


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The table, at most 80 columns wide."""
    yield f"{'server':<14}{'streams':>8}  {'tool':<10}{'n':>6}{'load s':>9}{'whole s':>9}  interval"
    for each in outcomes:
        share = "none" if each.half_width is None else f"±{each.half_width * 100:.1f} %"
        yield (
            f"{each.server:<14}{each.streams:>8}  {each.tool:<10}{each.requests:>6}"
            f"{each.load_s:>9.1f}{each.whole_s:>9.1f}  {share:>8}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", default="1,4")
    parser.add_argument("--threads", type=int, default=psutil.cpu_count(logical=False) or 1)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    options = _options()
    model = smollm2_path()
    if model is None:
        sys.exit("SmolLM2 cannot be fetched.")

    def llama(streams: int) -> AbstractContextManager[str]:
        return llama_server(tools(), model, options.threads, slots=streams)

    servers: dict[str, Callable[[int], AbstractContextManager[str]]] = {
        "timed": lambda _: timed_server(*TIMED),
        "llama-server": llama,
    }
    levels = [int(part) for part in options.streams.split(",")]
    runs: list[Outcome] = []
    shown: list[Outcome] = []
    for (name, server), streams in product(servers.items(), levels):
        for _, tool in product(range(options.rounds), COMMANDS):
            with server(streams) as url:
                runs.append(run(tool, name, url, streams))
            print(list(rows(runs[-1:]))[1], file=sys.stderr, flush=True)
        here = [each for each in runs if (each.server, each.streams) == (name, streams)]
        shown += [typical([each for each in here if each.tool == tool]) for tool in COMMANDS]
    print(*rows(shown), sep="\n")
    if options.json:
        record: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "build": version(tools()),
            "model": model.name,
            "threads": options.threads,
            "timed_server": TIMED,
            "input_tokens": INPUT_TOKENS,
            "output_tokens": OUTPUT_TOKENS,
            "medians": [asdict(each) for each in shown],
            "runs": [asdict(each) for each in runs],
        }
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
