"""How is an installed vLLM started with one model?

Options: https://docs.vllm.ai/en/latest/cli/serve/ (`--host`, `--port`, `--max-model-len`),
`GET /health`; variables: docs.vllm.ai "Usage Stats Collection" (VLLM_NO_USAGE_STATS,
DO_NOT_TRACK) and huggingface.co/docs/huggingface_hub "Environment variables" (HF_HUB_OFFLINE,
HF_HUB_CACHE, HF_HOME); seen 2026-11-25.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from advisor.servers.client import NOT_JSON
from advisor.servers.starting.recipe import LOADING_S, Recipe, free_port


def vllm(program: Path, model: str, *, context_tokens: int, may_download: bool) -> Recipe:
    """`vllm serve MODEL`, a folder or a name on Hugging Face, with room for `context_tokens`.

    vLLM reserves memory for the longest context that a model was trained for and refuses to start
    where that is too much, so it is told what is needed. Without `may_download` it uses only what
    is on this machine. It sends no usage statistics.
    """
    port = free_port()
    longest = _trained_context(Path(model))
    offline = {} if may_download else {"HF_HUB_OFFLINE": "1"}
    return Recipe(
        kind="vllm",
        program=program,
        arguments=(
            *("serve", model, "--host", "127.0.0.1", "--port", str(port)),
            *("--max-model-len", str(min(context_tokens, longest or context_tokens))),
        ),
        port=port,
        health_path="/health",
        ready_within_s=LOADING_S,
        environment={"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **offline},
        remedy="" if may_download or Path(model).is_dir() else "--pull lets it download.",
    )


def is_here(model: str) -> bool:
    """Whether the model is a folder, or lies in Hugging Face's cache on this machine."""
    if Path(model).is_dir():
        return True
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    return any(cache.glob(f"models--{model.replace('/', '--')}/snapshots/*/config.json"))


def _trained_context(folder: Path) -> int | None:
    """The longest context in a model's own configuration, where it is a folder here."""
    try:
        config: Any = msgspec.json.decode((folder / "config.json").read_bytes())
    except (OSError, *NOT_JSON):
        return None
    if not isinstance(config, dict):
        return None
    for part in (config.get("text_config"), config):
        tokens = part.get("max_position_embeddings") if isinstance(part, dict) else None
        if isinstance(tokens, int) and tokens > 0:
            return tokens
    return None
