"""How is `vllm bench serve` asked for a load, and what does it say of each request?"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

from peer_tools.tool import Load, Places, Report, Reported, Tool

VERSION = "0.33.0"
RESULT = "vllm.json"
PREFIX = "peers-"


def command(load: Load, places: Places) -> list[str]:
    return [
        *(str(places.programs / "vllm"), "bench", "serve", "--backend", "openai"),
        *("--base-url", load.url, "--endpoint", "/v1/completions", "--model", "timed"),
        *("--tokenizer", str(places.tokenizer), "--dataset-name", "random"),
        *("--random-input-len", str(load.input_tokens)),
        *("--random-output-len", str(load.output_tokens), "--ignore-eos"),
        *("--num-prompts", str(load.requests), "--max-concurrency", str(load.streams)),
        *("--request-id-prefix", PREFIX, "--save-result", "--save-detailed"),
        *("--result-dir", str(places.results), "--result-filename", RESULT),
    ]


def read(results: Path) -> Report:
    found = json.loads((results / RESULT).read_text(encoding="utf-8"))
    rows = zip(found["ttfts"], found["itls"], found["errors"], strict=True)
    return Report(
        requests=[
            Reported(
                ttft_ms=ttft_s * 1e3,
                itl_ms=fmean(gaps_s) * 1e3 if gaps_s else None,
                name=f"{PREFIX}{number}",
            )
            for number, (ttft_s, gaps_s, error) in enumerate(rows)
            if not error
        ],
        output_tok_per_s=found["output_throughput"],
    )


VLLM = Tool(
    name="vllm bench",
    version=VERSION,
    requirement=f"vllm=={VERSION}",
    log_name="request_id",
    command=command,
    read=read,
    environment={"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"},
)
