"""How true and how light is this benchmark's own measurement?

Against `timed_server.py`, which logs when it truly sent each event, at several numbers of streams:

- `ttft error`: the first event's reported time minus the moment when the server sent it;
- `itl error`: each reported gap minus the gap between the two sends;
- `cpu`: this process's CPU time an event, everything included: requests made, load, reading and
  statistics (start-up of the interpreter and of numpy taken off);
- `floor`: the same of `plain_loop.py`, which only keeps the bytes of the same load;
- `scheduler`: how late a process that only sleeps is woken, in the same seconds.

    python benchmarks/fidelity.py [--streams 1,16,64] [--seconds 8] [--json FILE]

`peers.py` puts other tools beside it.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from timed_server import read_log, timed_server

from advisor.bench.level import Level
from advisor.bench.prompts import Requests
from advisor.bench.stage import Measured, measure, samples, summarize
from advisor.bench.workload import fixed
from advisor.servers.discovery import connect
from advisor.servers.wire import Server

TTFT_MS = 200.0
MOST_EVENTS_PER_S = 8_000
OUTPUT_TOKENS = 128
INPUT_TOKENS = 512
PLAIN_LOOP = Path(__file__).with_name("plain_loop.py")
SLEEPER = """
import sys, threading, time
late, over = [], threading.Event()
def run():
    due = time.perf_counter_ns()
    while not over.is_set():
        due += 5_000_000
        time.sleep(max(0, due - time.perf_counter_ns()) / 1e9)
        late.append((time.perf_counter_ns() - due) / 1e6)
thread = threading.Thread(target=run); thread.start()
sys.stdin.read(); over.set(); thread.join(); late.sort()
print(late[len(late) // 2], late[int(len(late) * 0.99)])
"""


def percentiles(values: list[float]) -> dict[str, float]:
    median, p99 = np.percentile(values, [50, 99])
    return {"median": float(median), "p99": float(p99)}


def errors_of(measured: Measured, log: dict[int, dict[str, object]]) -> dict[str, object]:
    """The differences between what was reported and what was logged, in milliseconds."""
    ttft: list[float] = []
    true_ttft: list[float] = []
    first: list[float] = []
    gaps: list[float] = []
    for exchange, seen in zip(measured.load.exchanges, measured.observations, strict=True):
        truth = log.get(exchange.request.seed)
        if truth is None or not seen.is_whole:
            continue
        sent = np.array(truth["sent_ns"])
        events = np.array(seen.reading.event_ns)
        first.append((events[0] - sent[0]) / 1e6)
        ttft.append((events[0] - seen.sent_ns) / 1e6)
        true_ttft.append((sent[0] - seen.sent_ns) / 1e6)
        gaps.extend((np.diff(events) - np.diff(sent)) / 1e6)
    return {
        "requests": len(ttft),
        "ttft_true_ms": percentiles(true_ttft),
        "ttft_reported_ms": percentiles(ttft),
        "ttft_error_ms": percentiles(first),
        "itl_error_ms": {**percentiles(list(np.abs(gaps))), "median": float(np.median(gaps))},
    }


def one(server: Server, streams: int, seconds: float) -> dict[str, object]:
    """This benchmark's own line at so many streams."""
    requests = Requests(server, "timed", seed=streams)
    requests.make_of_words(INPUT_TOKENS, 2)
    sleeper = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    began_s = time.process_time()
    measured = measure(
        server,
        requests,
        fixed(INPUT_TOKENS, OUTPUT_TOKENS),
        level=Level(concurrency=streams),
        precision=1e-9,
        max_time_s=seconds,
        interrupted=lambda: False,
        watch=lambda *_: None,
    )
    stage = summarize(measured, None)
    samples(measured)
    cpu_s = time.process_time() - began_s
    late = sleeper.communicate("")[0].split()
    events = sum(len(seen.reading.event_ns) for seen in measured.observations)
    rate = stage.output_tok_per_s
    return {
        "streams": streams,
        **errors_of(measured, read_log(server.endpoint.url)),
        "output_tok_per_s": rate.value if rate else None,
        "cpu_us_per_event": cpu_s / events * 1e6,
        "events": events,
        "errors": stage.errors,
        "scheduler_ms": {"median": float(late[0]), "p99": float(late[1])},
    }


def floor_us(url: str, streams: int, seconds: float) -> float | None:
    """CPU time an event of a loop that only keeps bytes; None where there is no epoll."""
    if sys.platform != "linux":
        return None
    load = [str(each) for each in (streams, seconds, INPUT_TOKENS, OUTPUT_TOKENS)]
    done = subprocess.run(
        [sys.executable, PLAIN_LOOP, url.removeprefix("http://"), *load],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return float(found["cpu_s"] / found["events"] * 1e6)


def row(line: dict[str, object]) -> str:
    def pair(name: str) -> str:
        found = line[name]
        assert isinstance(found, dict)
        return f"{found['median']:8.3f} / {found['p99']:7.2f}"

    floor = line["floor_us_per_event"]
    return (
        f"{line['streams']:>7} {pair('ttft_error_ms')} {pair('itl_error_ms')} "
        f"{line['cpu_us_per_event']:7.1f} {'-' if floor is None else f'{floor:.1f}':>6} "
        f"{pair('scheduler_ms')}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How true and how light is the measurement?")
    parser.add_argument("--streams", default="1,16,64,256,1024")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    lines: list[dict[str, object]] = []
    print("           ttft error ms      itl error ms     cpu us an event    scheduler ms")
    print("streams   median / p99      median / p99       ours  floor     median / p99")
    for streams in (int(part) for part in options.streams.split(",")):
        itl_ms = max(10.0, streams * 1e3 / MOST_EVENTS_PER_S)
        with timed_server("--ttft-ms", str(TTFT_MS), "--itl-ms", str(itl_ms)) as url:
            duration_s = TTFT_MS / 1e3 + itl_ms / 1e3 * OUTPUT_TOKENS
            seconds = max(options.seconds, 3.5 * duration_s)
            found = {**one(connect(url), streams, seconds), "itl_ms": itl_ms}
            lines.append({**found, "floor_us_per_event": floor_us(url, streams, seconds)})
        print(row(lines[-1]), flush=True)
    if options.json:
        record = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "ttft_ms": TTFT_MS,
            "output_tokens": OUTPUT_TOKENS,
            "lines": lines,
        }
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
