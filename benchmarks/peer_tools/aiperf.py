"""How is aiperf asked for a load, and what does it say of each request?"""

from __future__ import annotations

import json
from pathlib import Path

from peer_tools.tool import Load, Places, Report, Reported, Tool

VERSION = "0.13.0"


def command(load: Load, places: Places) -> list[str]:
    return [
        *(str(places.programs / "aiperf"), "profile", "-m", "timed", "-u", load.url),
        *("--endpoint-type", "completions", "--streaming"),
        *("--concurrency", str(load.streams), "--request-count", str(load.requests)),
        *("--tokenizer", str(places.tokenizer)),
        *("--isl", str(load.input_tokens), "--isl-stddev", "0"),
        *("--osl", str(load.output_tokens), "--osl-stddev", "0"),
        *("--extra-inputs", "ignore_eos:true"),
        *("--ui", "none", "--output-artifact-dir", str(places.results)),
    ]


def read(results: Path) -> Report:
    summary = json.loads((results / "profile_export_aiperf.json").read_text(encoding="utf-8"))
    lines = (results / "profile_export.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return Report(
        requests=[
            Reported(
                ttft_ms=record["metrics"]["time_to_first_token"]["value"],
                itl_ms=record["metrics"].get("inter_token_latency", {}).get("value"),
                name=record["metadata"]["x_request_id"],
            )
            for record in records
            if "time_to_first_token" in record["metrics"]
        ],
        output_tok_per_s=summary["output_token_throughput"]["avg"],
    )


AIPERF = Tool(
    name="aiperf",
    version=VERSION,
    requirement=f"aiperf=={VERSION}",
    log_name="request_id",
    command=command,
    read=read,
)
