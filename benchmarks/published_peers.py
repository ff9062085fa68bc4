"""What do other tools say of the same rows?

whichllm (0.5.21) is asked by its own function, with the device's name, memory and bandwidth and the
file's true size. llmfit (1.1.17) has no function to call: its binary is asked to plan the model at
the row's quantization and context on a hardware profile with the device's bandwidth and, where it
is known, its matrix rate; the estimate is that of its GPU path, as if the device were found. It can
be asked only of models in its own list and of decoding.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from published_rows import Row

from advisor.models.catalogue import find
from advisor.models.devices import Device
from advisor.models.quantization import QUANTIZATIONS, tensor_types
from advisor.models.shapes import active_parameters

LEAST_CONTEXT_TOKENS = 512
MAIN_MEMORY_GB = 64.0
PROFILE = "asked"
"""llmfit wants the name of a profile to be that of its file."""

_SAME_WEIGHTS = {"meta-llama/llama-2-7b-chat-hf": "unsloth/llama-2-7b"}
"""What llmfit lists under another name only."""


def whichllm(some: Sequence[Row]) -> dict[Row, float]:
    """Tokens a second of the decode rows whose file it could know."""
    try:
        from whichllm.engine.performance import estimate_tok_per_sec
        from whichllm.hardware.types import GPUInfo
        from whichllm.models.types import GGUFVariant, ModelInfo
    except ImportError:
        return {}
    vendors = {"cuda": "nvidia", "metal": "apple", "rocm": "amd"}
    found = {}
    for row in filter(_can_be_asked, some):
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
        found[row] = estimate_tok_per_sec(model, variant, gpu)
    return found


def llmfit(some: Sequence[Row]) -> dict[Row, float]:
    """Tokens a second of the decode rows of models in its list."""
    if shutil.which("llmfit") is None:
        return {}
    known = _models_of_llmfit()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for row in filter(_can_be_asked, some):
            repository = find(row.model).repository.casefold()
            name = known.get(_SAME_WEIGHTS.get(repository, repository))
            if name is None or row.devices > 1:
                continue
            rate = _plan(Path(folder), json.dumps(_profile(row.device)), name, row.quantization)
            if rate:
                found[row] = rate
    return found


PEERS: dict[str, Callable[[Sequence[Row]], dict[Row, float]]] = {
    "llmfit": llmfit,
    "whichllm": whichllm,
}


def _can_be_asked(row: Row) -> bool:
    known = row.quantization in QUANTIZATIONS
    return row.step is not None and known and row.backend != "cpu"


def _models_of_llmfit() -> dict[str, str]:
    listed = _ask("list")
    return {one["name"].casefold(): one["name"] for one in listed}


def _profile(device: Device) -> dict[str, object]:
    hardware: dict[str, object] = {
        "total_ram_gb": device.memory_gib if device.kind == "metal" else MAIN_MEMORY_GB,
        "gpu_memory_bandwidth_gbps": device.bandwidth_gb_per_s,
        "unified_memory": device.kind == "metal",
    }
    if device.fp16_tflops is not None:
        hardware["gpu_compute_tflops_fp16"] = device.fp16_tflops
    return {"schema_version": 1, "name": PROFILE, "hardware": hardware}


@cache
def _plan(folder: Path, profile: str, model: str, quantization: str) -> float | None:
    """The rate of the path by the GPU."""
    path = folder / f"{PROFILE}.json"
    path.write_text(profile, encoding="utf-8")
    context = str(LEAST_CONTEXT_TOKENS)
    told = _ask(
        "--profile", str(path), "plan", model, "--context", context, "--quant", quantization
    )
    if told is None:
        return None
    rates = [one["estimated_tps"] for one in told["run_paths"] if one["path"] == "gpu"]
    return rates[0] if rates else None


def _ask(*arguments: str) -> Any:
    asked = subprocess.run(
        ["llmfit", "--json", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return json.loads(asked.stdout) if asked.returncode == 0 and asked.stdout else None
