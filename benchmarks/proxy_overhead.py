"""What does `advisor usage proxy` add to the time to the first token, and to each event after it?

    python benchmarks/proxy_overhead.py --json benchmarks/results/proxy_overhead.json

A server of known timing (`timed_server.py`) logs when it truly sent each event. So many streams at
once are read to their end by one thread that only keeps bytes and times, in rounds that go directly
to the server and through the proxy by turns. An event's delay is the time from sending to reading.
The proxy has to do all it ever does: requests do not ask for usage, so that it asks, reads every
event and takes the closing chunk out. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
from timed_server import read_log, timed_server

TTFT_MS, ITL_MS, OUTPUT_TOKENS = 50.0, 10.0, 100
clock = time.perf_counter_ns


@contextmanager
def counting_proxy(to: str, log: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The command itself, in a process of its own."""
    command = ["-m", "advisor", "usage", "proxy", "--to", to, "--port", "0", "--log", str(log)]
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        yield line.split()[2].rstrip(","), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def one_round(url: str, seeds: range) -> dict[int, tuple[int, list[int]]]:
    """For each seed when its request was written, and when each of its events was read."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    poll = select.epoll()
    open_now: dict[int, tuple[int, socket.socket]] = {}
    written: dict[int, int] = {}
    read: dict[int, list[tuple[int, bytes]]] = {seed: [] for seed in seeds}
    for seed in seeds:
        body = json.dumps(
            {
                "model": "timed",
                "prompt": "word " * 64,
                "max_tokens": OUTPUT_TOKENS,
                "seed": seed,
                "stream": True,
            }
        ).encode()
        head = (
            f"POST /v1/completions HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        new = socket.create_connection((host, int(port)))
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        new.sendall(head.encode() + body)
        written[seed] = clock()
        open_now[new.fileno()] = (seed, new)
        poll.register(new.fileno(), select.EPOLLIN)
    while open_now:
        for descriptor, _ in poll.poll():
            seed, connection = open_now[descriptor]
            data = connection.recv(65_536)
            read[seed].append((clock(), data))
            if not data:
                poll.unregister(descriptor)
                connection.close()
                del open_now[descriptor]
    return {seed: (written[seed], _events(read[seed])) for seed in seeds}


def _events(pieces: list[tuple[int, bytes]]) -> list[int]:
    """When each token's event had been read to its end."""
    times, seen, counted = [], b"", 0
    for at_ns, data in pieces:
        seen += data
        ended = seen.count(b'"finish_reason"')
        times += [at_ns] * (ended - counted)
        counted = ended
    return times


def delays(url: str, rounds: dict[int, tuple[int, list[int]]]) -> tuple[list[float], list[float]]:
    """TTFT and the delay of every event in ms."""
    log = read_log(url)
    first, each = [], []
    for seed, (written_ns, read_ns) in rounds.items():
        sent_ns = [int(at) for at in log[seed]["sent_ns"]]  # type: ignore[attr-defined]
        tokens = min(len(sent_ns), len(read_ns))
        assert tokens >= OUTPUT_TOKENS, (seed, len(sent_ns), len(read_ns))
        first.append((read_ns[0] - written_ns) / 1e6)
        each += [(read_ns[k] - sent_ns[k]) / 1e6 for k in range(tokens)]
    return first, each


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 3),
        "p99": round(ordered[int(0.99 * (len(ordered) - 1))], 3),
        "n": len(ordered),
    }


def compare(streams: int, repeats: int) -> dict[str, object]:
    """Direct and proxied by turns on the same server."""
    found: dict[str, tuple[list[float], list[float]]] = {"direct": ([], []), "proxied": ([], [])}
    with (
        tempfile.TemporaryDirectory() as folder,
        timed_server("--ttft-ms", str(TTFT_MS), "--itl-ms", str(ITL_MS)) as url,
        counting_proxy(url, Path(folder) / "log.jsonl") as (through, process),
    ):
        one_round(through, range(-1, 0))
        before_s = sum(process.cpu_times()[:2])
        for repeat in range(repeats):
            for number, (name, target) in enumerate((("direct", url), ("proxied", through))):
                start = (2 * repeat + number) * streams
                first, each = delays(url, one_round(target, range(start, start + streams)))
                found[name][0].extend(first)
                found[name][1].extend(each)
        cpu_s = sum(process.cpu_times()[:2]) - before_s
        lines = (Path(folder) / "log.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == streams * repeats + 1
        held_mb = process.memory_info().rss / 1e6
    direct, proxied = found["direct"], found["proxied"]
    ttft = {name: summary(pair[0]) for name, pair in found.items()}
    event = {name: summary(pair[1]) for name, pair in found.items()}
    return {
        "streams": streams,
        "ttft_ms": ttft,
        "event_delay_ms": event,
        "added_ttft_ms": round(statistics.median(proxied[0]) - statistics.median(direct[0]), 3),
        "ttft_ratio": round(statistics.median(proxied[0]) / statistics.median(direct[0]), 4),
        "added_event_delay_ms": round(event["proxied"]["median"] - event["direct"]["median"], 3),
        "proxy_cpu_us_per_event": round(1e6 * cpu_s / len(proxied[1]), 1),
        "proxy_memory_mb": round(held_mb, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", default="1,16,64")
    parser.add_argument("--requests", type=int, default=192, help="at least, each way")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rows = []
    for streams in (int(each) for each in options.streams.split(",")):
        rows.append(compare(streams, max(3, min(24, options.requests // streams))))
        print(json.dumps(rows[-1]), flush=True)
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": {"ttft_ms": TTFT_MS, "itl_ms": ITL_MS, "output_tokens": OUTPUT_TOKENS},
        "cpus": os.cpu_count(),
        "load_average_before": load,
        "system": platform.platform(),
        "python": platform.python_version(),
        "rows": rows,
    }
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
