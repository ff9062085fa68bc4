"""How is a model made that runs like a real one although nothing was downloaded?

A GGUF file of a catalogue architecture: true shapes, true quantization types, a vocabulary of the
true size, and random weights. Weights are drawn so that activations keep the range that a trained
network has (each matrix has a standard deviation of 1/sqrt(columns), norms lie near 1), are rounded
like trained ones, and are stored in a pool of blocks from which every tensor takes its own random
sequence. Careless weights are not neutral: they cost up to a sixth of the decode speed. With these,
SmolLM2-135M in Q4_1 decoded 1.03 times as fast as the real file (95 %: 0.99 to 1.05) and read its
prompt 1.02 times as fast (0.97 to 1.04), by benchmarks/synthetic_fidelity.py on one core of an
EPYC 7003 under llama.cpp (xllamacpp 2026.10).

What random weights do not represent: the meaning of the text, the routing of experts, the
acceptance of speculated tokens.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from advisor.errors import AdvisorError, InputError
from advisor.models.architecture import Architecture
from advisor.models.exact import exact_values
from advisor.models.header import write_header
from advisor.models.memory import memory_need
from advisor.models.metadata import read_metadata
from advisor.models.quantization import (
    BLOCKS,
    known_quantization,
    tensor_types,
    weight_bytes,
)
from advisor.models.vocabulary import BYTE_TOKENS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Called with the bytes written so far and the bytes in all."""

_RECIPE_VERSION = 1
_SEED = 20_260_101
_HEARSAY = {"license", "license_source", "quality", "repository", "aliases", "source", "as_of"}
_SHAPE_KEYS = sorted(set(Architecture.__struct_fields__) - _HEARSAY)
_QUIET = 1 / 8
"""Scale of the output rows of tokens that are single bytes: they are hardly ever generated, so
that a text does not end inside a character, and still mean something as input."""
_POOL_WEIGHTS = 1 << 20
_LEAST_ROW_WEIGHTS = 32
_CHUNK_BYTES = 8 << 20
_ALIGNMENT_BYTES = 32
_DISK_RESERVE_BYTES = 512 << 20
STALE_S = 3_600


@dataclass(frozen=True, slots=True)
class SyntheticModel:
    """A synthetic model on disk. `digest` stands for the recipe that made it, not for its bytes."""

    path: Path
    architecture: Architecture
    quantization: str
    size_bytes: int
    digest: str


def recipe_digest(architecture: Architecture, quantization: str) -> str:
    """What a synthetic model is made of, as a hash: equal digests hold equal weights."""
    shape = msgspec.to_builtins(architecture)
    recipe = [_RECIPE_VERSION, _SEED, quantization, {key: shape[key] for key in _SHAPE_KEYS}]
    return "synthetic:" + hashlib.sha256(msgspec.json.encode(recipe, order="sorted")).hexdigest()


def ensure_synthetic(
    architecture: Architecture,
    quantization: str,
    directory: Path,
    progress: Progress | None = None,
    *,
    memory_available_bytes: int | None = None,
) -> SyntheticModel:
    """The synthetic model out of the cache in `directory`, written first if it is not there.

    Raises what `write_synthetic` raises.
    """
    quantization = known_quantization(quantization)
    path = directory / f"synthetic-{architecture.name}-{quantization}.gguf"
    return _existing(architecture, quantization, path) or write_synthetic(
        architecture, quantization, path, progress, memory_available_bytes=memory_available_bytes
    )


def write_synthetic(
    architecture: Architecture,
    quantization: str,
    path: Path,
    progress: Progress | None = None,
    *,
    memory_available_bytes: int | None = None,
) -> SyntheticModel:
    """Writes the model to `path`, tensor by tensor; needs some 100 MB of memory to do so.

    Nothing appears under `path` before the file is whole, and whatever interrupts the writing
    leaves nothing behind. Raises AdvisorError where the disk cannot hold the file, or this
    machine's memory (`memory_available_bytes`, by default what the system reports) could not run
    it, and InputError for an unknown quantization.
    """
    quantization = known_quantization(quantization)
    label = f"{architecture.name}:{quantization}"
    _require_packable(architecture, quantization, label)
    _require_memory(architecture, quantization, label, memory_available_bytes)
    total = weight_bytes(architecture, quantization)
    with _whole_file(path, total, label) as (partial, out):
        write_header(architecture, quantization, recipe_digest(architecture, quantization), partial)
        out.seek(0, os.SEEK_END)
        total += out.tell()
        for done in _write_tensors(architecture, quantization, out):
            if progress is not None:
                progress(done, total)
    return SyntheticModel(
        path,
        architecture,
        quantization,
        path.stat().st_size,
        recipe_digest(architecture, quantization),
    )


