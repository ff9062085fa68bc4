"""How true and how light are this benchmark and its peers, on the same server in the same run?

Each tool (ours, guidellm, aiperf, `vllm bench serve`) puts the same closed loop on
`timed_server.py`, one after the other, at several numbers of streams. Ours comes twice: `advisor`
is that load alone, `all of bench` the whole command with the machine's probe and a second mix.

- `TTFT`, `ITL`: what the tool reports of each request beside what the server's log holds of it;
- `tokens/s`: the rate that the tool shows beside what the server sent in that time;
- `CPU us/event`: user and system time of the tool's whole process tree by the token events that
  the server sent it; `net` only from the first request on, with the same of a run with as many
  streams but two tokens for each taken off, so that neither start-up nor end are in it.

The tools are installed on first use, each in an environment of its own in the user's cache (20 GB,
nearly all of it PyTorch's); `--tools` chooses.

    python benchmarks/peers.py --streams 1,16,64,256,1024 --json benchmarks/results/peers.json
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from peer_tools import cpu, installed
from peer_tools.aiperf import AIPERF
from peer_tools.guidellm import GUIDELLM
from peer_tools.noise import scheduler_noise
from peer_tools.ours import OURS, WHOLE
from peer_tools.table import table
from peer_tools.tool import Load, Places, Tool
from peer_tools.truth import Logged, judged, span_ns, spread
from peer_tools.vllm import VLLM
from timed_server import read_entries, read_sent, timed_server

TOOLS = {
    "advisor": OURS,
    "bench": WHOLE,
    "guidellm": GUIDELLM,
    "aiperf": AIPERF,
    "vllm": VLLM,
}
INPUT_TOKENS, OUTPUT_TOKENS = 512, 128
"""Our default workload; 128 is also the default answer of `vllm bench serve`."""
TTFT_MS, LEAST_ITL_MS = 200.0, 10.0
MOST_EVENTS_PER_S = 8_000
LEAST_ROUNDS = 3
START_UP_TTFT_MS, START_UP_S, START_UP_TOKENS = 1_000.0, 1.4, 2
"""Only one request a stream ends in this time, so that little but the start-up is measured."""
TIMEOUT_S = 900.0


class FailedError(Exception):
    """A tool that did not come through; the rest is compared all the same."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a run took: CPU time in all and as it grew (at a time, so far), and events received."""

    cpu_s: float
    grown: list[tuple[int, float]]
    events: int
    log: list[Logged]

    @property
    def cpu_from_first_request_s(self) -> float:
        times_ns, so_far_s = zip(*self.grown, strict=True)
        return self.cpu_s - float(np.interp(span_ns(self.log)[0], times_ns, so_far_s))

    @property
    def figures(self) -> dict[str, float]:
        return {
            "cpu_s": self.cpu_s,
            "cpu_from_first_request_s": self.cpu_from_first_request_s,
            "events": self.events,
        }


