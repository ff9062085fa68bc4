"""How does a hub's repository store its own weights, where its configuration says so?

What is told of a configuration is of the GGUF file that llama.cpp would make of it: other engines
read other files (AWQ, GPTQ, FP8, bitsandbytes, MLX).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def stored_as(config: Mapping[str, Any]) -> str:
    """Such as "awq, 4 bits"; empty where the weights are as the model was trained."""
    told = config.get("quantization_config")
    if not isinstance(told, dict):
        mlx = config.get("quantization")
        return f"mlx{_bits(mlx)}" if isinstance(mlx, dict) else ""
    method = told.get("quant_method") or ("mlx" if "group_size" in told else "quantized")
    return f"{str(method)[:40]}{_bits(told)}"


def _bits(told: Mapping[str, Any]) -> str:
    bits = told.get("bits")
    if told.get("load_in_4bit") is True or told.get("load_in_8bit") is True:
        bits = 4 if told.get("load_in_4bit") is True else 8
    return f", {bits} bits" if isinstance(bits, int) and 0 < bits <= 64 else ""
