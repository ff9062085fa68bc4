"""How long does `advisor usage import` take for a million requests, and how much memory?

    python benchmarks/usage_import.py --lines 1000000 --json benchmarks/results/usage_import.json

Writes logs of made-up requests (a year, three models, ids, prompts of some hundred characters that
have to be skipped, one line in ten twice), imports each by the command itself in a process of its
own, and takes its wall time, its CPU time and the most memory that it held at once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

START_S = 1_735_689_600
YEAR_S = 365 * 86_400
TEXT = "Why does the sky look blue at noon, and red in the evening? " * 5


def requests(lines: int) -> Iterator[dict[str, object]]:
    """Answers of an OpenAI-compatible server."""
    dice = random.Random(1)
    for number in range(lines):
        sent, back = dice.randrange(50, 8000), dice.randrange(10, 900)
        unique = number if number % 10 else max(0, number - 5)
        yield {
            "id": f"chatcmpl-{unique:032x}",
            "object": "chat.completion",
            "created": START_S + unique * YEAR_S // lines,
            "model": f"model-{unique % 3}",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}}],
            "usage": {
                "prompt_tokens": sent,
                "completion_tokens": back,
                "total_tokens": sent + back,
                "prompt_tokens_details": {"cached_tokens": sent // 4},
            },
        }


def spend_logs(lines: int) -> Iterator[dict[str, object]]:
    """Rows of LiteLLM's table."""
    for number, answer in enumerate(requests(lines)):
        at = datetime.fromtimestamp(START_S + number * YEAR_S // lines, UTC)
        usage = answer["usage"]
        assert isinstance(usage, dict)
        yield {
            "request_id": answer["id"],
            "startTime": at.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
            "model": answer["model"],
            "prompt_tokens": usage["prompt_tokens"],
            "completion_tokens": usage["completion_tokens"],
            "cache_hit": "False",
            "metadata": {"additional_usage_values": {"cache_read_input_tokens": 10}},
            "messages": [{"role": "user", "content": TEXT}],
        }


KINDS = {"OpenAI-compatible answers": requests, "LiteLLM rows": spend_logs}


def measure(log: Path) -> dict[str, float]:
    """Wall and CPU seconds and peak memory of one import."""
    program = (
        "import resource, sys\n"
        "from advisor.cli.main import main\n"
        "try:\n"
        "    main(['usage', 'import', sys.argv[1], '--json'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)\n"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, str(log)], capture_output=True, text=True, check=True
    )
    wall_s = time.perf_counter() - started
    kib, cpu_s = done.stderr.split()[-2:]
    found = json.loads(done.stdout)
    return {
        "wall_s": round(wall_s, 2),
        "cpu_s": round(float(cpu_s), 2),
        "peak_mb": round(int(kib) * 1024 / 1e6, 1),
        "file_mb": round(log.stat().st_size / 1e6, 1),
        "requests": found["total"]["requests"],
        "duplicates": found["duplicates"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, made in KINDS.items():
            log = Path(folder) / "log.jsonl"
            with log.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in made(options.lines))
            runs = [measure(log) for _ in range(options.repeats)]
            found[kind] = sorted(runs, key=lambda run: run["wall_s"])[len(runs) // 2]
            print(f"{kind}: {found[kind]}", flush=True)
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lines": options.lines,
        "repeats": options.repeats,
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "system": platform.platform(),
        "median_by_wall_time": found,
    }
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