def _existing(architecture: Architecture, quantization: str, path: Path) -> SyntheticModel | None:
    """The model at `path` if it is whole and made by today's recipe."""
    if not path.is_file():
        return None
    digest = recipe_digest(architecture, quantization)
    try:
        found = read_metadata(path)
    except AdvisorError:
        return None
    if found.recipe != digest:
        return None
    return SyntheticModel(path, architecture, quantization, found.size_bytes, digest)


def _require_packable(architecture: Architecture, quantization: str, label: str) -> None:
    from advisor.models.blocks import PACKED_TYPES

    types = {tensor.type for tensor in tensor_types(architecture, quantization)}
    if missing := types - PACKED_TYPES - {"F32"}:
        raise InputError(
            f"{label} cannot be made here",
            why=f"random weights cannot be packed as {', '.join(sorted(missing))}",
            remedy="Choose Q4_0, Q4_K_M, Q5_K_M, Q6_K, Q8_0, MXFP4 or F16.",
        )


def _require_memory(
    architecture: Architecture, quantization: str, label: str, available_bytes: int | None
) -> None:
    if available_bytes is None:
        import psutil

        available_bytes = int(psutil.virtual_memory().available)
    need_bytes = memory_need(architecture, quantization).total_bytes
    if need_bytes > available_bytes:
        raise AdvisorError(
            f"{label} does not fit this machine's memory",
            why=f"it needs {need_bytes / 1e9:.1f} GB, {available_bytes / 1e9:.1f} GB are available",
            remedy="Choose a smaller model or quantization, or close other programs.",
        )


@contextmanager
def _whole_file(path: Path, expected_bytes: int, label: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file that becomes `path` once it is whole and on the disk, and vanishes otherwise."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path)
        free_bytes = shutil.disk_usage(path.parent).free
        if free_bytes < expected_bytes + _DISK_RESERVE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle, name = tempfile.mkstemp(".partial", f".{path.name}.", path.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "r+b") as out:
                yield partial, out
                out.flush()
                os.fsync(out.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise AdvisorError(
            f"{label} cannot be written to {path.parent}",
            why=f"it takes {expected_bytes / 1e9:.1f} GB and the disk has too little room"
            if full
            else (error.strerror or str(error)),
            remedy="Free some space or choose a smaller model or another cache directory.",
        ) from error


def _remove_stale(path: Path) -> None:
    """Removes what a killed process left behind; a running one touches its file all the time."""
    for partial in path.parent.glob(f".{path.name}.*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > STALE_S:
                partial.unlink()


def _write_tensors(architecture: Architecture, quantization: str, out: IO[bytes]) -> Iterator[int]:
    """Writes the tensors one after the other, each padded; yields the size of the file so far."""
    import numpy as np

    rng = np.random.default_rng(_SEED)
    pools: dict[tuple[str, int], NDArray[np.void]] = {}
    output = "token_embd.weight" if architecture.tied_embeddings else "output.weight"
    out.write(b"\0" * (-out.tell() % _ALIGNMENT_BYTES))
    for tensor in tensor_types(architecture, quantization):
        if tensor.type == "F32":
            out.write(exact_values(architecture, tensor, rng).astype(np.float32).tobytes())
        else:
            columns = tensor.dims[-1]
            rows = tensor.weights // columns
            key = tensor.type, columns
            if key not in pools:
                pools[key] = _pool(tensor.type, columns**-0.5, rng)
            quiet_bytes = 0
            if tensor.name == output:
                quiet_bytes = BYTE_TOKENS * tensor.size_bytes // rows
                quiet = _pool(tensor.type, columns**-0.5 * _QUIET, rng)
                out.writelines(_drawn(quiet, quiet_bytes, rng))
            for chunk in _drawn(pools[key], tensor.size_bytes - quiet_bytes, rng):
                out.write(chunk)
                yield out.tell()
        out.write(b"\0" * (-out.tell() % _ALIGNMENT_BYTES))
    yield out.tell()


def _drawn(pool: NDArray[np.void], size_bytes: int, rng: np.random.Generator) -> Iterator[bytes]:
    """So many bytes in chunks: rows of the pool in random order."""
    import numpy as np

    left = size_bytes // pool.itemsize
    most = _CHUNK_BYTES // pool.itemsize
    while left > 0:
        rows = rng.integers(0, len(pool), min(left, most), dtype=np.uint16)
        yield pool.take(rows).tobytes()
        left -= len(rows)


def _pool(block_type: str, deviation: float, rng: np.random.Generator) -> NDArray[np.void]:
    """Blocks of packed weights, each weight drawn from a normal distribution."""
    import numpy as np

    from advisor.models.blocks import pack

    block_weights, block_bytes = BLOCKS[block_type]
    weights = rng.standard_normal(_POOL_WEIGHTS, dtype=np.float32)
    packed = pack(weights.reshape(-1, block_weights) * np.float32(deviation), block_type)
    row_bytes = max(1, _LEAST_ROW_WEIGHTS // block_weights) * block_bytes
    return packed.reshape(-1).view(np.dtype((np.void, row_bytes)))
