"""Is a download's size told as Ollama's API documents it?"""

from __future__ import annotations

import json

from fake_servers import Route, serving

from advisor.servers.address import parse_url
from advisor.servers.dialects.ollama import OllamaServer, PullProgress


def test_sizes_are_told_while_pulling() -> None:
    """Answer after github.com/ollama/ollama docs/api.md, "Pull a Model" (seen 2026-11-24)."""
    lines = [
        {"status": "pulling manifest"},
        {"status": "pulling abc", "digest": "sha256:abc", "total": 2142590208, "completed": 241970},
        {"status": "success"},
    ]
    asked: list[dict[str, object]] = []

    def pull(body: dict[str, object]) -> Route:
        asked.append(body)
        return 200, "application/x-ndjson", b"".join(json.dumps(x).encode() + b"\n" for x in lines)

    steps: list[PullProgress] = []
    with serving({"/api/pull": pull}) as url:
        OllamaServer(parse_url(url)).pull("llama3.2", steps.append)
    assert asked[0]["model"] == "llama3.2"
    assert steps == [
        PullProgress("pulling manifest", None, None),
        PullProgress("pulling abc", 241970, 2142590208),
        PullProgress("success", None, None),
    ]
