"""How is guidellm asked for a load, and what does it say of each request?"""

from __future__ import annotations

import json
from pathlib import Path

from peer_tools.tool import Load, Places, Report, Reported, Tool

VERSION = "0.8.1"
RESULT = "guidellm.json"


def command(load: Load, places: Places) -> list[str]:
    target = f"target={load.url},model=timed,request_format=/v1/completions"
    data = f"prompt_tokens={load.input_tokens},output_tokens={load.output_tokens}"
    return [
        *(str(places.programs / "guidellm"), "run"),
        *("--backend", f"kind=openai_http,{target}"),
        *("--profile", f"kind=concurrent,streams={load.streams}"),
        *("--constraint", f"kind=max_requests,count={load.requests}"),
        *("--tokenizer", f"kind=huggingface_auto,model={places.tokenizer}"),
        *("--data", f"kind=synthetic_text,{data}"),
        *("--output", f"kind=json,path={places.results / RESULT}"),
        "--disable-console",
    ]


def read(results: Path) -> Report:
    found = json.loads((results / RESULT).read_text(encoding="utf-8"))["benchmarks"][0]
    return Report(
        requests=[
            Reported(
                ttft_ms=request["time_to_first_token_ms"],
                itl_ms=request["inter_token_latency_ms"],
                name=request["response_id"],
            )
            for request in found["requests"]["successful"]
        ],
        output_tok_per_s=found["metrics"]["output_tokens_per_second"]["successful"]["mean"],
    )


GUIDELLM = Tool(
    name="guidellm",
    version=VERSION,
    requirement=f"guidellm=={VERSION}",
    log_name="answer_id",
    command=command,
    read=read,
    environment={"HF_HUB_OFFLINE": "1"},
)
