"""How are the scales of a trained model's quantized blocks spread?

Says for every kind of tensor of GGUF files how the scales of its Q8_0 blocks vary, in octaves (one
standard deviation): in all, between rows, between columns of blocks, and beyond both; and how many
cache lines of ggml's table of half-precision numbers their look-ups are spread over (exp of the
entropy). `advisor/models/weights.py` rests on it, and is checked by it: synthetic files beside real
ones have to look alike.

    python benchmarks/scale_spread.py FILE.gguf ...      # Q8_0: `llama-quantize` makes it of F16
"""

from __future__ import annotations

import math
import re
import sys
from collections import defaultdict
from typing import Any

import gguf
import numpy as np

FIELDS = ("in all", "rows", "columns", "beyond", "lines")
LINE_VALUES = 16


def main(paths: list[str]) -> None:
    """Prints a table for each file."""
    for path in paths:
        found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
        for tensor in gguf.GGUFReader(path).tensors:
            if tensor.tensor_type == gguf.GGMLQuantizationType.Q8_0:
                found[re.sub(r"^blk\.\d+\.", "", tensor.name)].append(_spread(tensor))
        print(f"{path}\n{'':24}" + "".join(f"{each:>9}" for each in FIELDS))
        for kind, spreads in found.items():
            means = np.mean(spreads, axis=0)
            print(f"{kind:24}" + "".join(f"{each:9.2f}" for each in means))


def _spread(tensor: Any) -> tuple[float, ...]:
    blocks = np.asarray(tensor.data).reshape(-1, 34)
    bits = np.ascontiguousarray(blocks[:, :2]).view(np.uint16).ravel() & 0x7FFF
    octaves = np.log2(np.maximum(bits.view(np.float16).astype(np.float32), 1e-7))
    octaves = octaves.reshape(-1, int(tensor.shape[0]) // 32)
    rows, columns = octaves.mean(axis=1).var(), octaves.mean(axis=0).var()
    beyond = max(octaves.var() - rows - columns, 0)
    shares = np.bincount(bits // LINE_VALUES)
    shares = shares[shares > 0] / len(bits)
    lines = math.exp(-(shares * np.log(shares)).sum())
    return (*(math.sqrt(each) for each in (octaves.var(), rows, columns, beyond)), lines)


if __name__ == "__main__":
    main(sys.argv[1:])
