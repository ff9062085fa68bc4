"""What memory llama.cpp sets aside for a model, by its own log."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_LOAD = """
import os, sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx, params.n_parallel = int(sys.argv[2]), int(sys.argv[3])
params.warmup = params.fit_params = False
params.no_extra_bufts = True
params.cpuparams.n_threads = 1
kind = getattr(xllamacpp.ggml_type, "GGML_TYPE_" + sys.argv[4].upper())
params.cache_type_k = params.cache_type_v = kind
params.verbosity = 4
server = xllamacpp.Server(params)
until = time.monotonic() + 30
while b"compute buffer size" not in open(sys.argv[5], "rb").read() and time.monotonic() < until:
    time.sleep(0.02)
os._exit(0)
"""
"""llama.cpp writes its log from a thread of its own, and tells the compute buffer last."""

_BUFFER = re.compile(r"(model|KV|RS|compute) buffer size =\s*([\d.]+) MiB")
_MIB = 2**20


@dataclass(frozen=True)
class Buffers:
    weights_bytes: float
    cache_bytes: float
    compute_bytes: float


def buffers(path: Path, context_tokens: int, streams: int, cache_type: str = "f16") -> Buffers:
    """Loads the model in a process of its own and reads the sizes that it logs.

    `context_tokens` is each stream's. No copies of weights in another layout (CPU_REPACK) are made:
    they would replace pages of the mapped file.
    """
    with tempfile.NamedTemporaryFile() as log:
        subprocess.run(
            [
                sys.executable,
                "-c",
                _LOAD,
                path,
                str(context_tokens * streams),
                str(streams),
                cache_type,
                log.name,
            ],
            stdout=log,
            stderr=log,
            timeout=120,
            check=True,
        )
        told = Path(log.name).read_text(encoding="utf-8", errors="replace")
    sizes = {"model": 0.0, "KV": 0.0, "RS": 0.0, "compute": 0.0}
    for kind, size_mib in _BUFFER.findall(told):
        sizes[kind] += float(size_mib) * _MIB
    return Buffers(sizes["model"], sizes["KV"] + sizes["RS"], sizes["compute"])
