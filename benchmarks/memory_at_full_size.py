"""Is the memory of every model of the catalogue, at its whole size, what llama.cpp would set aside?

A file with the model's true header and a hole for its weights is given to the embedded engine, told
not to allocate anything: it lays out the cache and the graph as for the real file and logs what
they would take. Then it would begin to compute, and ends by a signal; a run whose log was lost with
that is done again. Nothing is fetched, little is written, a model takes some seconds.
`python benchmarks/memory_at_full_size.py [MODEL …]`; prints a Markdown table.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hollow_models import write_hollow

from advisor.models.architecture import Architecture
from advisor.models.catalogue import catalogue, find
from advisor.models.memory import Load, need_of
from advisor.models.model import Model, quantized

LOADS = (Load(3_000, 2), Load(20_000, 1))
QUANTIZATION = "Q4_K_M"
_LOAD = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx, params.n_parallel = int(sys.argv[2]), int(sys.argv[3])
params.warmup = params.fit_params = False
params.no_alloc = params.no_extra_bufts = True
params.load_mode = 0
params.verbosity = 4
xllamacpp.Server(params)
"""
_CACHE = re.compile(r"llama_(?:kv_cache|memory_recurrent): size =\s*([\d.]+) MiB")
_COMPUTE = re.compile(r"compute buffer size =\s*([\d.]+) MiB")
_MIB = 2**20
_TRIES = 5


def main() -> None:
    print("| model | load | cache, MiB | told | computing, MiB | told | off by, of all |")
    print("|---|---|---|---|---|---|---|")
    for one in [find(name) for name in sys.argv[1:]] or catalogue():
        for load in LOADS:
            print(_row(one, load), flush=True)


def _row(one: Architecture, load: Load) -> str:
    model = quantized(one, QUANTIZATION)
    start = f"| {one.name} | {load.streams} × {load.context_tokens:,} "
    for _ in range(_TRIES):
        cache_mib, compute_mib = _told(model, load)
        if compute_mib:
            break
    else:
        return f"{start}| nothing was told | | | | |"
    need = need_of(model, load)
    engines = need.weights_bytes + (cache_mib + compute_mib) * _MIB
    ours = need.weights_bytes + need.cache_bytes + need.compute_bytes
    return (
        f"{start}| {need.cache_bytes / _MIB:,.1f} | {cache_mib:,.1f} "
        f"| {need.compute_bytes / _MIB:,.1f} | {compute_mib:,.1f} | {ours / engines - 1:+.2%} |"
    )


def _told(model: Model, load: Load) -> tuple[float, float]:
    """MiB of cache and of the compute buffer, as the engine logs them; 0 where it did not."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_hollow(model, Path(folder) / "model.gguf")
        tokens, streams = str(load.context_tokens * load.streams), str(load.streams)
        found = subprocess.run(
            [sys.executable, "-c", _LOAD, path, tokens, streams],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    log = found.stdout + found.stderr
    return sum(map(float, _CACHE.findall(log))), sum(map(float, _COMPUTE.findall(log)))


if __name__ == "__main__":
    main()
