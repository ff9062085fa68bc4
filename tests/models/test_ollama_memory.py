"""What a real Ollama says of a model it holds, and of the memory that it set aside for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from real_servers import MODEL, ollama_093

from advisor.models.memory import Load, need_of
from advisor.models.ollama_show import parse_show
from advisor.models.reading import read_model
from advisor.servers.client import fetch
from advisor.servers.dialects.ollama import OllamaServer

__all__ = ["ollama_093"]


def _asked(server: OllamaServer, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    content = b"" if body is None else msgspec.json.encode(body)
    answer = fetch(server.endpoint, path, body=content, timeout_s=60)
    assert answer.status == 200, answer.body
    told: dict[str, Any] = msgspec.json.decode(answer.body)
    return told


@pytest.mark.parametrize("verbose", [True, False])
def test_show_describes_the_file(ollama_093: OllamaServer, smollm2: Path, verbose: bool) -> None:
    shown = _asked(ollama_093, "/api/show", {"model": MODEL, "verbose": verbose})
    read, known = parse_show(json.dumps(shown), MODEL, MODEL), read_model(str(smollm2))
    assert read.parameters == known.parameters == 134_515_008
    assert read.quantization == "Q4_1"
    assert need_of(read, Load()) == need_of(known, Load())


def test_the_need_is_what_its_engine_sets_aside(
    ollama_093: OllamaServer, smollm2: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its /api/ps tells its own estimate, which lies above what its engine then logs."""
    logs = tmp_path_factory.getbasetemp().glob("ollama-0.9.3*/ollama.log")
    log = max(logs, key=lambda path: path.stat().st_mtime)
    for context_tokens in (2_048, 8_192):
        _asked(
            ollama_093,
            "/api/generate",
            {
                "model": MODEL,
                "prompt": "hello",
                "stream": False,
                "options": {"num_ctx": context_tokens, "num_predict": 1},
            },
        )
        (held,) = _asked(ollama_093, "/api/ps", None)["models"]
        text = log.read_text(encoding="utf-8", errors="replace")
        streams = int(re.findall(r"--parallel (\d+)", text)[-1])
        need = need_of(read_model(str(smollm2)), Load(context_tokens, streams))
        weights, cache, computing = (
            float(re.findall(rf"{kind} buffer size =\s*([\d.]+) MiB", text)[-1]) * 2**20
            for kind in ("model", "KV", "compute")
        )
        assert need.weights_bytes == pytest.approx(weights, rel=0.005)
        assert need.cache_bytes == pytest.approx(cache, rel=0.005)
        assert computing == pytest.approx(need.logits_bytes, rel=0.05)
        assert need.p10_bytes < weights + cache + computing < need.p90_bytes
        assert need.p10_bytes < held["size"]
