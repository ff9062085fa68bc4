"""Is a file or configuration something else than a language model, and what is to be named then?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.errors import InputError

_WRITE_TEXT = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")
"""How the names of `transformers` classes end that can write text."""


def refuse_other_header(values: Mapping[str, object], source: str) -> None:
    """InputError where the keys of a GGUF header say that it holds no language model."""
    kind, family = values.get("general.type"), values.get("general.architecture")
    if kind == "adapter" or "adapter.type" in values:
        raise InputError(
            f"{source} is an adapter (LoRA)",
            why="it changes a model and is none by itself",
            remedy="Name the file of the model that it is for.",
        )
    if kind == "mmproj" or family == "clip":
        raise InputError(
            f"{source} is a projector (mmproj)",
            why="it turns pictures or sound into input of a language model and is none by itself",
            remedy="Name the language model's file beside it.",
        )
    if kind == "imatrix":
        raise InputError(
            f"{source} is an importance matrix",
            why="it helps to quantize a model and is none by itself",
            remedy="Name the file of a model.",
        )
    if values.get(f"{family}.attention.causal") is False or f"{family}.pooling_type" in values:
        raise InputError(
            f"{source} is a model for embeddings",
            why="it gives vectors and writes no text",
            remedy="Name a language model's file.",
        )


def refuse_other_config(config: Mapping[str, Any], source: str) -> None:
    """InputError where a hub's configuration says that it is of no language model."""
    if "_class_name" in config:
        raise InputError(
            f"{source} describes a part of a diffusion model",
            why=f"{str(config['_class_name'])[:60]} makes no text",
            remedy="Name the config.json of a language model.",
        )
    if "peft_type" in config:
        base = str(config.get("base_model_name_or_path") or "a model")[:100]
        raise InputError(
            f"{source} describes an adapter",
            why=f"it changes {base} and is no model by itself",
            remedy="Name the config.json of the model that it is for.",
        )
    classes = config.get("architectures")
    named = [one for one in classes if isinstance(one, str)] if isinstance(classes, list) else []
    if named and not any(one.endswith(_WRITE_TEXT) for one in named):
        raise InputError(
            f"{source} describes no language model",
            why=f"{named[0][:60]} writes no text",
            remedy="Name the config.json of a causal language model.",
        )


def refuse_elsewhere(host: str | None, source: str) -> None:
    """InputError where Ollama passes a model on to that other host."""
    if host:
        raise InputError(
            f"{source} is of a model that runs elsewhere",
            why=f"Ollama passes it on to {host[:100]}",
            remedy="Name a model whose weights are on this machine, or one of the catalogue.",
        )
