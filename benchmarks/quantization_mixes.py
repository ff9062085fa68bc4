"""Does llama.cpp's own quantizer choose the types that `advisor.models.mixture` names?

Small models with random weights are quantized by it into everything that both know, and the types
of all tensors compared. One line a model: `agrees in N of M`, and what differs. The build is that
of `llama_tools`, of 2025, which knows families of its time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gguf
import msgspec
from requantize import FILE_TYPES, requantized

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from tiny_models import tiny

from advisor.models.architecture import Architecture, Experts
from advisor.models.quantization import tensor_types
from advisor.models.synthetic import write_synthetic

LAYERS = 17
"""More than sixteen, and no multiple of eight: every rule about shares of the layers applies."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for one in _models():
            plain = write_synthetic(one, "F16", Path(folder) / "plain.gguf").path
            differing = {
                name: found
                for name in FILE_TYPES
                if (found := _differing(one, name, plain, Path(folder)))
            }
            agreeing = len(FILE_TYPES) - len(differing)
            print(f"{one.name}: agrees in {agreeing} of {len(FILE_TYPES)}", flush=True)
            for name, found in differing.items():
                print(f"  {name}: {found}")


def _models() -> Iterator[Architecture]:
    small = {"hidden": 256, "ffn": 256, "heads": 8, "head_dim": 32, "layers": LAYERS}
    base = tiny(**small)
    change = msgspec.structs.replace
    yield change(base, name="llama, four queries a key")
    yield change(base, name="llama, one query a key", kv_heads=8)
    yield change(base, name="llama, output apart", tied_embeddings=False)
    yield change(base, name="llama of 80 layers", layers=80)
    yield change(base, name="qwen2 of 80 layers", family="qwen2", layers=80, rope_scaling_factor=1)
    experts = Experts(count=8, used=2, ffn=256)
    yield change(base, name="llama with eight experts", experts=experts, ffn=0)
    gemma = {"family": "gemma3", "pattern": "WWWWWA", "window_tokens": 256}
    yield change(base, name="gemma3", rope_scaling_factor=1, **gemma)


def _differing(one: Architecture, name: str, plain: Path, folder: Path) -> str:
    """The tensors stored otherwise than we name them, ours before theirs; empty if none."""
    try:
        made = requantized(plain, name, folder)
    except subprocess.CalledProcessError as error:
        return f"not made: {error.stderr.decode(errors='replace')[-200:]}"
    theirs = {each.name: each.tensor_type.name for each in gguf.GGUFReader(made).tensors}
    made.unlink()
    ours = {each.name: each.type for each in tensor_types(one, name)}
    pairs = [f"{key} {ours[key]}/{theirs[key]}" for key in ours if ours[key] != theirs[key]]
    return ", ".join(pairs[:5])


if __name__ == "__main__":
    main()
