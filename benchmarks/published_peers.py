"""What do other tools' own formulas say of the same rows?"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from published_bands import Residuals
from published_rows import Row

from advisor.models.catalogue import find
from advisor.models.quantization import QUANTIZATIONS, tensor_types
from advisor.models.shapes import active_parameters


def whichllm(some: Sequence[Row]) -> Residuals:
    """What whichllm's own function says of the decode rows whose file it could know."""
    try:
        from whichllm.engine.performance import estimate_tok_per_sec
        from whichllm.hardware.types import GPUInfo
        from whichllm.models.types import GGUFVariant, ModelInfo
    except ImportError:
        return []
    vendors = {"cuda": "nvidia", "metal": "apple", "rocm": "amd"}
    found = []
    for row in some:
        if row.step is None or row.quantization not in QUANTIZATIONS or row.backend == "cpu":
            continue
        architecture = find(row.model)
        size = sum(one.size_bytes for one in tensor_types(architecture, row.quantization))
        model = ModelInfo(
            id=row.model,
            family_id=row.model,
            name=row.model,
            parameter_count=architecture.parameters,
            parameter_count_active=active_parameters(architecture),
            is_moe=architecture.experts is not None,
        )
        gpu = GPUInfo(
            name=row.device.name,
            vendor=vendors.get(row.device.kind, "intel"),
            vram_bytes=int(row.device.memory_gib * 2**30),
            memory_bandwidth_gbps=row.device.bandwidth_gb_per_s,
        )
        variant = GGUFVariant(f"{row.model}.gguf", row.quantization, size)
        rate = estimate_tok_per_sec(model, variant, gpu)
        found.append((row, log(row.tokens_per_s / rate)))
    return found
