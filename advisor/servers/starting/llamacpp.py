"""How is an installed llama-server started with one model?

Options: github.com/ggml-org/llama.cpp tools/server/README.md (`-m`, `-hf`, `--offline`, `-c`,
`-np`, `--metrics`, `GET /health`: 503 while the model loads, then 200; seen 2026-11-25).
"""

from __future__ import annotations

from pathlib import Path

from advisor.servers.starting.recipe import LOADING_S, Recipe, free_port


def llama_server(
    program: Path, model: Path | str, *, slots: int, context_tokens: int, may_download: bool = False
) -> Recipe:
    """`llama-server` with a GGUF file, or with a model of Hugging Face ("user/repo:quant").

    `context_tokens` is per slot. Threads, graphics layers and the rest are left to the server.
    Without `may_download` it only uses what it has.
    """
    port = free_port()
    if isinstance(model, Path):
        source: tuple[str, ...] = ("-m", str(model))
    else:
        source = ("-hf", model) if may_download else ("-hf", model, "--offline")
    return Recipe(
        kind="llama.cpp",
        program=program,
        arguments=(
            *source,
            *("--host", "127.0.0.1", "--port", str(port)),
            *("-np", str(slots), "-c", str(context_tokens * slots), "--metrics"),
        ),
        port=port,
        health_path="/health",
        ready_within_s=LOADING_S,
        remedy="" if isinstance(model, Path) or may_download else "--pull lets it download.",
    )
