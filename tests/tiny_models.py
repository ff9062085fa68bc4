"""A model so small that tests can write and run it in no time."""

from __future__ import annotations

import msgspec

from advisor.models.catalogue import Architecture, architecture


def tiny(**changes: object) -> Architecture:
    """Llama 3.2 shrunk to two layers and 2,048 tokens (5 M weights), with `changes` applied."""
    small: dict[str, object] = {
        "name": "tiny",
        "layers": 2,
        "hidden": 512,
        "heads": 8,
        "kv_heads": 2,
        "head_dim": 64,
        "ffn": 1_024,
        "vocab": 2_048,
        "context_tokens": 4_096,
    }
    return msgspec.structs.replace(architecture("llama-3.2-1b"), **(small | changes))
