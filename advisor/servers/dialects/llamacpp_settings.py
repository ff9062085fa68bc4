"""Which settings of a llama.cpp server change its speed, as far as they can be seen from outside?

Source: llama.cpp, tools/server/README.md, "GET /props" and the table of options with their
variables (read 2026-11-25). It does not tell how many layers lie on a GPU: that is on its command
line only, and how many the model has in its file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.listener import COMMAND, ENVIRONMENT, Program, option
from advisor.servers.told import Means, Setting, Value

PROGRAM = "llama-server"
EMBEDDED = "advisor.servers.embedded_child"

OPTIONS: tuple[tuple[tuple[str, ...], str, Means], ...] = (
    (("-ngl", "--gpu-layers", "--n-gpu-layers"), "LLAMA_ARG_N_GPU_LAYERS", Means.GPU_LAYERS),
    (("-ctk", "--cache-type-k"), "LLAMA_ARG_CACHE_TYPE_K", Means.KV_CACHE_TYPE),
    (("-ctv", "--cache-type-v"), "LLAMA_ARG_CACHE_TYPE_V", Means.OTHER),
    (("-fa", "--flash-attn"), "LLAMA_ARG_FLASH_ATTN", Means.OTHER),
    (("-t", "--threads"), "LLAMA_ARG_THREADS", Means.OTHER),
    (("-b", "--batch-size"), "LLAMA_ARG_BATCH", Means.OTHER),
    (("-ub", "--ubatch-size"), "LLAMA_ARG_UBATCH", Means.OTHER),
    (("-ncmoe", "--n-cpu-moe"), "LLAMA_ARG_N_CPU_MOE", Means.OTHER),
    (("-sm", "--split-mode"), "LLAMA_ARG_SPLIT_MODE", Means.OTHER),
    (("-ts", "--tensor-split"), "LLAMA_ARG_TENSOR_SPLIT", Means.OTHER),
)
"""The options that change speed most, the variable of each, and what it means."""


def told_settings(props: Mapping[str, Any], meta: Mapping[str, Any], path: str) -> list[Setting]:
    """Those that the server tells: `props` at `path`, `meta` of its model in /v1/models."""
    defaults = props.get("default_generation_settings")
    defaults = defaults if isinstance(defaults, dict) else {}
    params = defaults.get("params")
    params = params if isinstance(params, dict) else {}
    drafts = params.get("speculative.types", defaults.get("speculative"))
    found = (
        ("n_ctx", defaults.get("n_ctx"), path, Means.CONTEXT_TOKENS),
        ("n_ctx_train", meta.get("n_ctx_train"), "/v1/models", Means.TRAINED_CONTEXT_TOKENS),
        ("total_slots", props.get("total_slots"), path, Means.STREAMS),
        ("speculative", _is_on(drafts), path, Means.SPECULATIVE),
        ("is_sleeping", props.get("is_sleeping"), path, Means.SLEEPING),
    )
    return [
        Setting(name, value, source, means)
        for name, value, source, means in found
        if isinstance(value, int) and (isinstance(value, bool) or value > 0)
    ]


def started_with(program: Program | Unknown, model_path: object) -> Iterator[Setting]:
    """Those of its command line, and the layers of the model file that it has open."""
    if isinstance(program, Unknown):
        yield Setting("--n-gpu-layers", program, f"{COMMAND} of its process")
        return
    if EMBEDDED in program.command:
        return
    if PROGRAM not in program.name:
        reason = f"'{program.name[:40]}' listens there, which is not {PROGRAM}"
        yield Setting("--n-gpu-layers", Unknown(reason), f"{COMMAND} of its process")
        return
    environment = {} if isinstance(program.environment, Unknown) else program.environment
    for names, variable, means in OPTIONS:
        text, source = option(program.command, *names), COMMAND
        if text is None:
            text, source = environment.get(variable), ENVIRONMENT
        if text is not None:
            yield Setting(names[-1], _typed(text), f"{source} of its process", means)
    layers = _layers(model_path)
    if layers is not None:
        yield Setting("block_count + 1", layers, "the model's file", Means.LAYERS)


def _layers(model_path: object) -> int | None:
    """Layers as llama.cpp counts them, the output's with the blocks; None where unreadable."""
    from advisor.models.metadata import read_metadata

    if not isinstance(model_path, str) or not model_path.lower().endswith(".gguf"):
        return None
    path = Path(model_path)
    try:
        layers = read_metadata(path).layers if path.is_file() else None
    except (AdvisorError, OSError, ValueError):
        return None
    return layers + 1 if layers else None


def _is_on(drafts: object) -> bool | None:
    if isinstance(drafts, str):
        return drafts not in ("", "none")
    return drafts if isinstance(drafts, bool) else None


def _typed(text: str) -> Value:
    """An option's value; a flag without one is on."""
    if not text:
        return True
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text[:100]
