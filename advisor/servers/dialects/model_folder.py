"""What is known of a model that lies in a folder of this machine, as Hugging Face's tools write it?

Some servers name the folder that they serve and tell nothing of it. Read: `config.json`
(`quantization_config.quant_method` and `bits`, mlx-lm's `quantization.bits`, `dtype`, in older ones
`torch_dtype`) and the sizes of the weights. Nothing here raises, and the folder's name stays here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from advisor.documents import Unknown
from advisor.servers.client import NOT_JSON
from advisor.servers.wire import Endpoint

LARGEST_CONFIG_BYTES = 4 * 1024 * 1024
MOST_FILES = 2000
WEIGHTS = (".safetensors", ".bin", ".gguf")
_PLAIN = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The quantization, or the number format where there is none, and the weights' bytes."""

    quantization: str | Unknown
    size_bytes: int | Unknown


def model_folder(named: object, endpoint: Endpoint) -> ModelFolder:
    """What lies in the folder that a server names, if the server runs on this machine."""
    if not endpoint.is_here:
        return _unknown("the server runs on another machine")
    if not isinstance(named, str) or not Path(named).is_absolute():
        return _unknown("the server names no folder of the model")
    try:
        folder = Path(named)
        sizes = [
            each.stat().st_size
            for each, _ in zip(folder.iterdir(), range(MOST_FILES), strict=False)
            if each.suffix in WEIGHTS
        ]
        file = folder / "config.json"
        small = file.stat().st_size <= LARGEST_CONFIG_BYTES
        config = msgspec.json.decode(file.read_bytes()) if small else None
    except (*NOT_JSON, OSError, ValueError):
        return _unknown("the folder that the server names cannot be read")
    missing = Unknown("the model's config.json does not tell it")
    return ModelFolder(
        quantization=(_quantization(config) if isinstance(config, dict) else None) or missing,
        size_bytes=sum(sizes) or Unknown("no weights lie in the folder that the server names"),
    )


def _unknown(reason: str) -> ModelFolder:
    return ModelFolder(Unknown(reason), Unknown(reason))


def _quantization(config: dict[str, Any]) -> str | None:
    """Such as "awq 4 bits", "4 bits" or "BF16"."""
    for key in ("quantization_config", "quantization"):
        told = config.get(key)
        if isinstance(told, dict):
            method, bits = told.get("quant_method"), told.get("bits")
            parts = [
                method[:30] if isinstance(method, str) else "",
                f"{bits} bits" if isinstance(bits, int) and not isinstance(bits, bool) else "",
            ]
            return " ".join(part for part in parts if part) or None
    plain = config.get("dtype", config.get("torch_dtype"))
    return _PLAIN.get(plain, plain[:30]) if isinstance(plain, str) else None
