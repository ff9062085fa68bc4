"""Model files with a true header and no weights: a hole in the file stands for them.

An engine maps them and sets the same memory aside as for the whole model; what it computes with
them means nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from advisor.models.header import write_header
from advisor.models.model import Model

_ALIGNMENT_BYTES = 32


def write_hollow(model: Model, path: Path) -> Path:
    """Writes the header to `path` and makes room for the tensors, none of which takes disk."""
    write_header(model, "hollow", path)
    size_bytes = path.stat().st_size
    for tensor in model.tensors:
        size_bytes += -size_bytes % _ALIGNMENT_BYTES + tensor.size_bytes
    os.truncate(path, size_bytes + -size_bytes % _ALIGNMENT_BYTES)
    return path
