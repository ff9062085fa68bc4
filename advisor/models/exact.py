"""Which values do a synthetic model's unquantized tensors hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.models.architecture import Architecture
from advisor.models.quantization import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPREAD = 0.05


def exact_values(
    architecture: Architecture, tensor: Tensor, rng: np.random.Generator
) -> NDArray[np.float64]:
    """What no quantization touches: norms near 1, biases near 0, small matrices like large ones."""
    if tensor.name == "rope_freqs.weight" and architecture.wide is None:
        return _rope_factors(architecture)
    if tensor.name.endswith("ssm_a"):
        return rng.normal(-1.0, _SPREAD, tensor.weights)
    is_matrix = len(tensor.dims) > 1 and "norm" not in tensor.name and "ssm_d" not in tensor.name
    if is_matrix and tensor.name.endswith(".weight"):
        return rng.normal(0.0, tensor.dims[-1] ** -0.5, tensor.weights)
    center = 0.0 if tensor.name.endswith((".bias", "attn_sinks.weight")) else 1.0
    return rng.normal(center, _SPREAD, tensor.weights)


def _rope_factors(architecture: Architecture) -> NDArray[np.float64]:
    """By how much Llama 3 slows each rotary frequency: all of the slow ones, none of the fast.

    As convert_hf_to_gguf.py of ggml-org/llama.cpp computes it (read on 2026-11-24), with the
    constants that every Llama 3.1, 3.2 and 3.3 configuration holds. Llama 4 has none between.
    """
    import numpy as np

    one = architecture
    trained_tokens, low, high = 8_192, 1.0, 1.0 if one.family == "llama4" else 4.0
    frequencies = one.rope_base ** -(np.arange(0, one.head_dim, 2) / one.head_dim)
    turns = trained_tokens * frequencies / (2 * np.pi)
    kept = np.clip((turns - low) / (high - low), 0, 1) if high > low else turns > high
    return np.asarray(1 / (kept + (1 - kept) / one.rope_scaling_factor))