def run(tool: Tool, load: Load, places: Places) -> Used:
    """Runs the tool to its end. Raises FailedError."""
    usage, output = places.results / "cpu.json", places.results / "output.txt"
    command = [sys.executable, cpu.__file__, str(usage), *tool.command(load, places)]
    with output.open("w", encoding="utf-8") as stream:
        try:
            subprocess.run(
                command,
                check=True,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=places.results,
                env={**os.environ, **tool.environment},
                timeout=TIMEOUT_S,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise FailedError(str(error)) from error
    used = json.loads(usage.read_text(encoding="utf-8"))
    if used["status"]:
        said = output.read_text(encoding="utf-8")[-2_000:]
        raise FailedError(f"exit status {used['status']}: {said}")
    return Used(used["cpu_s"], used["grown"], read_sent(load.url), read_log_of(load.url))


def read_log_of(url: str) -> list[Logged]:
    return [
        Logged(
            arrived_ns=int(str(entry["arrived_ns"])),
            sent_ns=tuple(entry["sent_ns"]),  # type: ignore[arg-type]
            names={key: str(entry[key]) for key in ("request_id", "answer_id")},
        )
        for entry in read_entries(url)
    ]


def start_up(tool: Tool, load: Load, places: Places) -> Used:
    """What a run takes in which every stream asks once for two tokens."""
    with timed_server("--ttft-ms", str(START_UP_TTFT_MS)) as url:
        few = replace(
            load,
            url=url,
            requests=load.streams,
            seconds=START_UP_S,
            output_tokens=START_UP_TOKENS,
        )
        return run(tool, few, places)


def measured(tool: Tool, load: Load, places: Places, itl_ms: float) -> tuple[Used, dict[str, Any]]:
    """What the load took, and how true the tool's report of it is."""
    with (
        timed_server("--ttft-ms", str(TTFT_MS), "--itl-ms", str(itl_ms)) as url,
        scheduler_noise() as lateness,
    ):
        load = replace(load, url=url)
        used = run(tool, load, places)
        late = lateness()
    from_ns, to_ns = span_ns(used.log)
    return used, {
        **judged(tool.read(places.results), used.log, tool.log_name),
        "scheduler_ms": spread([ns / 1e6 for due_ns, ns in late if from_ns <= due_ns <= to_ns]),
        "command": shown(tool, load),
    }


def shown(tool: Tool, load: Load) -> str:
    """The tool's command as anyone could type it, without this machine's folders."""
    anywhere = Places(Path(), Path("TOKENIZER"), Path("RESULTS"))
    command = tool.command(replace(load, url="URL"), anywhere)
    here = str(Path(__file__).parents[1]) + os.sep
    return shlex.join(
        "python" if part == sys.executable else part.removeprefix(here) for part in command
    )


def line(tool: Tool, load: Load, programs: Path, itl_ms: float) -> dict[str, Any]:
    """Both runs of a tool at one number of streams, or why there are none."""
    head = {"tool": tool.name, "version": tool.version, "streams": load.streams, "itl_ms": itl_ms}
    tokenizer = installed.tokenizer(programs) if tool.requirement else Path()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        try:
            few = start_up(tool, load, Places(programs, tokenizer, Path(first)))
            full, found = measured(tool, load, Places(programs, tokenizer, Path(second)), itl_ms)
        except (FailedError, OSError, KeyError, ValueError) as error:
            return {**head, "failed": str(error)}
    net_s = full.cpu_from_first_request_s - few.cpu_from_first_request_s
    return {
        **head,
        **found,
        **full.figures,
        "start_up": few.figures,
        "cpu_us_per_event": full.cpu_s / full.events * 1e6,
        "net_cpu_us_per_event": net_s / (full.events - few.events) * 1e6,
    }


def with_ratios(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line with its CPU time as a multiple of ours."""
    ours = next((line for line in lines if line["tool"] == OURS.name and "cpu_s" in line), None)

    def ratio(line: dict[str, Any], key: str) -> float | None:
        return line[key] / ours[key] if ours and key in line and ours[key] > 0 else None

    return [
        {
            **line,
            "times_ours": ratio(line, "cpu_us_per_event"),
            "net_times_ours": ratio(line, "net_cpu_us_per_event"),
        }
        for line in lines
    ]


def load_of(streams: int, least_s: float) -> tuple[Load, float]:
    """The load at so many streams, and the server's gap between tokens that keeps its rate sane."""
    itl_ms = max(LEAST_ITL_MS, streams * 1e3 / MOST_EVENTS_PER_S)
    answer_s = (TTFT_MS + itl_ms * (OUTPUT_TOKENS - 1)) / 1e3
    rounds = max(LEAST_ROUNDS, math.ceil(least_s / answer_s))
    load = Load("", streams, rounds * streams, rounds * answer_s, INPUT_TOKENS, OUTPUT_TOKENS)
    return load, itl_ms


def machine() -> dict[str, object]:
    cpus = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (cpus.read_text(encoding="utf-8").splitlines() if cpus.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "cpu": names[0] if names else platform.processor(),
        "logical_cpus": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average_before": os.getloadavg(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", default="1,16,64,256,1024")
    parser.add_argument("--tools", default=",".join(TOOLS), help=f"of {', '.join(TOOLS)}")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load, at least")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tools = [TOOLS[name] for name in options.tools.split(",")]
    record: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", *sys.argv]),
        "machine": machine(),
        "server": {"ttft_ms": TTFT_MS, "output_tokens": OUTPUT_TOKENS},
        "lines": [],
    }
    folders = {tool.name: installed.programs(tool) for tool in tools}
    for streams in (int(part) for part in options.streams.split(",")):
        load, itl_ms = load_of(streams, options.seconds)
        lines = with_ratios([line(tool, load, folders[tool.name], itl_ms) for tool in tools])
        print("\n".join(table(streams, lines)), end="\n\n", flush=True)
        record["lines"] += lines
        if options.json:
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
